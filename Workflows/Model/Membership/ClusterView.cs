using System.Collections.Immutable;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.Membership;

/// <summary>Which nodes are alive and which of them has which shard, as of one moment of the store.</summary>
/// <param name="Nodes">In the order of their joining.</param>
/// <param name="Owners">For each shard the instance that has it, or null while it is nobody's.</param>
internal sealed record ClusterView(ImmutableArray<NodeState> Nodes, ImmutableArray<string?> Owners)
{
    public static ClusterView Empty { get; } = new([], [.. Enumerable.Repeat<string?>(null, Shards.Count)]);

    /// <summary>The one of the <see cref="Formats"/> in which all nodes write.</summary>
    public int Format { get; init; } = Formats.Oldest;

    public string? OwnerOf(RunId run) => Owners[Shards.Of(run)];

    public NodeState? Find(string instance) => Nodes.FirstOrDefault(node => node.Info.Instance == instance);
}
