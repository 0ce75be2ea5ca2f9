namespace Orchestrator.Simulator.Colocation;

/// <summary>
/// A node between two changes of its strategy. Every quantity is a function of time, so nothing has to run while nobody looks.
/// Formulas: Koordinator's <c>batchresource</c> plugin and koordlet's CPU suppression.
/// </summary>
/// <param name="Strategy">Null where co-location is off.</param>
/// <param name="From">When the strategy came into force on the node.</param>
/// <param name="StartLimit">The limit of batch CPU at that moment.</param>
internal sealed record NodePhase(NodeStrategy? Strategy, DateTimeOffset From, double StartLimit, NodeLoad Load, NodeRhythm Rhythm)
{
    /// <summary>Share of the node's cores that suppression gives back to batch in a second, at most.</summary>
    private const double RisePerSecond = 0.1;

    private const double LeastLimitMilli = 2_000;

    /// <summary>The last moment, not after <paramref name="at"/>, at which the node reported its metrics.</summary>
    public DateTimeOffset ReportBefore(DateTimeOffset at)
    {
        var interval = TimeSpan.FromSeconds(Strategy?.MetricReportIntervalSeconds ?? 60);
        var phase = interval.Ticks * Rhythm.ReportPhase;
        var count = Math.Floor((at.UtcTicks - phase) / interval.Ticks);
        return new DateTimeOffset((long)((count * interval.Ticks) + phase), TimeSpan.Zero);
    }

    /// <summary>
    /// What the scheduler may give to batch, in milli-cores, as of the last report: min(capacity × threshold, capacity × reclaim − system − online). Online counts by use, or by the
    /// larger of use and requests, as the policy says.
    /// </summary>
    public double OfferedCpu(DateTimeOffset at, OnlineWork online)
    {
        if (Strategy is null)
        {
            return 0;
        }

        var sampled = Sampled(at);
        var taken = Strategy.CpuCalculatePolicy == NodeStrategy.MaxUsageRequest ? Math.Max(online.Cpu(sampled), online.RequestedCpu) : online.Cpu(sampled);
        var ceiling = Load.CpuMilli * Strategy.BatchCpuThresholdPercent / 100.0;
        return Math.Max(0, Math.Min(ceiling, (Load.CpuMilli * Strategy.CpuReclaimThresholdPercent / 100.0) - Load.SystemCpu - taken));
    }

    /// <summary>MiB; the same with the policies <c>usage</c>, <c>request</c> and <c>maxUsageRequest</c>.</summary>
    public double OfferedMemory(DateTimeOffset at, OnlineWork online)
    {
        if (Strategy is null)
        {
            return 0;
        }

        var used = online.Memory(Sampled(at));
        var taken = Strategy.MemoryCalculatePolicy switch
        {
            NodeStrategy.Request => online.RequestedMemory,
            NodeStrategy.MaxUsageRequest => Math.Max(used, online.RequestedMemory),
            _ => used,
        };
        var ceiling = Load.MemoryMiB * Strategy.BatchMemoryThresholdPercent / 100.0;
        return Math.Max(0, Math.Min(ceiling, (Load.MemoryMiB * Strategy.MemoryReclaimThresholdPercent / 100.0) - Load.SystemMemory - taken));
    }

    /// <summary>The cores that batch may run on now, in milli: down at once, up at most a tenth of the cores a second, never below 2 cores.</summary>
    public double CpuLimit(DateTimeOffset at, OnlineWork online)
    {
        if (Strategy is null)
        {
            return Load.CpuMilli;
        }

        var floor = Math.Min(Load.CpuMilli, Math.Max(LeastLimitMilli, Load.CpuMilli * Strategy.CpuSuppressMinPercent / 100.0));
        var target = Math.Max(floor, (Load.CpuMilli * Strategy.CpuSuppressThresholdPercent / 100.0) - Load.SystemCpu - online.Cpu(at));
        return Math.Min(target, StartLimit + (RisePerSecond * Load.CpuMilli * Math.Max(0, (at - From).TotalSeconds)));
    }

    /// <summary>The controller works on the last report, and once when a strategy comes into force.</summary>
    private DateTimeOffset Sampled(DateTimeOffset at)
    {
        var report = ReportBefore(at);
        return report > From ? report : From;
    }
}
