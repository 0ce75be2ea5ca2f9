using System.Collections.Immutable;

namespace Orchestrator.Workflows.Scheduling.Policy;

/// <summary>The triggers of all published runbooks.</summary>
/// <param name="Unreadable">Runbooks that have problems just now: their triggers stay as they are.</param>
public sealed record PublishedTriggers(ImmutableArray<ScheduledTrigger> Triggers, ImmutableHashSet<string> Unreadable);

/// <summary>Where triggers come from. Register one as a singleton.</summary>
/// <param name="Fingerprint">Changes whenever a published runbook does; cheap, asked often.</param>
/// <param name="Read">Reads them all.</param>
public sealed record TriggerSource(Func<CancellationToken, ValueTask<string>> Fingerprint, Func<CancellationToken, ValueTask<PublishedTriggers>> Read);
