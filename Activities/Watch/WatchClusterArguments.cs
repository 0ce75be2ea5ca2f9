using System.ComponentModel;
using Orchestrator.Activities.Shift;

namespace Orchestrator.Activities.Watch;

/// <summary>Which cluster to hold to its co-location state, for how long, and what to do about a node that leaves it.</summary>
public sealed record WatchClusterArguments
{
    [Description("The cluster to watch.")]
    public required string Cluster { get; init; }

    [Description("The co-location state that its nodes are to be in. Absent: the one that the journal has it in.")]
    public TargetState? To { get; init; }

    [Description("How batch gives way in peak-degrade. Read only with peak-degrade.")]
    public DegradeMode Mode { get; init; } = DegradeMode.Lossless;

    [Description("How long to watch. An attempt that is cut short is made again from the beginning.")]
    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(10);

    [Description("Time between two readings. Absent: the report interval of the state's profile.")]
    public TimeSpan? Interval { get; init; }

    [Description("What a drift brings about: tell records and shows it, heal moves the nodes back and fails the step only when that does not help, fail fails the step at once.")]
    public OnDrift OnDrift { get; init; } = OnDrift.Heal;
}

/// <summary>What a node that no longer shows its state brings about.</summary>
public enum OnDrift
{
    Tell,
    Heal,
    Fail,
}
