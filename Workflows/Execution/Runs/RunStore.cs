using System.Collections.Immutable;
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
        return LoadedRun.Of(stored, Fold(run, stored), runbook, await FindAncestorsAsync(journal, stored.Summary.Parent), stored.Entries.Sum(entry => entry.Events.Length));
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

    [LoggerMessage(LogLevel.Warning, "The state of run {RunId} was not saved; it loads slower until the next time")]
    private partial void LogNotSaved(Exception error, RunId runId);
}
