using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Orchestrator.Fleet.Units;

namespace Orchestrator.Activities.Capacity;

/// <summary>What is to be reckoned: units that are to carry a part of the peak.</summary>
public sealed record PlanCapacityArguments
{
    [Description("Groups of units, each sharing a percentage of the peak evenly; home takes the rest.")]
    public required ImmutableArray<PlannedGroup> Groups { get; init; }

    [Description("The peak in requests a second; absent: the forecast's, as the entry lets it in.")]
    [Range(1, 1e9)]
    public double? Peak { get; init; }
}

/// <summary>Units of one kind.</summary>
public sealed record PlannedGroup
{
    [Description("Unit ids. Empty: the group takes nothing and its part stays at home.")]
    public required ImmutableArray<string> Units { get; init; }

    [Description("cloud: on rented machines; big-data: on lent ones.")]
    public required UnitKind Kind { get; init; }

    [Description("What they take together, in percent of the peak.")]
    [Range(0, 100)]
    public required double Percent { get; init; }
}
