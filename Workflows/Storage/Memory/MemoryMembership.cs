using System.Collections.Immutable;
using Orchestrator.Workflows.Model.Membership;

namespace Orchestrator.Workflows.Storage.Memory;

/// <summary>The nodes of a store that one process holds: one in production, several in a simulation. Each has a <see cref="Seat"/>.</summary>
/// <param name="format">In force so far.</param>
/// <param name="raise">Keeps a newer one for good, before anybody writes in it.</param>
internal sealed class MemoryMembership(TimeProvider time, int format = Formats.Oldest, Action<int>? raise = null)
{
    private readonly TimeProvider clock = time;
    private int inForce = format;
    private readonly Lock gate = new();
    private readonly List<NodeState> nodes = [];
    private readonly string?[] owners = new string?[Shards.Count];

    public Seat Take() => new(this);

    public ClusterView View()
    {
        lock (gate) return new ClusterView([.. nodes], [.. owners]) { Format = inForce };
    }

    private void RaiseFormat()
    {
        if (nodes.Count == 0 || nodes.Min(node => node.Info.Format) is var known && known <= inForce) return;
        raise?.Invoke(known);
        inForce = known;
    }

    private void Remove(NodeState node)
    {
        nodes.Remove(node);
        for (var shard = 0; shard < owners.Length; shard++)
        {
            if (owners[shard] == node.Info.Instance) owners[shard] = null;
        }
    }

    /// <summary>One node's place at the table.</summary>
    public sealed class Seat(MemoryMembership table) : IMembership
    {
        private string? instance;

        /// <summary>Throws <see cref="FencedException"/> when the node has joined and has been declared dead since.</summary>
        public void Check()
        {
            lock (table.gate)
            {
                if (instance is { } mine && !table.nodes.Exists(node => node.Info.Instance == mine)) throw new FencedException(mine);
            }
        }

        public Task<ClusterView> BeatAsync(NodeInfo node, bool draining, TimeSpan silence, CancellationToken cancellationToken)
        {
            var now = table.clock.GetUtcNow();
            lock (table.gate)
            {
                var judges = silence != Timeout.InfiniteTimeSpan;
                foreach (var silent in table.nodes.Where(other => judges && now - other.SeenAt > silence && other.Info.Instance != node.Instance).ToList()) table.Remove(silent);
                var at = table.nodes.FindIndex(known => known.Info.Instance == node.Instance);
                if (at < 0)
                {
                    if (instance == node.Instance) return Task.FromException<ClusterView>(new FencedException(node.Instance));
                    if (table.nodes.Find(other => other.Info.Name == node.Name) is { } holder) return Task.FromException<ClusterView>(new NodeNameTakenException(holder.Info));
                    if (FormatRefusedException.Check(table.inForce, node.Format) is { } refused) return Task.FromException<ClusterView>(refused);
                    table.nodes.Add(new NodeState(node, now, now, draining));
                    instance = node.Instance;
                }
                else
                {
                    table.nodes[at] = table.nodes[at] with { SeenAt = now, Draining = draining };
                }

                table.RaiseFormat();
                return Task.FromResult(table.View());
            }
        }

        public Task<ClusterView> ChangeShardsAsync(ImmutableArray<int> claimed, ImmutableArray<int> released, CancellationToken cancellationToken)
        {
            lock (table.gate)
            {
                Check();
                foreach (var shard in released)
                {
                    if (table.owners[shard] == instance) table.owners[shard] = null;
                }

                foreach (var shard in claimed) table.owners[shard] ??= instance;
                return Task.FromResult(table.View());
            }
        }

        public Task ExpelAsync(string instance, CancellationToken cancellationToken)
        {
            lock (table.gate)
            {
                if (table.nodes.Find(node => node.Info.Instance == instance) is { } dead) table.Remove(dead);
                return Task.CompletedTask;
            }
        }

        public Task LeaveAsync(CancellationToken cancellationToken)
        {
            lock (table.gate)
            {
                if (table.nodes.Find(node => node.Info.Instance == instance) is { } me) table.Remove(me);
                instance = null;
                return Task.CompletedTask;
            }
        }
    }
}
