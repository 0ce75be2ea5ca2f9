using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Orchestrator.Infra.Clusters;

namespace Orchestrator.Infra.Provisioning.Providers;

/// <summary>How one kind of Kubernetes object is applied, read, deleted, and known to be ready.</summary>
internal sealed record ObjectKind(
    string ApiVersion,
    string Kind,
    bool Namespaced,
    Func<IKubernetes, V1Patch, string?, string, CancellationToken, Task<object>> ApplyAsync,
    Func<IKubernetes, string?, string, CancellationToken, Task<object>> ReadAsync,
    Func<IKubernetes, string?, string, CancellationToken, Task> DeleteAsync,
    Func<JsonObject, bool> Ready)
{
    private const string Manager = ClusterConnection.FieldManager;

    private static readonly ObjectKind Namespace = new(
        "v1",
        "Namespace",
        Namespaced: false,
        async (client, patch, _, name, token) => await client.CoreV1.PatchNamespaceAsync(patch, name, fieldManager: Manager, force: true, cancellationToken: token),
        async (client, _, name, token) => await client.CoreV1.ReadNamespaceAsync(name, cancellationToken: token),
        (client, _, name, token) => client.CoreV1.DeleteNamespaceAsync(name, cancellationToken: token),
        live => live["status"]?["phase"]?.GetValue<string>() is null or "Active");

    private static readonly ObjectKind ConfigMap = new(
        "v1",
        "ConfigMap",
        Namespaced: true,
        async (client, patch, place, name, token) => await client.CoreV1.PatchNamespacedConfigMapAsync(patch, name, place, fieldManager: Manager, force: true, cancellationToken: token),
        async (client, place, name, token) => await client.CoreV1.ReadNamespacedConfigMapAsync(name, place, cancellationToken: token),
        (client, place, name, token) => client.CoreV1.DeleteNamespacedConfigMapAsync(name, place, cancellationToken: token),
        _ => true);

    private static readonly ObjectKind Service = new(
        "v1",
        "Service",
        Namespaced: true,
        async (client, patch, place, name, token) => await client.CoreV1.PatchNamespacedServiceAsync(patch, name, place, fieldManager: Manager, force: true, cancellationToken: token),
        async (client, place, name, token) => await client.CoreV1.ReadNamespacedServiceAsync(name, place, cancellationToken: token),
        (client, place, name, token) => client.CoreV1.DeleteNamespacedServiceAsync(name, place, cancellationToken: token),
        live => live["spec"]?["type"]?.GetValue<string>() != "LoadBalancer" || live["status"]?["loadBalancer"]?["ingress"] is JsonArray { Count: > 0 });

    private static readonly ObjectKind Deployment = new(
        "apps/v1",
        "Deployment",
        Namespaced: true,
        async (client, patch, place, name, token) => await client.AppsV1.PatchNamespacedDeploymentAsync(patch, name, place, fieldManager: Manager, force: true, cancellationToken: token),
        async (client, place, name, token) => await client.AppsV1.ReadNamespacedDeploymentAsync(name, place, cancellationToken: token),
        (client, place, name, token) => client.AppsV1.DeleteNamespacedDeploymentAsync(name, place, propagationPolicy: "Background", cancellationToken: token),
        RolledOut);

    public static ObjectKind Of(string type) => type switch
    {
        "kubernetes:core/v1:Namespace" => Namespace,
        "kubernetes:core/v1:ConfigMap" => ConfigMap,
        "kubernetes:core/v1:Service" => Service,
        "kubernetes:apps/v1:Deployment" => Deployment,
        _ => throw new ProviderException("type", $"the embedded engine has no way with {type}", retryable: false),
    };

    /// <summary>As <c>kubectl rollout status</c> sees it: this generation observed, all replicas updated and available.</summary>
    private static bool RolledOut(JsonObject live)
    {
        var wanted = Number(live["spec"]?["replicas"]) ?? 1;
        var status = live["status"];
        return (Number(status?["observedGeneration"]) ?? 0) >= (Number(live["metadata"]?["generation"]) ?? 0)
            && (Number(status?["updatedReplicas"]) ?? 0) >= wanted
            && (Number(status?["availableReplicas"]) ?? 0) >= wanted;
    }

    private static long? Number(JsonNode? node) => node?.GetValueKind() == JsonValueKind.Number ? node.GetValue<JsonElement>().GetInt64() : null;
}
