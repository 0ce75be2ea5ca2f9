using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Orchestrator.Activities.Traffic;

/// <summary>How to divide the traffic. Exactly one of weights, spread and restore is given.</summary>
public sealed record ShiftTrafficArguments
{
    [Description("Percent by destination (unit ids and home), whole numbers that sum to 100.")]
    public ImmutableSortedDictionary<string, int>? Weights { get; init; }

    [Description("Groups of units, each sharing a percentage evenly; home takes the rest.")]
    public ImmutableArray<TrafficGroup>? Spread { get; init; }

    [Description("In an undo: the weights from before the step that is taken back, as the journal has them.")]
    public bool Restore { get; init; }

    [Description("Go there in steps instead of at once.")]
    public TrafficRamp? Ramp { get; init; }
}

/// <summary>Units that share a part of the traffic evenly.</summary>
public sealed record TrafficGroup
{
    [Description("Unit ids. Empty: the group takes nothing and its part stays at home.")]
    public required ImmutableArray<string> Units { get; init; }

    [Description("What they take together, in percent of all traffic.")]
    [Range(0, 100)]
    public required int Percent { get; init; }
}

/// <summary>A way to new weights in equal steps.</summary>
public sealed record TrafficRamp
{
    [Description("Changes of weight on the way, the last one included.")]
    [Range(1, 100)]
    public int Steps { get; init; } = 4;

    [Description("Pause between two steps.")]
    public TimeSpan Every { get; init; } = TimeSpan.FromMinutes(1);
}
