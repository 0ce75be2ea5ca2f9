using System.Collections.Immutable;
using Orchestrator.Workflows.Scheduling.Policy;
using Orchestrator.Workflows.Scheduling.Store;

namespace Orchestrator.Workflows.Scheduling;

/// <summary>What people have said about all triggers' fires.</summary>
internal sealed record SchedulePolicies(
    ImmutableDictionary<TriggerId, TriggerPause> Pauses, ImmutableArray<FreezeWindow> Windows, ImmutableArray<FreezeOverride> Overrides)
{
    public FirePolicies Of(TriggerId trigger) => new(Pauses.GetValueOrDefault(trigger), Windows, Overrides);

    public static async Task<SchedulePolicies> ReadAsync(ScheduleTables tables, DateTimeOffset now, CancellationToken cancellationToken) => new(
        await tables.Pauses.OpenAsync(cancellationToken),
        await tables.Freezes.ListAsync(removed: false, cancellationToken),
        await tables.Overrides.ListAsync(now, cancellationToken));
}
