using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Orchestrator.Fleet.Colocation;

/// <summary>
/// Renders all profiles as the data of Koordinator's ConfigMap <c>koordinator-system/slo-controller-config</c>: one entry a
/// state, selected by the node label <see cref="ColocationStates.LabelKey"/>, so that moving a node is patching its label.
/// Field names are those of Koordinator's <c>apis/configuration</c>; the first matching selector wins.
/// </summary>
public static class SloControllerConfig
{
    public const string Namespace = "koordinator-system";

    public const string Name = "slo-controller-config";

    private static readonly JsonSerializerOptions Layout = new()
    {
        WriteIndented = true,
        IndentSize = 1,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The ConfigMap's <c>data</c>: JSON texts by key. The same profiles give the same bytes.</summary>
    /// <param name="totalNetworkBandwidth">Of one node, which the network percentages refer to. Default 10 Gbit/s.</param>
    public static IReadOnlyDictionary<string, string> Render(ProfileSet profiles, string totalNetworkBandwidth = "10G") =>
        new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["colocation-config"] = Text(new JsonObject
            {
                ["enable"] = true,
                ["nodeConfigs"] = Entries(profiles, Colocation),
            }),
            ["resource-threshold-config"] = Text(new JsonObject
            {
                ["clusterStrategy"] = new JsonObject { ["enable"] = true },
                ["nodeStrategies"] = Entries(profiles, Threshold),
            }),
            ["resource-qos-config"] = Text(new JsonObject
            {
                ["clusterStrategy"] = new JsonObject(),
                ["nodeStrategies"] = Entries(profiles, Qos),
            }),
            ["cpu-burst-config"] = Text(new JsonObject
            {
                ["clusterStrategy"] = new JsonObject { ["policy"] = "none" },
                ["nodeStrategies"] = Entries(profiles, Burst),
            }),
            ["system-config"] = Text(new JsonObject
            {
                ["clusterStrategy"] = new JsonObject { ["totalNetworkBandwidth"] = totalNetworkBandwidth },
            }),
        };

    private static JsonArray Entries(ProfileSet profiles, Action<JsonObject, Profile> fill)
    {
        var entries = new JsonArray();
        foreach (var profile in profiles)
        {
            var entry = new JsonObject
            {
                ["name"] = profile.State.Id(),
                ["nodeSelector"] = new JsonObject
                {
                    ["matchLabels"] = new JsonObject { [ColocationStates.LabelKey] = profile.State.Id() },
                },
            };
            fill(entry, profile);
            entries.Add(entry);
        }

        return entries;
    }

    private static void Colocation(JsonObject entry, Profile profile)
    {
        var strategy = profile.Colocation;
        entry["enable"] = true;
        entry["cpuReclaimThresholdPercent"] = strategy.CpuReclaimThresholdPercent;
        entry["memoryReclaimThresholdPercent"] = strategy.MemoryReclaimThresholdPercent;
        entry["cpuCalculatePolicy"] = strategy.CpuCalculatePolicy;
        entry["memoryCalculatePolicy"] = strategy.MemoryCalculatePolicy;
        entry["batchCPUThresholdPercent"] = strategy.BatchCpuThresholdPercent;
        entry["batchMemoryThresholdPercent"] = strategy.BatchMemoryThresholdPercent;
        entry["metricReportIntervalSeconds"] = strategy.MetricReportIntervalSeconds;
        entry["metricAggregateDurationSeconds"] = strategy.MetricAggregateDurationSeconds;
        entry["resourceDiffThreshold"] = strategy.ResourceDiffThreshold;
        entry["updateTimeThresholdSeconds"] = strategy.UpdateTimeThresholdSeconds;
        entry["degradeTimeMinutes"] = strategy.DegradeTimeMinutes;
    }

    private static void Threshold(JsonObject entry, Profile profile)
    {
        var strategy = profile.Threshold;
        entry["enable"] = true;
        entry["cpuSuppressPolicy"] = strategy.CpuSuppressPolicy;
        entry["cpuSuppressThresholdPercent"] = strategy.CpuSuppressThresholdPercent;
        entry["cpuSuppressMinPercent"] = strategy.CpuSuppressMinPercent;
        entry["memoryEvictThresholdPercent"] = strategy.MemoryEvictThresholdPercent;
        entry["memoryEvictLowerPercent"] = strategy.MemoryEvictLowerPercent;
        if (strategy.Evict is not { } evict)
        {
            return;
        }

        entry["cpuAllocatableEvictThresholdPercent"] = evict.CpuAllocatableEvictThresholdPercent;
        entry["cpuAllocatableEvictLowerPercent"] = evict.CpuAllocatableEvictLowerPercent;
        entry["memoryAllocatableEvictThresholdPercent"] = evict.MemoryAllocatableEvictThresholdPercent;
        entry["memoryAllocatableEvictLowerPercent"] = evict.MemoryAllocatableEvictLowerPercent;
        entry["allocatableEvictPriorityThreshold"] = evict.AllocatableEvictPriorityThreshold;
        entry["cpuEvictBESatisfactionLowerPercent"] = evict.CpuEvictBeSatisfactionLowerPercent;
        entry["cpuEvictBESatisfactionUpperPercent"] = evict.CpuEvictBeSatisfactionUpperPercent;
        entry["cpuEvictBEUsageThresholdPercent"] = evict.CpuEvictBeUsageThresholdPercent;
        entry["cpuEvictTimeWindowSeconds"] = evict.CpuEvictTimeWindowSeconds;
    }

