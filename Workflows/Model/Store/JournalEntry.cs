using System.Collections.Immutable;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.Store;

/// <summary>One transition of one run, as it stands in the journal for ever.</summary>
/// <param name="Position">Over all runs, from 1, rising; a watcher's place.</param>
/// <param name="Version">Within the run, from 1, without gaps.</param>
/// <param name="At">On the environment clock.</param>
public sealed record JournalEntry(long Position, RunId Run, long Version, DateTimeOffset At, ImmutableArray<RunEvent> Events);
