using System.Collections.Immutable;
using System.ComponentModel;
using Orchestrator.Fleet.Colocation;

namespace Orchestrator.Activities.Watch;

/// <summary>What a watch over a cluster saw.</summary>
public sealed record WatchClusterResult
{
    public required string Cluster { get; init; }

    [Description("The state that its nodes were held to.")]
    public required ColocationState State { get; init; }

    [Description("Readings of all nodes that were made.")]
    public required int Readings { get; init; }

    [Description("Nodes that drifted in any attempt, each with what was found last.")]
    public required ImmutableSortedDictionary<string, string> Drifted { get; init; }

    [Description("Nodes that were moved back into the state.")]
    public required ImmutableArray<string> Healed { get; init; }

    [Description("Nodes that were dead or cordoned at the end: what they run is not known, or somebody works on them.")]
    public required ImmutableArray<string> Unavailable { get; init; }
}