    private static void Qos(JsonObject entry, Profile profile)
    {
        entry["policies"] = new JsonObject { ["cpuPolicy"] = "groupIdentity", ["netQOSPolicy"] = "tc" };
        entry["lsrClass"] = OnlineClass(profile.Online, priority: 12);
        entry["lsClass"] = OnlineClass(profile.Online, priority: 10);
        entry["beClass"] = BatchClass(profile.Batch);
    }

    private static JsonObject OnlineClass(OnlineQos qos, int priority) => new()
    {
        ["cpuQOS"] = CpuQos(groupIdentity: 2, schedIdle: 0, coreExpeller: true),
        ["resctrlQOS"] = ResctrlQos(catRangeEnd: 100, mba: 100),
        ["memoryQOS"] = MemoryQos(qos.MinLimitPercent, qos.LowLimitPercent, throttling: 0, wmarkRatio: 95, wmarkMinAdj: -25, priority, oomKillGroup: 0),
        ["networkQOS"] = NetworkQos(qos.NetworkRequest, qos.NetworkLimit),
    };

    private static JsonObject BatchClass(BatchQos qos) => new()
    {
        ["cpuQOS"] = CpuQos(groupIdentity: -1, schedIdle: 1, coreExpeller: false),
        ["resctrlQOS"] = ResctrlQos(qos.CatRangeEndPercent, qos.MbaPercent),
        ["memoryQOS"] = MemoryQos(0, 0, qos.ThrottlingPercent, qos.WmarkRatio, wmarkMinAdj: 50, priority: 0, oomKillGroup: 1),
        ["networkQOS"] = NetworkQos(qos.NetworkRequest, qos.NetworkLimit),
    };

    private static JsonObject CpuQos(int groupIdentity, int schedIdle, bool coreExpeller) => new()
    {
        ["enable"] = true,
        ["groupIdentity"] = groupIdentity,
        ["schedIdle"] = schedIdle,
        ["coreExpeller"] = coreExpeller,
    };

    private static JsonObject ResctrlQos(int catRangeEnd, int mba) => new()
    {
        ["enable"] = true,
        ["catRangeStartPercent"] = 0,
        ["catRangeEndPercent"] = catRangeEnd,
        ["mbaPercent"] = mba,
    };

    private static JsonObject MemoryQos(
        int minLimit, int lowLimit, int throttling, int wmarkRatio, int wmarkMinAdj, int priority, int oomKillGroup) => new()
    {
        ["enable"] = true,
        ["minLimitPercent"] = minLimit,
        ["lowLimitPercent"] = lowLimit,
        ["throttlingPercent"] = throttling,
        ["wmarkRatio"] = wmarkRatio,
        ["wmarkScalePermill"] = 20,
        ["wmarkMinAdj"] = wmarkMinAdj,
        ["priorityEnable"] = 1,
        ["priority"] = priority,
        ["oomKillGroup"] = oomKillGroup,
    };

    // Requests and limits are the same both ways; percent of the node's bandwidth.
    private static JsonObject NetworkQos(int request, int limit) => new()
    {
        ["enable"] = true,
        ["ingressRequest"] = request,
        ["ingressLimit"] = limit,
        ["egressRequest"] = request,
        ["egressLimit"] = limit,
    };

    private static void Burst(JsonObject entry, Profile profile)
    {
        entry["policy"] = profile.Burst.Policy;
        entry["cpuBurstPercent"] = profile.Burst.CpuBurstPercent;
        entry["cfsQuotaBurstPercent"] = profile.Burst.CfsQuotaBurstPercent;
        entry["cfsQuotaBurstPeriodSeconds"] = -1;
        entry["sharePoolThresholdPercent"] = profile.Burst.SharePoolThresholdPercent;
    }

    private static string Text(JsonObject config) => config.ToJsonString(Layout);
}
