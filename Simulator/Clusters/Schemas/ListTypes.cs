using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Orchestrator.Simulator.Clusters.Schemas;

/// <summary>What an API type's list is to those who write parts of it.</summary>
/// <param name="MergeKey">Names an element in a strategic merge patch; null: the patch replaces the whole list, or adds to it (<paramref name="MergesValues"/>).</param>
/// <param name="MapKeys">Name an element in a server-side apply; empty: the list is whole, or a set.</param>
/// <param name="MergesValues">A list of plain values of which each can be owned by itself.</param>
internal sealed record ListType(string? MergeKey, ImmutableArray<string> MapKeys, bool MergesValues = false);

/// <summary>The lists of the Kubernetes API that are not whole, by type and field, as the API's own types declare them.</summary>
internal static class ListTypes
{
    private static readonly FrozenDictionary<(string Type, string Field), ListType> Known = new Dictionary<(string, string), ListType>
    {
        [("ObjectMeta", "ownerReferences")] = Map("uid"),
        [("ObjectMeta", "finalizers")] = new(null, [], MergesValues: true),
        [("PodSpec", "containers")] = Map("name"),
        [("PodSpec", "initContainers")] = Map("name"),
        [("PodSpec", "ephemeralContainers")] = Map("name"),
        [("PodSpec", "volumes")] = Map("name"),
        [("PodSpec", "imagePullSecrets")] = Map("name"),
        [("PodSpec", "hostAliases")] = Map("ip"),
        [("PodSpec", "resourceClaims")] = Map("name"),
        [("PodSpec", "schedulingGates")] = Map("name"),
        [("PodSpec", "topologySpreadConstraints")] = new("topologyKey", ["topologyKey", "whenUnsatisfiable"]),
        [("Container", "env")] = Map("name"),
        [("Container", "ports")] = new("containerPort", ["containerPort", "protocol"]),
        [("Container", "volumeMounts")] = Map("mountPath"),
        [("Container", "volumeDevices")] = Map("devicePath"),
        [("ResourceRequirements", "claims")] = new(null, ["name"]),
        [("ServiceSpec", "ports")] = new("port", ["port", "protocol"]),
        [("ServiceAccount", "secrets")] = Map("name"),
        [("NodeSpec", "podCIDRs")] = new(null, [], MergesValues: true),
        [("NodeStatus", "conditions")] = Map("type"),
        [("NodeStatus", "addresses")] = Map("type"),
        [("PodStatus", "conditions")] = Map("type"),
        [("DeploymentStatus", "conditions")] = Map("type"),
        [("JobStatus", "conditions")] = Map("type"),
        [("ServiceStatus", "conditions")] = Map("type"),
        [("NamespaceStatus", "conditions")] = Map("type"),
        [("PodDisruptionBudgetStatus", "conditions")] = Map("type"),
        [("CustomResourceDefinitionStatus", "conditions")] = new(null, ["type"]),
    }.ToFrozenDictionary();

    public static ListType? Find(string type, string field) => Known.GetValueOrDefault((type, field));

    private static ListType Map(string key) => new(key, [key]);
}
