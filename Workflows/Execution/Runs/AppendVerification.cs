using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>
/// Appends until it is known what became of it. A decision that stands in the journal must be carried out, and must not be
/// taken again, though the journal's answer was lost; and one that is still on its way there must not arrive unseen.
/// </summary>
/// <param name="closing">Cancelled: what the store does not take is not tried again.</param>
internal sealed partial class AppendVerification(IJournal journal, TimeProvider systemClock, ILogger<AppendVerification> logger, CancellationToken closing)
{
    // The store answers, and still refuses this one: it will not get better.
    private const int MostRefusals = 5;

    private static readonly TimeSpan shortestPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan longestPause = TimeSpan.FromSeconds(2);

    // Of an unavailability: a restart of the store passes unnoticed by people, more they are told.
    private static readonly TimeSpan waitLimit = TimeSpan.FromSeconds(5);

    /// <summary>Throws <see cref="FencedException"/>, and what the store says to a transition that it does not take though it answers.</summary>
    /// <param name="doubt">Called with the error while the store has been away for longer than people wait.</param>
    public async Task<AppendResult> AppendAsync(Transition transition, Action<Exception> doubt)
    {
        var since = systemClock.GetTimestamp();
        var (refusals, pause, sure) = (0, shortestPause, true);
        while (true)
        {
            var asked = sure;
            try
            {
                // Not for certain the first try: one before may have been written, or be on its way.
                if (!sure && await FindAsync(transition) is { } written) return written;

                asked = true;
                var appended = await journal.AppendAsync(transition);
                if (!appended.Conflict || sure) return appended;
                pause = TimeSpan.Zero;
            }
            catch (Exception error) when (error is not FencedException)
            {
                if (asked && !sure) refusals++;
                if (refusals >= MostRefusals || closing.IsCancellationRequested) throw;
                if (sure) LogUncertain(error, transition.Run, transition.Expected + 1);
                if (systemClock.GetElapsedTime(since) > waitLimit) doubt(error);
                sure = false;
            }

            if (pause > TimeSpan.Zero) await Task.Delay(pause, systemClock, CancellationToken.None);
            pause = pause * 2 < longestPause ? pause * 2 + shortestPause : longestPause;
        }
    }

    /// <summary>What the journal has at the transition's place; null: nothing.</summary>
    private async Task<AppendResult?> FindAsync(Transition transition)
    {
        if (transition.Events.IsEmpty) return null;

        await foreach (var entry in journal.ReadAsync(transition.Run, transition.Expected, CancellationToken.None))
        {
            if (!IsOf(entry, transition)) return AppendResult.Conflicted;
            var update = transition.Locks.IsEmpty && !transition.Ends ? [] : await journal.UntoldLocksAsync(CancellationToken.None);
            return new AppendResult(false, entry.Position, update);
        }

        return null;
    }

    /// <summary>No two decisions on one version are of the same moment and give the same.</summary>
    private static bool IsOf(JournalEntry entry, Transition transition) =>
        (entry.At - transition.At).Duration() < TimeSpan.FromMilliseconds(1)
        && entry.Events.Select(happened => happened.GetType()).SequenceEqual(transition.Events.Select(happened => happened.GetType()));

    [LoggerMessage(1021, LogLevel.Warning, "Append not verified: whether version {Version} of run {RunId} is in the journal is not known yet; it is read, and tried again")]
    private partial void LogUncertain(Exception error, RunId runId, long version);
}
