using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Orchestrator.Infra.Clusters;

/// <summary>Reads the quotas, and freezes the one of batch: no more than runs now is admitted until it is thawed.</summary>
internal sealed class QuotaKeeper(ClusterConnection connection, LeaseKeeper leases)
{
    private const string Group = "scheduling.sigs.k8s.io";
    private const string Version = "v1alpha1";
    private const string Plural = "elasticquotas";

    /// <summary>Holds <c>spec.max</c> as it was before the freeze: whoever thaws, in whichever run, puts it back.</summary>
    private const string BeforeAnnotation = "orchestrator.io/max-before-freeze";

    private const int Tries = 8;

    /// <summary>By name; null where the cluster knows no such resource.</summary>
    public async Task<ImmutableDictionary<string, ClusterQuota>?> ReadAsync(CancellationToken cancellationToken)
    {
        var list = await connection.FindAsync(client => client.CustomObjects.ListClusterCustomObjectAsync(Group, Version, Plural, cancellationToken: cancellationToken));
        return list is JsonElement { ValueKind: JsonValueKind.Object } found
            ? found.GetProperty("items").EnumerateArray().Select(Read).GroupBy(quota => quota.Name).ToImmutableDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal)
            : null;
    }

    /// <summary>Sets <c>spec.max</c> of the batch quota to what is used, or to <c>spec.min</c> where less is used. Nothing happens where it is frozen already, or is no such quota, or its use is unknown.</summary>
    public Task FreezeAsync(ClusterLease lease, string key, CancellationToken cancellationToken) =>
        ChangeAsync(lease, key, quota => quota is { Before: null, Used: { } used } ? (Limits(quota, used), quota.Max) : null, cancellationToken);

    /// <summary>Puts <c>spec.max</c> back. Nothing happens where it is not frozen.</summary>
    public Task ThawAsync(ClusterLease lease, string key, CancellationToken cancellationToken) =>
        ChangeAsync(lease, key, quota => quota.Before is { } before ? (before, null) : null, cancellationToken);

    private async Task ChangeAsync(
        ClusterLease lease,
        string key,
        Func<ClusterQuota, (ImmutableSortedDictionary<string, string> Max, ImmutableSortedDictionary<string, string>? Before)?> change,
        CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            if ((await ReadAsync(cancellationToken))?.GetValueOrDefault(ClusterQuota.Batch) is not { } quota || change(quota) is not var (max, before))
            {
                return;
            }

            // After the read: a writer that takes the cluster over later changes the version that the write asks for.
            await leases.CheckAsync(lease, cancellationToken);
            try
            {
                await connection.CallAsync(client => client.CustomObjects.PatchNamespacedCustomObjectAsync(
                    new V1Patch(Applied(quota, max, before, key).ToJsonString(), V1Patch.PatchType.ApplyPatch),
                    Group, Version, quota.Namespace, Plural, quota.Name,
                    fieldManager: ClusterConnection.FieldManager,
                    force: true,
                    cancellationToken: cancellationToken));
                return;
            }
            catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.Conflict && attempt < Tries)
            {
                // Its use changed, or this is our own write whose answer was lost: only the quota can tell.
            }
        }
    }

    /// <summary>
    /// Used amounts for what is limited, never below what is guaranteed: the quota's webhook refuses a max below its min. A resource whose use is not told keeps its limit.
    /// </summary>
    private static ImmutableSortedDictionary<string, string> Limits(ClusterQuota quota, ImmutableSortedDictionary<string, string> used) =>
        quota.Max.ToImmutableSortedDictionary(
            limit => limit.Key,
            limit => !used.TryGetValue(limit.Key, out var use) ? limit.Value : Amounts.Of(quota.Min, limit.Key) > Amounts.Of(used, limit.Key) ? quota.Min[limit.Key] : use);

    private static JsonObject Applied(ClusterQuota quota, ImmutableSortedDictionary<string, string> max, ImmutableSortedDictionary<string, string>? before, string key)
    {
        var annotations = new JsonObject { [NodeNames.IdempotencyKey] = key };
        if (before is not null)
        {
            annotations[BeforeAnnotation] = Amounts.ToJson(before).ToJsonString();
        }

        return new JsonObject
        {
            ["apiVersion"] = $"{Group}/{Version}",
            ["kind"] = "ElasticQuota",
            ["metadata"] = new JsonObject
            {
                ["name"] = quota.Name,
                ["namespace"] = quota.Namespace,
                ["resourceVersion"] = quota.ResourceVersion,
                ["annotations"] = annotations,
            },
            ["spec"] = new JsonObject { ["max"] = Amounts.ToJson(max) },
        };
    }

    private static ClusterQuota Read(JsonElement quota)
    {
        var metadata = quota.GetProperty("metadata");
        var before = metadata.TryGetProperty("annotations", out var annotations) && annotations.TryGetProperty(BeforeAnnotation, out var text) ? text.GetString() : null;
        return new ClusterQuota(
            metadata.GetProperty("namespace").GetString() ?? "",
            metadata.GetProperty("name").GetString() ?? "",
            Amounts.Read(quota, "spec", "min") ?? Amounts.None,
            Amounts.Read(quota, "spec", "max") ?? Amounts.None,
            Amounts.Read(quota, "status", "used"),
            before is null ? null : Amounts.Parse(before),
            metadata.GetProperty("resourceVersion").GetString() ?? "");
    }
}

/// <summary>Kubernetes resource lists: quantities by resource.</summary>
internal static class Amounts
{
    public static readonly ImmutableSortedDictionary<string, string> None = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>0 for a resource that is not named.</summary>
    public static decimal Of(ImmutableSortedDictionary<string, string> amounts, string resource) =>
        amounts.TryGetValue(resource, out var text) ? new ResourceQuantity(text).ToDecimal() : 0;

    public static ImmutableSortedDictionary<string, string>? Read(JsonElement holder, string part, string name) =>
        holder.TryGetProperty(part, out var inner) && inner.TryGetProperty(name, out var amounts) && amounts.ValueKind == JsonValueKind.Object
            ? amounts.EnumerateObject().ToImmutableSortedDictionary(
                amount => amount.Name, amount => amount.Value.ValueKind == JsonValueKind.String ? amount.Value.GetString()! : amount.Value.GetRawText(), StringComparer.Ordinal)
            : null;

    public static ImmutableSortedDictionary<string, string> Parse(string json)
    {
        using var document = JsonDocument.Parse($"{{\"part\":{{\"list\":{json}}}}}");
        return Read(document.RootElement, "part", "list") ?? None;
    }

    public static JsonObject ToJson(ImmutableSortedDictionary<string, string> amounts) =>
        new(amounts.Select(amount => KeyValuePair.Create(amount.Key, (JsonNode?)JsonValue.Create(amount.Value))));
}
