using System.Collections.Immutable;

namespace Orchestrator.Workflows.Model.Membership;

/// <summary>
/// Who is alive and who has which shard. It lives in the store of the journal and goes by the store's clock, so that
/// a server that is evicted can be kept from writing: its appends are refused from then on.
/// </summary>
internal interface IMembership
{
    /// <summary>
    /// Announces a server, and declares those dead that were silent for longer than <paramref name="failureTimeout"/> (infinite: nobody): their
    /// shards become nobody's. The first call joins; what the journal appends from then on is appended as this server.
    /// Throws <see cref="FencedException"/> when the server itself has been evicted, and
    /// <see cref="ServerNameTakenException"/> when another instance that is alive has its name, and <see cref="ProtocolVersionRefusedException"/>
    /// when it does not know the protocol version in force. That rises here, to the newest that all servers know.
    /// </summary>
    Task<MembershipView> HeartbeatAsync(ServerInfo server, bool draining, TimeSpan failureTimeout, CancellationToken cancellationToken);

    /// <summary>
    /// Takes those of <paramref name="claimed"/> that are nobody's and gives up those of <paramref name="released"/> that
    /// are the server's own. Throws <see cref="FencedException"/>.
    /// </summary>
    Task<MembershipView> ChangeShardsAsync(ImmutableArray<int> claimed, ImmutableArray<int> released, CancellationToken cancellationToken);

    /// <summary>Declares a server dead whose process is known to be gone, without waiting for its silence.</summary>
    Task EvictAsync(string instance, CancellationToken cancellationToken);

    /// <summary>The server is gone, and its shards are nobody's.</summary>
    Task LeaveAsync(CancellationToken cancellationToken);
}
