using Orchestrator.Server.Runs;
using Orchestrator.Server.Work;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Approvals;

/// <summary>A question that waits for people.</summary>
internal sealed record OpenApproval(RunId Run, string Runbook, string Digest, string StartedBy, StepPath Path, ApprovalView Approval);

/// <summary>The approvals that wait, over all runs under way, the longest waiting first.</summary>
internal sealed class OpenApprovals(OpenWork openWork)
{
    public Task<List<OpenApproval>> ListAsync(CancellationToken cancellationToken) => openWork.ReadAsync(
        runs => runs
            .SelectMany(run => run.Approvals.Select(open => new OpenApproval(run.Run, run.Started.Runbook, run.Started.Digest, run.Started.StartedBy, open.Key, open.Value.Copy())))
            .OrderBy(open => open.Approval.RequestedAt).ThenBy(open => open.Run.Value).ThenBy(open => open.Path.Value, StringComparer.Ordinal)
            .ToList(),
        cancellationToken);
}
