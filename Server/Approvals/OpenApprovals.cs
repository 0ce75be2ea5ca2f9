using System.Runtime.CompilerServices;
using Orchestrator.Server.Runs;
using Orchestrator.Workflows;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Interpretation;
using Orchestrator.Workflows.Journals;

namespace Orchestrator.Server.Approvals;

/// <summary>A question that waits for people.</summary>
internal sealed record OpenApproval(RunId Run, string Runbook, string StartedBy, StepPath Path, ApprovalView Approval);

/// <summary>Finds the approvals that wait, over all runs under way.</summary>
internal sealed class OpenApprovals(Engine engine, RunViews views)
{
    public async IAsyncEnumerable<OpenApproval> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? cursor = null;
        do
        {
            var page = await engine.ListAsync(new RunQuery { Open = true, Cursor = cursor, Limit = 1000 }, cancellationToken);
            foreach (var run in page.Runs)
            {
                foreach (var open in await views.ReadAsync(run.Run, view => Of(run, view), cancellationToken) ?? [])
                {
                    yield return open;
                }
            }

            cursor = page.Next;
        }
        while (cursor is not null);
    }

    private static List<OpenApproval> Of(RunSummary run, RunView view) =>
    [
        .. view.InOrder
            .Where(step => step is { Status: StepStatus.WaitingForApproval, Approval: not null })
            .Select(step => new OpenApproval(run.Run, run.Runbook, run.StartedBy, step.Path, step.Approval!)),
    ];
}
