using System.Collections.Immutable;

namespace Orchestrator.Infra.Clusters;

/// <summary>What reading a wave back showed.</summary>
/// <param name="Confirmed">Nodes whose label and batch allocatable are as the profile says, sorted.</param>
/// <param name="Unconverged">The others at the deadline, each with what was still different.</param>
/// <param name="Waited">On the environment clock.</param>
public sealed record Confirmation(ImmutableArray<string> Confirmed, ImmutableArray<UnconvergedNode> Unconverged, TimeSpan Waited);

/// <param name="Reason">For people, as in <c>batch-cpu is 57600m, expected 28800m ± 4800m</c>.</param>
public sealed record UnconvergedNode(string Node, string Reason)
{
    /// <summary>False: its kubelet is silent, or its koordlet has been for two minutes, or the node is gone.</summary>
    public bool Ready { get; init; } = true;

    /// <summary>True: the cluster has no such node any more, so nothing is to be waited for.</summary>
    public bool Gone { get; init; }
}

/// <summary>What labelling did.</summary>
/// <param name="Changed">Nodes that this call moved.</param>
/// <param name="Already">Nodes that were there before (an earlier attempt moved them).</param>
/// <param name="Failed">Nodes that could not be moved after all tries, each with the reason.</param>
public sealed record LabelOutcome(ImmutableArray<string> Changed, ImmutableArray<string> Already, ImmutableArray<UnconvergedNode> Failed);

/// <summary>What a drain did.</summary>
/// <param name="Evicted">Pods, as namespace/name, whose eviction was accepted.</param>
/// <param name="Remaining">Pods still there at the deadline.</param>
public sealed record DrainOutcome(ImmutableArray<string> Evicted, ImmutableArray<string> Remaining, TimeSpan Waited);
