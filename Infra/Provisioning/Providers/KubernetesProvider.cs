using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Orchestrator.Infra.Clusters;

namespace Orchestrator.Infra.Provisioning.Providers;

/// <summary>Objects of <c>kubernetes:*</c> types, by server-side apply. An object's id is <c>namespace/name</c>, or its name alone.</summary>
/// <param name="connect">The cluster's connection; where its address must be asked for first, it is.</param>
internal sealed class KubernetesProvider(Func<CancellationToken, Task<ClusterConnection>> connect) : ResourceProvider
{
    public override async Task<ProviderResource> CreateAsync(string type, string name, JsonObject inputs, string clientToken, CancellationToken cancellationToken)
    {
        var kind = ObjectKind.Of(type);
        var metadata = inputs["metadata"] as JsonObject;
        var named = metadata?["name"]?.GetValue<string>() ?? AutoName(name, clientToken);
        var place = kind.Namespaced ? metadata?["namespace"]?.GetValue<string>() ?? "default" : null;
        return await ApplyAsync(kind, place, named, inputs, clientToken, cancellationToken);
    }

    public override async Task<ProviderResource?> ReadAsync(string type, string id, CancellationToken cancellationToken)
    {
        var kind = ObjectKind.Of(type);
        var (place, name) = Split(id);
        try
        {
            return Resource(kind, await CallAsync(client => kind.ReadAsync(client, place, name, cancellationToken), cancellationToken));
        }
        catch (ProviderException e) when (e.Code == "NotFound")
        {
            return null;
        }
    }

    public override Task<ProviderResource> UpdateAsync(string type, string id, JsonObject before, JsonObject inputs, string clientToken, CancellationToken cancellationToken)
    {
        // Server-side apply takes away by itself what this manager applied before and does no longer.
        var (place, name) = Split(id);
        return ApplyAsync(ObjectKind.Of(type), place, name, inputs, clientToken, cancellationToken);
    }

    public override async Task DeleteAsync(string type, string id, JsonObject inputs, string clientToken, CancellationToken cancellationToken)
    {
        var kind = ObjectKind.Of(type);
        var (place, name) = Split(id);
        try
        {
            await CallAsync(async client =>
            {
                await kind.DeleteAsync(client, place, name, cancellationToken);
                return true;
            }, cancellationToken);
        }
        catch (ProviderException e) when (e.Code == "NotFound")
        {
        }
    }

    private async Task<ProviderResource> ApplyAsync(ObjectKind kind, string? place, string name, JsonObject inputs, string clientToken, CancellationToken cancellationToken)
    {
        var applied = inputs.DeepClone().AsObject();
        applied["apiVersion"] = kind.ApiVersion;
        applied["kind"] = kind.Kind;
        var metadata = applied["metadata"] as JsonObject ?? [];
        applied["metadata"] = metadata;
        metadata["name"] = name;
        if (place is not null)
        {
            metadata["namespace"] = place;
        }

        var annotations = metadata["annotations"] as JsonObject ?? [];
        metadata["annotations"] = annotations;
        annotations[NodeNames.IdempotencyKey] = clientToken;
        var patch = new V1Patch(applied.ToJsonString(), V1Patch.PatchType.ApplyPatch);
        return Resource(kind, await CallAsync(client => kind.ApplyAsync(client, patch, place, name, cancellationToken), cancellationToken));
    }

    private static ProviderResource Resource(ObjectKind kind, object answer)
    {
        var live = JsonNode.Parse(KubernetesJson.Serialize(answer))!.AsObject();
        live["apiVersion"] ??= kind.ApiVersion;
        live["kind"] ??= kind.Kind;
        var metadata = live["metadata"]!;
        var name = metadata["name"]!.GetValue<string>();
        return new ProviderResource(kind.Namespaced ? $"{metadata["namespace"]!.GetValue<string>()}/{name}" : name, metadata["deletionTimestamp"] is null && kind.Ready(live), live);
    }

    private async Task<T> CallAsync<T>(Func<IKubernetes, Task<T>> call, CancellationToken cancellationToken)
    {
        var cluster = await connect(cancellationToken);
        try
        {
            return await cluster.CallAsync(call);
        }
        catch (ClusterDeniedException e)
        {
            throw new ProviderException("denied", e.Message, retryable: false, e);
        }
        catch (ClusterUnreachableException e)
        {
            throw new ProviderException("unreachable", e.Message, retryable: true, e);
        }
        catch (HttpOperationException e)
        {
            var status = e.Response.StatusCode;
            throw new ProviderException(
                status == HttpStatusCode.NotFound ? "NotFound" : status.ToString(),
                $"cluster {cluster.Cluster}: {ClusterConnection.Shorten(StatusText.Message(e.Response.Content))}",
                status == HttpStatusCode.Conflict,
                e);
        }
    }

    private static (string? Place, string Name) Split(string id) => id.Split('/') is [var place, var name] ? (place, name) : (null, id);

    /// <summary>Pulumi's way with objects that have no name: the logical one and eight characters, here of the token, so that a repeat names it the same.</summary>
    private static string AutoName(string name, string clientToken) =>
        $"{name}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(clientToken)))[..8]}";
}
