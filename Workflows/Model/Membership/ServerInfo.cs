using System.Collections.Immutable;

namespace Orchestrator.Workflows.Model.Membership;

/// <summary>What a process does for the others.</summary>
[Flags]
public enum ServerRoles
{
    None = 0,

    /// <summary>Serves the HTTP API.</summary>
    Api = 1,

    /// <summary>Decides runs.</summary>
    Engine = 2,

    /// <summary>Executes tasks.</summary>
    Worker = 4,

    All = Api | Engine | Worker,
}

/// <summary>A process as it announces itself.</summary>
/// <param name="Name">The operator's name for it, unique among the servers that are alive.</param>
/// <param name="Instance">Names one start of the process: a server that is evicted comes back under another.</param>
/// <param name="Tags">What steps may ask for, each as <c>key=value</c>, sorted.</param>
/// <param name="Slots">Tasks of the normal lane that it executes at once; 0 when it is no worker.</param>
/// <param name="Version">Of the binary.</param>
public sealed record ServerInfo(string Name, string Instance, ServerRoles Roles, ImmutableArray<string> Tags, int Slots, string Version)
{
    /// <summary>Which process it is, for those of the same machine; empty when that cannot be told.</summary>
    public string Origin { get; init; } = "";

    /// <summary>The newest of the <see cref="ProtocolVersions"/> that it knows.</summary>
    public int ProtocolVersion { get; init; } = ProtocolVersions.Newest;
}

/// <summary>A server as the store knows it.</summary>
/// <param name="JoinedAt">By the store's clock.</param>
/// <param name="SeenAt">When it last announced itself, by the store's clock.</param>
/// <param name="Draining">It takes no new work and is about to leave.</param>
public sealed record ServerState(ServerInfo Info, DateTimeOffset JoinedAt, DateTimeOffset SeenAt, bool Draining);
