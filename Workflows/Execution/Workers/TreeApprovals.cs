using System.Collections.Immutable;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Workers;

/// <summary>Reads the approvals that were given in a tree of runs.</summary>
internal static class TreeApprovals
{
    public static async Task<ImmutableArray<JournaledApproval>> ReadAsync(IJournal journal, RunId root, CancellationToken cancellationToken)
    {
        var given = ImmutableArray.CreateBuilder<JournaledApproval>();
        string? cursor = null;
        do
        {
            var page = await journal.ListAsync(new RunQuery { Root = root, Cursor = cursor, Limit = 1000 }, cancellationToken);
            foreach (var run in page.Runs) given.AddRange(await OfRunAsync(journal, run.Run, cancellationToken));
            cursor = page.Next;
        }
        while (cursor is not null);

        return given.ToImmutable();
    }

    private static async Task<IEnumerable<JournaledApproval>> OfRunAsync(IJournal journal, RunId run, CancellationToken cancellationToken)
    {
        var open = new Dictionary<StepPath, List<JournaledDecision>>();
        var given = new Dictionary<StepPath, JournaledApproval>();
        await foreach (var entry in journal.ReadAsync(run, 0, cancellationToken))
        {
            foreach (var happened in entry.Events)
            {
                switch (happened)
                {
                    // Asked anew, after a retry or in another round: what was said before no longer counts.
                    case ApprovalRequested asked:
                        open[asked.Path] = [];
                        given.Remove(asked.Path);
                        break;
                    case ApprovalDecided { Approved: true } decided when open.TryGetValue(decided.Path, out var said):
                        said.Add(new JournaledDecision(decided.By, decided.OnBehalfOf));
                        break;
                    case StepCompleted completed when open.Remove(completed.Path, out var said):
                        given[completed.Path] = new JournaledApproval(run, completed.Path, [.. said]);
                        break;
                }
            }
        }

        return given.Values;
    }
}
