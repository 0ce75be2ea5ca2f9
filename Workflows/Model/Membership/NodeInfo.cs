using System.Collections.Immutable;

namespace Orchestrator.Workflows.Model.Membership;

/// <summary>What a process does for the others.</summary>
[Flags]
public enum NodeRoles
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
/// <param name="Name">The operator's name for it, unique among the nodes that are alive.</param>
/// <param name="Instance">Names one start of the process: a node that is declared dead comes back under another.</param>
/// <param name="Tags">What steps may ask for, each as <c>key=value</c>, sorted.</param>
/// <param name="Slots">Tasks of the normal lane that it executes at once; 0 when it is no worker.</param>
/// <param name="Version">Of the binary.</param>
public sealed record NodeInfo(string Name, string Instance, NodeRoles Roles, ImmutableArray<string> Tags, int Slots, string Version)
{
    /// <summary>Which process it is, for those of the same machine; empty when that cannot be told.</summary>
    public string Origin { get; init; } = "";

    /// <summary>The newest of the <see cref="Formats"/> that it knows.</summary>
    public int Format { get; init; } = Formats.Newest;
}

/// <summary>A node as the store knows it.</summary>
/// <param name="JoinedAt">By the store's clock.</param>
/// <param name="SeenAt">When it last announced itself, by the store's clock.</param>
/// <param name="Draining">It takes no new work and is about to leave.</param>
public sealed record NodeState(NodeInfo Info, DateTimeOffset JoinedAt, DateTimeOffset SeenAt, bool Draining);
