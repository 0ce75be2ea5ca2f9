using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Orchestrator.Infra.Provisioning.State;

/// <summary>A stack's file: Pulumi's checkpoint of version 3.</summary>
internal sealed class CheckpointDocument
{
    public int Version { get; set; } = 3;

    public CheckpointBody Checkpoint { get; set; } = new();
}

internal sealed class CheckpointBody
{
    /// <summary><c>organization/project/stack</c>.</summary>
    public string Stack { get; set; } = "";

    public Deployment Latest { get; set; } = new();
}

internal sealed class Deployment
{
    public Manifest Manifest { get; set; } = new();

    [JsonPropertyName("secrets_providers")]
    public SecretsProvider? SecretsProvider { get; set; }

    /// <summary>Each after what it depends on.</summary>
    public List<ResourceState> Resources { get; set; } = [];

    /// <summary>What was begun and whose end is not known.</summary>
    [JsonPropertyName("pending_operations")]
    public List<PendingOperation> PendingOperations { get; set; } = [];

    public DeploymentMetadata Metadata { get; set; } = new();
}

internal sealed class Manifest
{
    public DateTimeOffset Time { get; set; }

    public string Magic { get; set; } = "";

    public string Version { get; set; } = "";
}

internal sealed class SecretsProvider
{
    public string Type { get; set; } = "passphrase";

    public JsonObject State { get; set; } = [];
}

/// <summary>Beyond Pulumi's own: how often each URN was created, so that a client token is never used for two resources.</summary>
internal sealed class DeploymentMetadata
{
    [JsonPropertyName("orchestrator_creations")]
    public SortedDictionary<string, int> Creations { get; set; } = new(StringComparer.Ordinal);
}

/// <summary>A resource as Pulumi's state holds it. Never changed in place once it is in a deployment.</summary>
internal sealed record ResourceState
{
    public required string Urn { get; init; }

    public bool Custom { get; init; } = true;

    /// <summary>True for one that was replaced and still has to be deleted.</summary>
    public bool Delete { get; init; }

    public string? Id { get; init; }

    public required string Type { get; init; }

    public JsonObject Inputs { get; init; } = [];

    public JsonObject Outputs { get; init; } = [];

    public string? Parent { get; init; }

    public bool Protect { get; init; }

    public bool RetainOnDelete { get; init; }

    public bool External { get; init; }

    /// <summary>URNs.</summary>
    public List<string> Dependencies { get; init; } = [];

    /// <summary><c>provider urn::id</c>.</summary>
    public string? Provider { get; init; }

    /// <summary>URNs by input.</summary>
    public SortedDictionary<string, List<string>> PropertyDependencies { get; init; } = [];

    /// <summary>Why it is there and yet not as it should be.</summary>
    public List<string> InitErrors { get; init; } = [];

    public DateTimeOffset? Created { get; init; }

    public DateTimeOffset? Modified { get; init; }
}

/// <param name="Type">creating, updating, deleting.</param>
/// <param name="ClientToken">What the provider knows the operation by; ours beside Pulumi's fields.</param>
internal sealed record PendingOperation(ResourceState Resource, string Type, string ClientToken);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true)]
[JsonSerializable(typeof(CheckpointDocument))]
[JsonSerializable(typeof(StackLockOwner))]
internal sealed partial class StateJson : JsonSerializerContext;
