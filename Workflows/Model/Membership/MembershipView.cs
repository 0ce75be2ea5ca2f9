using System.Collections.Immutable;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.Membership;

/// <summary>Which servers are alive and which of them has which shard, as of one moment of the store.</summary>
/// <param name="Servers">In the order of their joining.</param>
/// <param name="Owners">For each shard the instance that has it, or null while it is nobody's.</param>
internal sealed record MembershipView(ImmutableArray<ServerState> Servers, ImmutableArray<string?> Owners)
{
    public static MembershipView Empty { get; } = new([], [.. Enumerable.Repeat<string?>(null, Shards.Count)]);

    /// <summary>The one of the <see cref="ProtocolVersions"/> in which all servers write.</summary>
    public int ProtocolVersion { get; init; } = ProtocolVersions.Oldest;

    public string? OwnerOf(RunId run) => Owners[Shards.Of(run)];

    public ServerState? Find(string instance) => Servers.FirstOrDefault(server => server.Info.Instance == instance);
}
