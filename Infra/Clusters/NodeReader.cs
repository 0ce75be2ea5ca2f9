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
    /// <summary>Reads <c>slo.koordinator.sh/v1alpha1</c> NodeMetric; what is missing stays null.</summary>
    public static NodeMetric Read(JsonElement metric, DateTimeOffset now)
    {
        if (!metric.TryGetProperty("status", out var status))
        {
            return new NodeMetric(null, null);
        }

        // The Date header has whole seconds, so a fresh metric may seem to come from the future.
        var age = status.TryGetProperty("updateTime", out var time) && time.TryGetDateTimeOffset(out var at)
            ? TimeSpan.FromTicks(Math.Max(0, (now - at).Ticks))
            : (TimeSpan?)null;
        if (!status.TryGetProperty("nodeMetric", out var node) || Cpu(node, "nodeUsage") is not { } total)
        {
            return new NodeMetric(age, null);
        }

        long online = 0;
        long pods = 0;
        if (status.TryGetProperty("podsMetric", out var list) && list.ValueKind == JsonValueKind.Array)
        {
            foreach (var pod in list.EnumerateArray())
            {
                var used = Cpu(pod, "podUsage") ?? 0;
                pods += used;
                var priority = pod.TryGetProperty("priority", out var named) ? named.GetString() : null;
                if (priority is not ("koord-batch" or "koord-free"))
                {
                    online += used;
                }
            }
        }

        return new NodeMetric(age, new NodeUsage(Cpu(node, "systemUsage") ?? Math.Max(0, total - pods), online, total));
    }

    private static long? Cpu(JsonElement holder, string usage)
    {
        if (!holder.TryGetProperty(usage, out var used))
        {
            return null;
        }

        // A ResourceList serialises as the map itself; older koordlets wrap it in "resources".
        var resources = used.TryGetProperty("resources", out var wrapped) ? wrapped : used;
        return resources.TryGetProperty("cpu", out var cpu)
            ? NodeReader.Milli(new ResourceQuantity(cpu.ValueKind == JsonValueKind.String ? cpu.GetString() : cpu.GetRawText()))
            : null;
    }
}

internal static class NodeReader
{
    public static SurveyedNode Read(V1Node node, NodeMetric? metric)
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
            Images = node.Status?.Images?.SelectMany(image => image.Names ?? []).ToImmutableHashSet(StringComparer.Ordinal) ?? [],
        };
    }

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

    private static long MiB(ResourceQuantity? quantity) => (long)(Plain(quantity) / (1024 * 1024));

    private static ResourceQuantity? Quantity(IDictionary<string, ResourceQuantity>? resources, string name) =>
        resources is not null && resources.TryGetValue(name, out var quantity) ? quantity : null;
}
