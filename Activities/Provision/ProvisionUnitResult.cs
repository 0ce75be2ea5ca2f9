using System.Collections.Immutable;
using System.ComponentModel;
using Orchestrator.Fleet.Units;

namespace Orchestrator.Activities.Provision;

/// <summary>A trading unit that stands.</summary>
public sealed record ProvisionUnitResult
{
    public required string Unit { get; init; }

    public required UnitKind Kind { get; init; }

    public required int Hosts { get; init; }

    [Description("Where it answers: http:// and tcp:// addresses.")]
    public required ImmutableArray<string> Endpoints { get; init; }

    [Description("Seconds from the plan to the last resource.")]
    public required double ReadyAfter { get; init; }

    [Description("Resources by what was done with them: same, create, update, replace.")]
    public required ImmutableSortedDictionary<string, int> Changes { get; init; }
}
