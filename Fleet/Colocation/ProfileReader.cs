using System.Text;
using Orchestrator.Fleet.Files;
using Orchestrator.Text;

namespace Orchestrator.Fleet.Colocation;

/// <summary>Reads a state's profile from YAML; the format stands in docs/fleet.md. Finds every diagnostic in one pass.</summary>
public static class ProfileReader
{
    /// <summary>1 MiB.</summary>
    public const int LargestFile = 1024 * 1024;

    /// <param name="file">Name to show in diagnostics.</param>
    public static ReadResult<Profile> Read(string file, string text)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return Read(file, content);
    }

    /// <param name="file">Name to show in diagnostics.</param>
    public static ReadResult<Profile> Read(string file, Stream content)
    {
        var diagnostics = new DiagnosticList(file);
        if (FleetYaml.Read(content, LargestFile, "a profile (YAML, see docs/fleet.md)", diagnostics) is not { } root)
        {
            return ReadResult<Profile>.Failed(diagnostics);
        }

        var profile = ReadProfile(new Fields(root, "a profile", diagnostics));
        return diagnostics.Count > 0 ? ReadResult<Profile>.Failed(diagnostics) : ReadResult<Profile>.Of(profile);
    }

    private static Profile ReadProfile(Fields fields)
    {
        var qos = fields.Map("qos");
        var profile = new Profile
        {
            State = fields.OneOf<ColocationState>("profile", [.. ColocationStates.All.Select(state => (state.Id(), state))]),
            Description = fields.OptionalText("description") ?? "",
            Split = ReadSplit(fields.Map("split")),
            Scheduling = fields.OneOf("scheduling", ("pack", SchedulingPolicy.Pack), ("spread", SchedulingPolicy.Spread)),
            Degrade = fields.OneOf("degrade",
                ("none", DegradePolicy.None), ("suppress", DegradePolicy.Suppress), ("drain", DegradePolicy.Drain), ("kill", DegradePolicy.Kill)),
            Colocation = ReadColocation(fields.Map("colocation")),
            Threshold = ReadThreshold(fields.Map("threshold")),
            Online = ReadOnline(qos.Map("online")),
            Batch = ReadBatch(qos.Map("batch")),
            Burst = ReadBurst(fields.Map("burst")),
        };
        qos.Close();
        fields.Close();
        CheckNetwork(qos, profile);
        if (profile.Degrade != DegradePolicy.Kill && profile.BatchCeilingPercent < profile.BatchFloorPercent)
        {
            fields.Add(fields.Node, "FL031",
                $"batch's ceiling (batchCPUThresholdPercent {profile.BatchCeilingPercent}) is below its floor (cpuSuppressMinPercent {profile.BatchFloorPercent})");
        }

        return profile;
    }

    private static Split ReadSplit(Fields fields)
    {
        var split = new Split(fields.Int("online", 0, 100), fields.Int("batch", 0, 100));
        fields.Close();
        if (fields.Optional("online") is not null && fields.Optional("batch") is not null && split.Online + split.Batch != 100)
        {
            fields.Add(fields.Node, "FL030", $"online and batch sum to {split.Online + split.Batch}; they must sum to 100");
        }

        return split;
    }

    private static ColocationStrategy ReadColocation(Fields fields)
    {
        var strategy = new ColocationStrategy(
            fields.Int("batchCPUThresholdPercent", 0, 100),
            fields.Int("batchMemoryThresholdPercent", 0, 100),
            fields.Int("cpuReclaimThresholdPercent", 0, 100),
            fields.Int("memoryReclaimThresholdPercent", 0, 100),
            fields.OneOf("cpuCalculatePolicy", ("usage", "usage"), ("maxUsageRequest", "maxUsageRequest")),
            fields.OneOf("memoryCalculatePolicy", ("usage", "usage"), ("request", "request"), ("maxUsageRequest", "maxUsageRequest")),
            fields.Int("metricReportIntervalSeconds", 1, 3600),
            fields.Int("metricAggregateDurationSeconds", 1, 86_400),
            fields.Decimal("resourceDiffThreshold", 0.001m, 1),
            fields.Int("updateTimeThresholdSeconds", 1, 86_400),
            fields.Int("degradeTimeMinutes", 1, 1440));
        fields.Close();
        return strategy;
    }

    private static ThresholdStrategy ReadThreshold(Fields fields)
    {
        var strategy = new ThresholdStrategy(
            fields.OneOf("cpuSuppressPolicy", ("cpuset", "cpuset"), ("cfsQuota", "cfsQuota")),
            fields.Int("cpuSuppressThresholdPercent", 0, 100),
            fields.Int("cpuSuppressMinPercent", 0, 100),
            fields.Int("memoryEvictThresholdPercent", 0, 100),
            fields.Int("memoryEvictLowerPercent", 0, 100),
            fields.OptionalMap("evict") is { } evict ? ReadEvict(evict) : null);
        fields.Close();
        if (fields.Optional("memoryEvictLowerPercent") is { } lower && strategy.MemoryEvictLowerPercent >= strategy.MemoryEvictThresholdPercent)
        {
            fields.Add(lower, "FL032", "'memoryEvictLowerPercent' must be below 'memoryEvictThresholdPercent', or eviction never ends");
        }

        return strategy;
    }

    private static EvictStrategy ReadEvict(Fields fields)
    {
        var strategy = new EvictStrategy(
            fields.Int("cpuAllocatableEvictThresholdPercent", 0, 1000),
            fields.Int("cpuAllocatableEvictLowerPercent", 0, 1000),
            fields.Int("memoryAllocatableEvictThresholdPercent", 0, 1000),
            fields.Int("memoryAllocatableEvictLowerPercent", 0, 1000),
            fields.Int("allocatableEvictPriorityThreshold", 0, 9999),
            fields.Int("cpuEvictBESatisfactionLowerPercent", 0, 100),
            fields.Int("cpuEvictBESatisfactionUpperPercent", 0, 100),
            fields.Int("cpuEvictBEUsageThresholdPercent", 0, 100),
            fields.Int("cpuEvictTimeWindowSeconds", 1, 3600));
        fields.Close();
        return strategy;
    }

    private static OnlineQos ReadOnline(Fields fields)
    {
        var qos = new OnlineQos(
            fields.Int("minLimitPercent", 0, 100),
            fields.Int("lowLimitPercent", 0, 100),
            fields.Int("egressRequest", 0, 100),
            fields.Int("egressLimit", 1, 100));
        fields.Close();
        return qos;
    }

    private static BatchQos ReadBatch(Fields fields)
    {
        var qos = new BatchQos(
            fields.Int("catRangeEndPercent", 1, 100),
            fields.Int("mbaPercent", 10, 100),
            fields.Int("throttlingPercent", 0, 100),
            fields.Int("wmarkRatio", 0, 100),
            fields.Int("egressRequest", 0, 100),
            fields.Int("egressLimit", 1, 100));
        fields.Close();
        if (qos.MbaPercent % 10 != 0)
        {
            fields.Add(fields.Optional("mbaPercent")!, "FL013", $"'mbaPercent' is {qos.MbaPercent}; give a multiple of 10, since Intel rounds up to tens");
        }

        return qos;
    }

    private static BurstStrategy ReadBurst(Fields fields)
    {
        var burst = new BurstStrategy(
            fields.OneOf("policy", ("none", "none"), ("cpuBurstOnly", "cpuBurstOnly"), ("cfsQuotaBurstOnly", "cfsQuotaBurstOnly"), ("auto", "auto")),
            fields.Int("cpuBurstPercent", 0, 10_000, 1000),
            fields.Int("cfsQuotaBurstPercent", 100, 10_000, 300),
            fields.Int("sharePoolThresholdPercent", 0, 100));
        fields.Close();
        return burst;
    }

    private static void CheckNetwork(Fields qos, Profile profile)
    {
        // Gold, control traffic, has what silver and bronze leave.
        var sum = profile.Online.NetworkRequest + profile.Batch.NetworkRequest;
        if (sum > 100)
        {
            qos.Add(qos.Node, "FL033", $"egressRequest of online and batch sum to {sum}; at most 100, and what is left is control traffic's");
        }

        foreach (var (name, request, limit) in new[]
                 {
                     ("online", profile.Online.NetworkRequest, profile.Online.NetworkLimit),
                     ("batch", profile.Batch.NetworkRequest, profile.Batch.NetworkLimit),
                 })
        {
            if (request > limit)
            {
                qos.Add(qos.Node, "FL033", $"{name}'s egressRequest ({request}) is above its egressLimit ({limit})");
            }
        }
    }
}
