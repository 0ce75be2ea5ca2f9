using System.Collections.Immutable;
using System.ComponentModel;
using Orchestrator.Fleet.Units;

namespace Orchestrator.Activities.Capacity;

/// <summary>What the peak needs, and what there is for it.</summary>
public sealed record PlanCapacityResult
{
    [Description("The peak, in requests a second.")]
    public required double Peak { get; init; }

    [Description("The same with a fifth to spare.")]
    public required double Needed { get; init; }

    [Description("Requests a second that home carries at the application's objective.")]
    public required double HomeCapacity { get; init; }

    [Description("Requests a second that are left for home, with a fifth to spare.")]
    public required double HomeNeeded { get; init; }

    [Description("Each unit with the hosts that its part needs.")]
    public required ImmutableArray<PlannedUnit> Units { get; init; }

    [Description("Cores that big-data units need, and cores that the batch clusters have beside reserve and batch floor in the state stress-test.")]
    public required double LentCoresNeeded { get; init; }

    public required double LentCoresThere { get; init; }

    [Description("Cost of the rented machines an hour, in the fleet file's currency.")]
    public required decimal CostPerHour { get; init; }

    public required string Currency { get; init; }

    [Description("What is short, and what to do about it; empty: nothing.")]
    public required ImmutableArray<string> Short { get; init; }
}

/// <summary>One unit of a capacity plan.</summary>
public sealed record PlannedUnit
{
    public required string Unit { get; init; }

    public required UnitKind Kind { get; init; }

    [Description("Percent of the peak that it carries.")]
    public required double Percent { get; init; }

    [Description("Machines of a cloud unit, replicas of a big-data unit.")]
    public required int Hosts { get; init; }
}
