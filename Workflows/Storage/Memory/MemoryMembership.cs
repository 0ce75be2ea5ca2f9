using System.Collections.Immutable;
using Orchestrator.Workflows.Model.Membership;

namespace Orchestrator.Workflows.Storage.Memory;

/// <summary>The servers of a store that one process holds: one in production, several in a simulation. Each has a <see cref="Seat"/>.</summary>
/// <param name="format">In force so far.</param>
/// <param name="raise">Keeps a newer one for good, before anybody writes in it.</param>
internal sealed class MemoryMembership(TimeProvider time, int format = ProtocolVersions.Oldest, Action<int>? raise = null)
{
    private readonly TimeProvider clock = time;
    private int inForce = format;
    private readonly Lock gate = new();
    private readonly List<ServerState> servers = [];
    private readonly string?[] owners = new string?[Shards.Count];

    public Seat Take() => new(this);

    public MembershipView View()
    {
        lock (gate) return new MembershipView([.. servers], [.. owners]) { ProtocolVersion = inForce };
    }

    private void RaiseFormat()
    {
        if (servers.Count == 0 || servers.Min(server => server.Info.ProtocolVersion) is var known && known <= inForce) return;
        raise?.Invoke(known);
        inForce = known;
    }

    private void Remove(ServerState server)
    {
        servers.Remove(server);
        for (var shard = 0; shard < owners.Length; shard++)
        {
            if (owners[shard] == server.Info.Instance) owners[shard] = null;
        }
    }

    /// <summary>One server's place at the table.</summary>
    public sealed class Seat(MemoryMembership table) : IMembership
    {
        private string? instance;

        /// <summary>Throws <see cref="FencedException"/> when the server has joined and has been evicted since.</summary>
        public void Check()
        {
            lock (table.gate)
            {
                if (instance is { } mine && !table.servers.Exists(server => server.Info.Instance == mine)) throw new FencedException(mine);
            }
        }

        public Task<MembershipView> HeartbeatAsync(ServerInfo server, bool draining, TimeSpan failureTimeout, CancellationToken cancellationToken)
        {
            var now = table.clock.GetUtcNow();
            lock (table.gate)
            {
                var judges = failureTimeout != Timeout.InfiniteTimeSpan;
                foreach (var silent in table.servers.Where(other => judges && now - other.SeenAt > failureTimeout && other.Info.Instance != server.Instance).ToList()) table.Remove(silent);
                var at = table.servers.FindIndex(known => known.Info.Instance == server.Instance);
                if (at < 0)
                {
                    if (instance == server.Instance) return Task.FromException<MembershipView>(new FencedException(server.Instance));
                    if (table.servers.Find(other => other.Info.Name == server.Name) is { } holder) return Task.FromException<MembershipView>(new ServerNameTakenException(holder.Info));
                    if (ProtocolVersionRefusedException.Check(table.inForce, server.ProtocolVersion) is { } refused) return Task.FromException<MembershipView>(refused);
                    table.servers.Add(new ServerState(server, now, now, draining));
                    instance = server.Instance;
                }
                else
                {
                    table.servers[at] = table.servers[at] with { SeenAt = now, Draining = draining };
                }

                table.RaiseFormat();
                return Task.FromResult(table.View());
            }
        }

        public Task<MembershipView> ChangeShardsAsync(ImmutableArray<int> claimed, ImmutableArray<int> released, CancellationToken cancellationToken)
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

        public Task EvictAsync(string instance, CancellationToken cancellationToken)
        {
            lock (table.gate)
            {
                if (table.servers.Find(server => server.Info.Instance == instance) is { } dead) table.Remove(dead);
                return Task.CompletedTask;
            }
        }

        public Task LeaveAsync(CancellationToken cancellationToken)
        {
            lock (table.gate)
            {
                if (table.servers.Find(server => server.Info.Instance == instance) is { } me) table.Remove(me);
                instance = null;
                return Task.CompletedTask;
            }
        }
    }
}
