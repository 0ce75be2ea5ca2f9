using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>A run in memory: its state as of a version of its journal, and the runbook that it pinned. Owned by its mailbox.</summary>
internal sealed partial class LoadedRun
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
    public ImmutableArray<ParentStep> Ancestors { get; private set; }

    /// <summary>Of the journal; 0: not yet started.</summary>
    public long Version { get; private set; }

    /// <summary>As last written.</summary>
    public RunSummary? Summary { get; private set; }

    /// <summary>A run of which nothing is in the journal, as far as is known.</summary>
    public static LoadedRun Begin(RunId run, StartMail start) =>
        new(RunState.New(run), start.Runbook, start.Root, start.Ancestors);

    public static async Task<LoadedRun?> LoadAsync(RunId run, RunDirectory directory)
    {
        if (await directory.Journal.LoadAsync(run, CancellationToken.None) is not { } stored) return null;

        var runbook = await directory.Runbooks.FindAsync(stored.Summary.Digest, CancellationToken.None)
            ?? throw new InvalidOperationException($"Run {run} pinned version {stored.Summary.Digest} of runbook '{stored.Summary.Runbook}', which the journal does not have.");
        var loaded = new LoadedRun(
            Fold(run, stored), runbook, stored.Summary.Root, await FindAncestorsAsync(stored.Summary.Parent, directory.Journal))
        {
            Version = stored.Entries.Count > 0 ? stored.Entries[^1].Version : stored.SnapshotVersion,
            Summary = stored.Summary,
        };
        loaded.events = loaded.eventsInSnapshot = 0;
        loaded.events += stored.Entries.Sum(entry => entry.Events.Length);
        return loaded;
    }

    /// <summary>The state that the journal gives.</summary>
    public static RunState Fold(RunId run, StoredRun stored)
    {
        var state = stored.Snapshot is { } snapshot ? RunState.FromSnapshot(snapshot) : RunState.New(run);
        foreach (var entry in stored.Entries)
        {
            foreach (var happened in entry.Events) state.Apply(happened, entry.At);
        }

        return state;
    }

    public static async Task<ImmutableArray<ParentStep>> FindAncestorsAsync(ParentStep? parent, IJournal journal)
    {
        var ancestors = ImmutableArray.CreateBuilder<ParentStep>();
        while (parent is not null)
        {
            ancestors.Add(parent);
            parent = (await journal.FindAsync(parent.Run, CancellationToken.None))?.Parent;
        }

        return ancestors.ToImmutable();
    }

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

    public void Appended(Transition transition, RunSummary? summary)
    {
        if (!transition.Events.IsEmpty) Version++;
        events += transition.Events.Length;
        Summary = summary ?? Summary;
        foreach (var done in transition.MessagesDone) (answered ??= [])[done.Place] = done.Number;
    }

    /// <summary>The very same message was answered before, as far as is known here.</summary>
    public bool HasAnswered(MessageId message) =>
        message.Number != 0 && answered is not null && answered.TryGetValue(message.Place, out var number) && number == message.Number;

    /// <summary>
    /// Saves a snapshot when enough has happened since the last: at least the configured number of events, and half of all
    /// before, so that a long run is written a bounded number of times over.
    /// </summary>
    public async Task SnapshotWhenDueAsync(RunDirectory directory)
    {
        if (State.IsEnded || events - eventsInSnapshot < Math.Max(directory.Options.SnapshotEvery, eventsInSnapshot / 2)) return;

        eventsInSnapshot = events;
        try
        {
            await directory.Journal.SaveSnapshotAsync(State.Id, Version, State.ToSnapshot());
        }
        catch (Exception error)
        {
            // It only makes loading quicker, and what was decided is durable all the same.
            LogNotSaved(directory.Logger, error, State.Id);
        }
    }

    [LoggerMessage(1061, LogLevel.Warning, "The state of run {RunId} was not saved; it loads slower until the next time")]
    private static partial void LogNotSaved(ILogger logger, Exception error, RunId runId);
}
