using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Text;

namespace Orchestrator.Infra.Provisioning.Programs;

/// <summary>A Pulumi YAML program, read and checked. Immutable.</summary>
/// <param name="Name">The project's name.</param>
/// <param name="Resources">In an order in which each comes after what it refers to.</param>
internal sealed record StackProgram(
    string Directory,
    string File,
    string Name,
    ImmutableArray<ConfigDeclaration> Config,
    ImmutableArray<KeyValuePair<string, Expression>> Variables,
    ImmutableArray<ResourceDeclaration> Resources,
    ImmutableArray<KeyValuePair<string, Expression>> Outputs);

/// <param name="Type">string, integer, number, boolean, array or object.</param>
/// <param name="Default">Null when a value must be given.</param>
internal sealed record ConfigDeclaration(Position Position, string Name, string Type, bool HasDefault, JsonNode? Default, bool Secret);

/// <param name="Logical">The key under <c>resources</c>, by which others refer to it.</param>
/// <param name="Name">The URN's last part; the logical name unless <c>name</c> says otherwise.</param>
internal sealed record ResourceDeclaration(
    Position Position,
    string Logical,
    string Name,
    string Type,
    ImmutableArray<KeyValuePair<string, Expression>> Properties,
    ResourceOptions Options)
{
    /// <summary>What it refers to by itself or through <c>options</c>.</summary>
    public IEnumerable<Reference> References() =>
        Properties.SelectMany(property => property.Value.References())
            .Concat(Options.DependsOn)
            .Concat(Options.Provider is { } provider ? [provider] : []);
}

internal sealed record ResourceOptions
{
    public ImmutableArray<Reference> DependsOn { get; init; } = [];

    public Reference? Provider { get; init; }

    public bool Protect { get; init; }

    public bool RetainOnDelete { get; init; }

    public bool DeleteBeforeReplace { get; init; }

    /// <summary>Input paths that keep the value they have in the state.</summary>
    public ImmutableArray<string> IgnoreChanges { get; init; } = [];

    /// <summary>Input paths whose change replaces the resource, besides those of its type.</summary>
    public ImmutableArray<string> ReplaceOnChanges { get; init; } = [];

    public string? Version { get; init; }

    /// <summary>Night time until a new resource is ready. Default 30 min.</summary>
    public TimeSpan CreateTimeout { get; init; } = TimeSpan.FromMinutes(30);

    public TimeSpan UpdateTimeout { get; init; } = TimeSpan.FromMinutes(30);

    public TimeSpan DeleteTimeout { get; init; } = TimeSpan.FromMinutes(30);
}
