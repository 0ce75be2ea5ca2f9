using System.Collections.Immutable;
using System.ComponentModel;
using System.Diagnostics;
using Orchestrator.Fleet.Colocation;

namespace Orchestrator.Activities.Shift;

/// <summary>Which cluster goes to which co-location state, and how.</summary>
public sealed record ShiftClusterArguments
{
    [Description("The cluster to move.")]
    public required string Cluster { get; init; }

    [Description("The co-location state to move its nodes to.")]
    public required TargetState To { get; init; }

    [Description("How batch gives way in peak-degrade: lossless shrinks and drains it, lossy kills and requeues it. Read only with peak-degrade.")]
    public DegradeMode Mode { get; init; } = DegradeMode.Lossless;

    [Description("Share of the nodes that has moved after each wave, rising to 100%. Each wave is read back before the next begins.")]
    public ImmutableArray<string> Waves { get; init; } = ["1%", "10%", "50%", "100%"];

    [Description("Go by the shortest legal path of moves when there is no direct one.")]
    public bool Through { get; init; }

    [Description("Result of the approval step that allowed this move; moves to peak-degrade need two approvers. It is checked against the journal.")]
    public ApprovalEvidence? Evidence { get; init; }

    [Description("Why losing batch work was authorised beforehand; moves to lossy peak-degrade need it.")]
    public string? Preauthorised { get; init; }

    [Description("How fast 99 of 100 online requests should be answered. Slower stops the waves of a move, and counts as pressure when lossy peak-degrade is asked for. Without it nobody asks.")]
    public TimeSpan? P99Objective { get; init; }

    [Description("Percent of the online requests that may fail, 0 to 100. More stops the waves of a move. Without it nobody asks.")]
    public double? ErrorObjective { get; init; }

    [Description("How long the nodes of a wave must do well before the next one begins. Absent: two report intervals of the new state's profile. A way back does not wait.")]
    public TimeSpan? Soak { get; init; }

    [Description("What happens when a guard turns between two waves: stop leaves the nodes as they are, back takes the nodes of this move back first. Either way the step fails. From a lossy degrade nothing goes back.")]
    public OnTurn OnTurn { get; init; } = OnTurn.Stop;

    [Description("How many nodes of the cluster may be dead or cordoned, as a number or a share of at least one node. They are left behind by name, and moved after the waves when they are back by then.")]
    public string MaxUnavailable { get; init; } = "5%";

    [Description("Guards to pass over, each by its id with the reason why; kept in the journal.")]
    public ImmutableSortedDictionary<string, string> Waive { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    [Description("How long the nodes of one wave may take to show the new state, and batch to drain after the last.")]
    public TimeSpan ConfirmWithin { get; init; } = TimeSpan.FromHours(2);

    [Description("Go on without nodes that are not ready or carry no label, however many: each is tried, named in the result and left. An undo always does. Without it no more than maxUnavailable may be missing.")]
    public bool LeaveUnready { get; init; }

    /// <summary>The state that <see cref="To"/> and <see cref="Mode"/> name together.</summary>
    internal ColocationState State => (To, Mode) switch
    {
        (TargetState.OfflineOnly, _) => ColocationState.OfflineOnly,
        (TargetState.Transitional, _) => ColocationState.Transitional,
        (TargetState.StressTest, _) => ColocationState.StressTest,
        (TargetState.PeakDegrade, DegradeMode.Lossless) => ColocationState.PeakDegradeLossless,
        (TargetState.PeakDegrade, DegradeMode.Lossy) => ColocationState.PeakDegradeLossy,
        _ => throw new UnreachableException(),
    };
}

/// <summary>A co-location state as a runbook names it.</summary>
public enum TargetState
{
    OfflineOnly,
    Transitional,
    StressTest,
    PeakDegrade,
}

/// <summary>What a guard that turns between two waves brings about.</summary>
public enum OnTurn
{
    Stop,
    Back,
}

/// <summary>How batch gives way at the peak.</summary>
public enum DegradeMode
{
    Lossless,
    Lossy,
}

/// <summary>What an approval step gave.</summary>
public sealed record ApprovalEvidence
{
    [Description("True when enough people approved.")]
    public required bool Approved { get; init; }

    [Description("Who decided.")]
    public ImmutableArray<Approver> By { get; init; } = [];
}

/// <summary>A person who decided on an approval.</summary>
public sealed record Approver
{
    public required string User { get; init; }

    public string? Role { get; init; }

    public string? Comment { get; init; }
}
