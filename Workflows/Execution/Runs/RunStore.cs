using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>Brings runs from the journal into memory, and keeps snapshots of their state so that a long one loads quickly.</summary>
/// <param name="snapshotEvery">Events of a run between two snapshots.</param>
internal sealed partial class RunStore(IJournal journal, RunbookVersions runbooks, int snapshotEvery, ILogger<RunStore> logger)
{
    /// <summary>Null: the journal does not have the run. Throws <see cref="InvalidOperationException"/> when it does not have the run's runbook.</summary>
    public async Task<LoadedRun?> LoadAsync(RunId run)
    {
        if (await journal.LoadAsync(run, CancellationToken.None) is not { } stored) return null;

        var runbook = await runbooks.FindAsync(stored.Summary.Digest, CancellationToken.None)
            ?? throw new InvalidOperationException($"Run {run} pinned version {stored.Summary.Digest} of runbook '{stored.Summary.Runbook}', which the journal does not have.");
        var (state, events) = await FoldAsync(run, stored, CancellationToken.None);
        return LoadedRun.Of(stored, state, runbook, await FindAncestorsAsync(journal, stored.Summary.Parent), events);
    }

    /// <summary>A state of one's own as the journal has it now; null: it does not have the run.</summary>
    public async Task<RunState?> FindStateAsync(RunId run, CancellationToken cancellationToken) =>
        await journal.LoadAsync(run, cancellationToken) is { } stored ? (await FoldAsync(run, stored, cancellationToken)).State : null;

    /// <summary>The state that the snapshot and the entries after it give, and how many events were folded. A snapshot of another format counts as none.</summary>
    private async Task<(RunState State, long Events)> FoldAsync(RunId run, StoredRun stored, CancellationToken cancellationToken)
    {
        var events = 0L;
        if (FromSnapshot(run, stored) is not { } state)
        {
            state = RunState.New(run);
            if (stored.SnapshotVersion > 0)
            {
                await foreach (var entry in journal.ReadAsync(run, 0, cancellationToken))
                {
                    // What was appended since the run was loaded is of another decision.
                    if (entry.Version > stored.SnapshotVersion) break;
                    Apply(entry);
                }
            }
        }

        foreach (var entry in stored.Entries) Apply(entry);
        return (state, events);

        void Apply(JournalEntry entry)
        {
            foreach (var happened in entry.Events) state.Apply(happened, entry.At);
            events += entry.Events.Length;
        }
    }

    private RunState? FromSnapshot(RunId run, StoredRun stored)
    {
        if (stored.Snapshot is not { } snapshot) return null;

        try
        {
            if (RunState.TryRead(snapshot, out var state)) return state;
            LogOtherFormat(run, stored.SnapshotVersion);
        }
        catch (JsonException error)
        {
            LogUnreadable(error, run, stored.SnapshotVersion);
        }

        return null;
    }

    /// <summary>The steps that a run of this parent is within, the nearest first.</summary>
    public static async Task<ImmutableArray<ParentStep>> FindAncestorsAsync(IJournal journal, ParentStep? parent)
    {
        var ancestors = ImmutableArray.CreateBuilder<ParentStep>();
        while (parent is not null)
        {
            ancestors.Add(parent);
            parent = (await journal.FindAsync(parent.Run, CancellationToken.None))?.Parent;
        }

        return ancestors.ToImmutable();
    }

    public async Task SnapshotWhenDueAsync(LoadedRun run)
    {
        if (!run.TakeSnapshotDue(snapshotEvery)) return;

        try
        {
            await journal.SaveSnapshotAsync(run.State.Id, run.Version, run.State.ToSnapshot());
        }
        catch (Exception error)
        {
            // It only makes loading quicker, and what was decided is durable all the same.
            LogNotSaved(error, run.State.Id);
        }
    }

    [LoggerMessage(1062, LogLevel.Debug, "The snapshot of run {RunId} at version {Version} is of another format; its journal is folded from the start")]
    private partial void LogOtherFormat(RunId runId, long version);

    [LoggerMessage(1063, LogLevel.Warning, "The snapshot of run {RunId} at version {Version} cannot be read; its journal is folded from the start")]
    private partial void LogUnreadable(Exception error, RunId runId, long version);

    [LoggerMessage(1061, LogLevel.Warning, "The state of run {RunId} was not saved; it loads slower until the next time")]
    private partial void LogNotSaved(Exception error, RunId runId);
}
