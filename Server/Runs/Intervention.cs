using Orchestrator.Workflows.Model.Events;

namespace Orchestrator.Server.Runs;

/// <summary>Something that a person, or another run, did to a run: why it is not as its runbook alone would have made it.</summary>
/// <param name="Kind">As the journal has it: run-paused, run-resumed, cancel-requested, undo-started, locks-lost or run-reopened.</param>
/// <param name="By">A person's name; <c>onFailure: undo</c>: nobody, but the runbook's policy; null: an older journal does not say it.</param>
/// <param name="Run">Of locks that were lost: the run that took them over; else null.</param>
internal sealed record Intervention(string Kind, DateTimeOffset At, string? By, string? Reason, string? Run)
{
    /// <summary>Of a run so many are kept, the newest.</summary>
    private const int Most = 20;

    /// <summary>Adds what the event says that was done to the run, if it does.</summary>
    public static void Note(List<Intervention> all, RunEvent happened, DateTimeOffset at)
    {
        Intervention? one = happened switch
        {
            RunPaused paused => new("run-paused", at, paused.By, paused.Reason, null),
            RunResumed resumed => new("run-resumed", at, resumed.By, null, null),
            CancelRequested cancel => new("cancel-requested", at, cancel.By, cancel.Reason, null),
            UndoStarted undo => new("undo-started", at, undo.By, undo.Reason, null),
            LocksLost lost => new("locks-lost", at, lost.By, null, lost.TakenBy.ToString()),
            RunReopened reopened => new("run-reopened", at, reopened.By, reopened.Reason, null),
            _ => null,
        };
        if (one is null)
        {
            return;
        }

        all.Add(one);
        if (all.Count > Most)
        {
            all.RemoveAt(0);
        }
    }
}
