using System.Collections.Immutable;

namespace Orchestrator.Workflows.Model.Membership;

/// <summary>
/// Who is alive and who has which shard. It lives in the store of the journal and goes by the store's clock, so that
/// a node that is declared dead can be kept from writing: its appends are refused from then on.
/// </summary>
internal interface IMembership
{
    /// <summary>
    /// Announces a node, and declares those dead that were silent for longer than <paramref name="silence"/> (infinite: nobody): their
    /// shards become nobody's. The first call joins; what the journal appends from then on is appended as this node.
    /// Throws <see cref="FencedException"/> when the node itself has been declared dead, and
    /// <see cref="NodeNameTakenException"/> when another instance that is alive has its name, and <see cref="FormatRefusedException"/>
    /// when it does not know the format in force. That rises here, to the newest that all nodes know.
    /// </summary>
    Task<ClusterView> BeatAsync(NodeInfo node, bool draining, TimeSpan silence, CancellationToken cancellationToken);

    /// <summary>
    /// Takes those of <paramref name="claimed"/> that are nobody's and gives up those of <paramref name="released"/> that
    /// are the node's own. Throws <see cref="FencedException"/>.
    /// </summary>
    Task<ClusterView> ChangeShardsAsync(ImmutableArray<int> claimed, ImmutableArray<int> released, CancellationToken cancellationToken);

    /// <summary>Declares a node dead whose process is known to be gone, without waiting for its silence.</summary>
    Task ExpelAsync(string instance, CancellationToken cancellationToken);

    /// <summary>The node is gone, and its shards are nobody's.</summary>
    Task LeaveAsync(CancellationToken cancellationToken);
}
