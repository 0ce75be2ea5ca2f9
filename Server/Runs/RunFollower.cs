using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.Store;

namespace Orchestrator.Server.Runs;

/// <summary>Follows one run and its children from the journal, shows them, and knows when there is nothing more to wait for.</summary>
internal sealed class RunFollower(Engine engine, RunFamily family, IRunDisplay display)
{
    /// <summary>Ends when the run has, or when <paramref name="untilIncident"/> and nothing moves before an operator acts, or with the token.</summary>
    public async Task FollowAsync(bool untilIncident, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var progress = ShowProgressAsync(ending.Token);
        try
        {
            await foreach (var entry in engine.WatchAsync(0, cancellationToken: ending.Token))
            {
                if (!Apply(entry))
                {
                    continue;
                }

                // One that ended, and was tried again or undone since, goes on.
                if ((family.Root.Ended is not null && await engine.FindAsync(family.Root.Run, ending.Token) is { Ended: true } last && last.EndedAt == family.Root.EndedAt) || (untilIncident && family.Incidents.Any() && !family.Moves))
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Asked to stop: the run stays as it is.
        }
        finally
        {
            await ending.CancelAsync();
            await progress;
        }
    }

    private bool Apply(JournalEntry entry)
    {
        lock (family.Gate)
        {
            if (!family.Apply(entry))
            {
                return false;
            }
        }

        display.Show(family, entry);
        return true;
    }

    private async Task ShowProgressAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var progress in engine.ProgressAsync(cancellationToken: cancellationToken))
            {
                lock (family.Gate)
                {
                    family.Apply(progress);
                }

                display.Show(family, progress);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }
}
