using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using k8s.Models;
using Orchestrator.Fleet.Colocation;

namespace Orchestrator.Infra.Clusters;

/// <summary>Names by which nodes show what concerns us.</summary>
internal static class NodeNames
{
    public const string IdempotencyKey = "orchestrator.io/idempotency-key";
    public const string FencingToken = "orchestrator.io/fencing-token";
    public const string BatchCpu = "kubernetes.io/batch-cpu";
    public const string BatchMemory = "kubernetes.io/batch-memory";
}

/// <summary>What a NodeMetric says of its node.</summary>
/// <param name="Age">By the API server's time when it gave the metric; null when it was never updated.</param>
internal sealed record NodeMetric(TimeSpan? Age, NodeUsage? Usage)
{
    /// <summary>When it was measured.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>Reads <c>slo.koordinator.sh/v1alpha1</c> NodeMetric; what is missing stays null.</summary>
    public static NodeMetric Read(JsonElement metric, DateTimeOffset now)
    {
        if (!metric.TryGetProperty("status", out var status))
        {
            return new NodeMetric(null, null);
        }

        // The Date header has whole seconds, so a fresh metric may seem to come from the future.
        DateTimeOffset? at = status.TryGetProperty("updateTime", out var time) && time.TryGetDateTimeOffset(out var updated) ? updated : null;
        TimeSpan? age = at is { } measured ? TimeSpan.FromTicks(Math.Max(0, (now - measured).Ticks)) : null;
        if (!status.TryGetProperty("nodeMetric", out var node) || Cpu(node, "nodeUsage") is not { } total)
        {
            return new NodeMetric(age, null);
        }

        long online = 0;
        long batch = 0;
        long pods = 0;
        if (status.TryGetProperty("podsMetric", out var list) && list.ValueKind == JsonValueKind.Array)
        {
            foreach (var pod in list.EnumerateArray())
            {
                var used = Cpu(pod, "podUsage") ?? 0;
                pods += used;
                var priority = pod.TryGetProperty("priority", out var named) ? named.GetString() : null;
                if (priority is "koord-batch" or "koord-free")
                {
                    batch += used;
                }
                else
                {
                    online += used;
                }
            }
        }

        var usage = new NodeUsage(Cpu(node, "systemUsage") ?? Math.Max(0, total - pods), online, total)
        {
            BatchCpuMilli = batch,
            MemoryMiB = Amount(node, "nodeUsage", "memory") is { } memory ? NodeReader.MiB(memory) : 0,
        };
        return new NodeMetric(age, usage) { At = at };
    }

    private static long? Cpu(JsonElement holder, string usage) => Amount(holder, usage, "cpu") is { } cpu ? NodeReader.Milli(cpu) : null;

    private static ResourceQuantity? Amount(JsonElement holder, string usage, string resource)
    {
        if (!holder.TryGetProperty(usage, out var used))
        {
            return null;
        }

        // A ResourceList serialises as the map itself; older koordlets wrap it in "resources".
        var resources = used.TryGetProperty("resources", out var wrapped) ? wrapped : used;
        return resources.TryGetProperty(resource, out var amount)
            ? new ResourceQuantity(amount.ValueKind == JsonValueKind.String ? amount.GetString() : amount.GetRawText())
            : null;
    }
}

internal static class NodeReader
{
    private const string ZoneLabel = "topology.kubernetes.io/zone";
    private const string RackLabel = "topology.kubernetes.io/rack";

    /// <param name="at">The API server's time of the answer.</param>
    public static SurveyedNode Read(V1Node node, NodeMetric? metric, DateTimeOffset at)
    {
        var state = node.Metadata.Labels is { } labels && labels.TryGetValue(ColocationStates.LabelKey, out var id) ? ColocationStates.TryParse(id) : null;
        var ready = node.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) ?? false;
        return new SurveyedNode(
            node.Metadata.Name,
            state,
            ready,
            node.Spec?.Unschedulable is not true,
            Milli(Quantity(node.Status?.Capacity, "cpu")),
            MiB(Quantity(node.Status?.Capacity, "memory")),
            // Batch CPU counts whole thousandths of a core, so its plain value is milli already.
            (long)Plain(Quantity(node.Status?.Allocatable, NodeNames.BatchCpu)),
            MiB(Quantity(node.Status?.Allocatable, NodeNames.BatchMemory)),
            metric?.Age,
            metric?.Usage,
            TokenOf(node),
            node.Metadata.ResourceVersion ?? "")
        {
            Host = new HostFeatures(
                node.Status?.NodeInfo?.KernelVersion ?? "",
                node.Status?.Allocatable?.Keys.Any(name => name.StartsWith("hugepages-", StringComparison.Ordinal)) ?? false,
                Feature(node, "cpu-rdt.RDTL3CA"),
                Feature(node, "cpu-rdt.RDTMBA")),
            ReadAt = at,
            MetricAt = metric?.At,
            Zone = Label(node, ZoneLabel),
            Rack = Label(node, RackLabel),
            Conditions =
            [
                .. (node.Status?.Conditions ?? [])
                    .Where(condition => condition is { Type: not "Ready", Status: "True" })
                    .Select(condition => new NodeCondition(condition.Type, condition.Reason ?? "", condition.LastTransitionTime is { } since ? new DateTimeOffset(since.ToUniversalTime(), TimeSpan.Zero) : null)),
            ],
            Images = node.Status?.Images?.SelectMany(image => image.Names ?? []).ToImmutableHashSet(StringComparer.Ordinal) ?? [],
        };
    }

    private static string Label(V1Node node, string name) => node.Metadata.Labels is { } labels && labels.TryGetValue(name, out var value) ? value : "";

    /// <summary>Labels that node-feature-discovery gives.</summary>
    private static bool Feature(V1Node node, string name) =>
        node.Metadata.Labels is { } labels && labels.TryGetValue($"feature.node.kubernetes.io/{name}", out var value) && value == "true";

    public static long TokenOf(V1Node node) =>
        node.Metadata.Annotations is { } annotations
        && annotations.TryGetValue(NodeNames.FencingToken, out var text)
        && long.TryParse(text, CultureInfo.InvariantCulture, out var token)
            ? token
            : 0;

    public static long Milli(ResourceQuantity? quantity) => (long)(Plain(quantity) * 1000);

    private static decimal Plain(ResourceQuantity? quantity) => quantity?.ToDecimal() ?? 0;

    public static long MiB(ResourceQuantity? quantity) => (long)(Plain(quantity) / (1024 * 1024));

    private static ResourceQuantity? Quantity(IDictionary<string, ResourceQuantity>? resources, string name) =>
        resources is not null && resources.TryGetValue(name, out var quantity) ? quantity : null;
}
