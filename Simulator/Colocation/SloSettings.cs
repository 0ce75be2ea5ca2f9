using System.Text.Json;
using System.Text.Json.Nodes;

namespace Orchestrator.Simulator.Colocation;

/// <summary>The parts of ConfigMap <c>koordinator-system/slo-controller-config</c> that the simulated koord-manager acts on.</summary>
internal sealed class SloSettings
{
    public const string Namespace = "koordinator-system";
    public const string Name = "slo-controller-config";

    private readonly JsonObject _colocation;
    private readonly JsonObject _thresholds;

    private SloSettings(JsonObject colocation, JsonObject thresholds) => (_colocation, _thresholds) = (colocation, thresholds);

    /// <summary>Null when a part is no JSON object: koord-manager then goes on with the configuration it had.</summary>
    public static SloSettings? TryParse(JsonObject? data)
    {
        try
        {
            return new SloSettings(Part(data, "colocation-config"), Part(data, "resource-threshold-config"));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The strategy for a node with these labels; the first selector that matches wins. Null where co-location is off.</summary>
    public NodeStrategy? For(IReadOnlyDictionary<string, string> labels)
    {
        var own = FirstMatch(_colocation["nodeConfigs"], labels);
        if (!(Flag(own, "enable") ?? Flag(_colocation, "enable") ?? false))
        {
            return null;
        }

        var limits = FirstMatch(_thresholds["nodeStrategies"], labels);
        var limitsOfAll = _thresholds["clusterStrategy"] as JsonObject;
        var defaults = new NodeStrategy();
        int? Evict(string name) => Number(limits, name) ?? Number(limitsOfAll, name);
        int Colocation(string name, int otherwise) => Number(own, name) ?? Number(_colocation, name) ?? otherwise;
        int Threshold(string name, int otherwise) => Number(limits, name) ?? Number(limitsOfAll, name) ?? otherwise;
        return new NodeStrategy(
            Colocation("batchCPUThresholdPercent", defaults.BatchCpuThresholdPercent),
            Colocation("batchMemoryThresholdPercent", defaults.BatchMemoryThresholdPercent),
            Colocation("cpuReclaimThresholdPercent", defaults.CpuReclaimThresholdPercent),
            Colocation("memoryReclaimThresholdPercent", defaults.MemoryReclaimThresholdPercent),
            Math.Max(1, Colocation("metricReportIntervalSeconds", defaults.MetricReportIntervalSeconds)),
            Threshold("cpuSuppressThresholdPercent", defaults.CpuSuppressThresholdPercent),
            Threshold("cpuSuppressMinPercent", defaults.CpuSuppressMinPercent),
            Text(own, "cpuCalculatePolicy") ?? Text(_colocation, "cpuCalculatePolicy") ?? defaults.CpuCalculatePolicy,
            Text(own, "memoryCalculatePolicy") ?? Text(_colocation, "memoryCalculatePolicy") ?? defaults.MemoryCalculatePolicy,
            Math.Max(1, Colocation("degradeTimeMinutes", defaults.DegradeTimeMinutes)),
            Evict("memoryEvictThresholdPercent") ?? defaults.MemoryEvictThresholdPercent,
            Evict("memoryEvictLowerPercent"),
            Evict("cpuAllocatableEvictThresholdPercent"),
            Evict("cpuAllocatableEvictLowerPercent"),
            Evict("memoryAllocatableEvictThresholdPercent"),
            Evict("memoryAllocatableEvictLowerPercent"),
            Evict("cpuEvictBESatisfactionLowerPercent"),
            Evict("cpuEvictBESatisfactionUpperPercent"));
    }

    private static JsonObject Part(JsonObject? data, string name) =>
        data?[name]?.GetValue<string>() is { } text ? JsonNode.Parse(text)!.AsObject() : [];

    private static JsonObject? FirstMatch(JsonNode? entries, IReadOnlyDictionary<string, string> labels) =>
        (entries as JsonArray)?.OfType<JsonObject>().FirstOrDefault(entry =>
            entry["nodeSelector"]?["matchLabels"] is JsonObject wanted
            && wanted.All(label => labels.TryGetValue(label.Key, out var value) && value == label.Value?.ToString()));

    private static bool? Flag(JsonObject? entry, string name) => entry?[name] is JsonValue value && value.TryGetValue(out bool flag) ? flag : null;

    private static string? Text(JsonObject? entry, string name) => entry?[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static int? Number(JsonObject? entry, string name) => entry?[name] is JsonValue value && value.TryGetValue(out int number) ? number : null;
}
