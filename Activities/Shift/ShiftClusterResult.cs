using System.Collections.Immutable;
using System.ComponentModel;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Events;

namespace Orchestrator.Activities.Shift;

/// <summary>What a shift did.</summary>
public sealed record ShiftClusterResult : IUndoResult
{
    public required string Cluster { get; init; }

    [Description("The state that its nodes show now, all but those left behind.")]
    public required ColocationState State { get; init; }

    [Description("Node moves made, counted once a hop; 0 when every node was there already.")]
    public required int Moved { get; init; }

    [Description("The hops taken, in order.")]
    public required ImmutableArray<ShiftHop> Hops { get; init; }

    [Description("Nodes that were dead or cordoned and that the cluster moved without: no more than maxUnavailable, or any number in an undo or with leaveUnready; there also nodes without a label. cluster.watch moves them when they are back.")]
    public ImmutableArray<string> LeftBehind { get; init; } = [];

    [Description("Nodes that were to move and that the cluster has no longer.")]
    public ImmutableArray<string> Gone { get; init; } = [];

    [Description("In an undo: nodes that are not back in their state, as the cluster shows at the end, each with the reason. The run then ends undo-incomplete.")]
    public ImmutableArray<LeftInPlace> Left { get; init; } = [];

    [Description("What a lossy degrade took from batch; absent when nothing was killed. The checkpoint list is in the journal, in batch-killed.")]
    public KillCost? Killed { get; init; }

    [Description("After a move out of lossy peak-degrade: what has become of the tasks that it killed. Absent otherwise.")]
    public RequeueState? Requeue { get; init; }

    [Description("Guards passed over, each by its id with the reason why.")]
    public required ImmutableSortedDictionary<string, string> Waived { get; init; }
}

/// <summary>How batch stands after a lossy degrade.</summary>
public sealed record RequeueState
{
    [Description("Tasks that lossy degrades of this run, its parent and children have killed on the cluster.")]
    public required int Killed { get; init; }

    [Description("Batch pods of the cluster that wait for a node.")]
    public required int Waiting { get; init; }

    [Description("Batch pods of the cluster that run.")]
    public required int Running { get; init; }

    [Description("Killed tasks without a controller that would make them anew: whoever submitted them must, from the checkpoint in batch-killed.")]
    public required ImmutableArray<string> Lost { get; init; }
}

/// <summary>One legal move of a shift.</summary>
public sealed record ShiftHop
{
    public required ColocationState From { get; init; }

    public required ColocationState To { get; init; }

    public required int Nodes { get; init; }

    public required int Waves { get; init; }
}
