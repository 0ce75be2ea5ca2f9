using System.Collections.Immutable;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>A run in memory: its state as of a version of its journal, and the runbook that it pinned. Owned by its activation.</summary>
internal sealed class LoadedRun
{
    private long events;
    private long eventsInSnapshot;

    // The last of each place, while the run is in memory: a message that comes twice does so soon.
    private Dictionary<(RunId From, StepPath Path, MessageKind Kind), long>? answered;

    private LoadedRun(RunState state, Runbook runbook, RunId root, ImmutableArray<ParentStep> ancestors)
    {
        State = state;
        Runbook = runbook;
        Root = root;
        Ancestors = ancestors;
    }

    public RunState State { get; }

    public Runbook Runbook { get; }

    public RunId Root { get; }

    /// <summary>The steps that this run is within, the nearest first.</summary>
    public ImmutableArray<ParentStep> Ancestors { get; }

    /// <summary>Of the journal; 0: not yet started.</summary>
    public long Version { get; private set; }

    /// <summary>As last written.</summary>
    public RunSummary? Summary { get; private set; }

    /// <summary>A run of which nothing is in the journal, as far as is known.</summary>
    public static LoadedRun Begin(RunId run, StartRunRequest start) =>
        new(RunState.New(run), start.Runbook, start.Root, start.Ancestors);

    /// <summary>A run as the journal has it.</summary>
    /// <param name="events">Folded since the snapshot, or all.</param>
    public static LoadedRun Of(StoredRun stored, RunState state, Runbook runbook, ImmutableArray<ParentStep> ancestors, long events) =>
        new(state, runbook, stored.Summary.Root, ancestors)
        {
            Version = stored.Entries.Count > 0 ? stored.Entries[^1].Version : stored.SnapshotVersion,
            Summary = stored.Summary,
            events = events,
        };

    /// <summary>The summary of the state as it is now, or null when it is as it was last written.</summary>
    public RunSummary? ChangedSummary()
    {
        if (State.Started is not { } started) return null;

        var (status, ended, error) = (State.Status, State.IsEnded ? State.EndedAt : null, State.IsEnded ? State.Error : State.Held);
        if (Summary is { } before) return before.Status == status && before.EndedAt == ended && before.Error == error ? null : before with { Status = status, EndedAt = ended, Error = error };

        return new RunSummary(
            State.Id, started.Runbook, started.Digest, status, started.Lane, State.StartedAt!.Value, ended, started.StartedBy, started.Parent, Root, error)
        {
            Labels = started.Labels,
        };
    }

    public void Appended(Transition transition)
    {
        if (!transition.Events.IsEmpty) Version++;
        events += transition.Events.Length;
        Summary = transition.Summary ?? Summary;
        foreach (var done in transition.MessagesDone) (answered ??= [])[done.Position] = done.Number;
    }

    /// <summary>The very same message was answered before, as far as is known here.</summary>
    public bool HasAnswered(MessageId message) =>
        message.Number != 0 && answered is not null && answered.TryGetValue(message.Position, out var number) && number == message.Number;

    /// <summary>
    /// Enough has happened since the last snapshot for another one: at least so many events, and half of all before, so that a long run is
    /// written a bounded number of times over. Then they count as in one.
    /// </summary>
    public bool TakeSnapshotDue(int every)
    {
        if (State.IsEnded || events - eventsInSnapshot < Math.Max(every, eventsInSnapshot / 2)) return false;

        eventsInSnapshot = events;
        return true;
    }
}
