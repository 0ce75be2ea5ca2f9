namespace Orchestrator.Simulator.Colocation;

/// <summary>Where the node's slow quantities stand: limit of batch CPU, batch work admitted, memory batch uses, memory offered to batch.</summary>
internal readonly record struct NodeLevels(double CpuLimit, double Work, double BatchMemory, double OfferedMemory);

/// <summary>
/// A node between two changes of its strategy. Every quantity is a function of time, so nothing has to run while nobody looks.
/// Formulas: Koordinator's <c>batchresource</c> plugin and koordlet's CPU suppression.
/// </summary>
/// <param name="Strategy">Null where co-location is off.</param>
/// <param name="From">When the strategy came into force on the node.</param>
/// <param name="Start">The levels at that moment.</param>
internal sealed record NodePhase(NodeStrategy? Strategy, DateTimeOffset From, NodeLevels Start, NodeLoad Load, NodeRhythm Rhythm)
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

    /// <summary>What the scheduler may give to batch, in milli-cores: min(capacity × threshold, capacity × reclaim − system − online) as of the last report.</summary>
    public double OfferedCpu(DateTimeOffset at, double placed)
    {
        if (Strategy is null)
        {
            return 0;
        }

        var ceiling = Load.CpuMilli * Strategy.BatchCpuThresholdPercent / 100.0;
        var left = (Load.CpuMilli * Strategy.CpuReclaimThresholdPercent / 100.0) - Load.SystemCpu - Load.OnlineCpu(Sampled(at), placed);
        return Math.Max(0, Math.Min(ceiling, left));
    }

    /// <summary>MiB; falls with the strategy, rises late.</summary>
    public double OfferedMemory(DateTimeOffset at, double placed)
    {
        if (Strategy is null)
        {
            return 0;
        }

        var ceiling = Load.MemoryMiB * Strategy.BatchMemoryThresholdPercent / 100.0;
        var left = (Load.MemoryMiB * Strategy.MemoryReclaimThresholdPercent / 100.0) - Load.SystemMemory - Load.OnlineMemory(Sampled(at), placed);
        var target = Math.Max(0, Math.Min(ceiling, left));
        return target <= Start.OfferedMemory ? target : Ramp(Start.OfferedMemory, target, at, TimeSpan.Zero, Rhythm.MemoryReturn);
    }

    /// <summary>The cores that batch may run on now, in milli: down at once, up at most a tenth of the cores a second, never below 2 cores.</summary>
    public double CpuLimit(DateTimeOffset at, double placed)
    {
        if (Strategy is null)
        {
            return Load.CpuMilli;
        }

        var floor = Math.Min(Load.CpuMilli, Math.Max(LeastLimitMilli, Load.CpuMilli * Strategy.CpuSuppressMinPercent / 100.0));
        var target = Math.Max(floor, (Load.CpuMilli * Strategy.CpuSuppressThresholdPercent / 100.0) - Load.SystemCpu - Load.OnlineCpu(at, placed));
        return Math.Min(target, Start.CpuLimit + (RisePerSecond * Load.CpuMilli * Math.Max(0, (at - From).TotalSeconds)));
    }

    /// <summary>Batch work that is admitted and not yet drained, as requested milli-cores.</summary>
    public double Work(DateTimeOffset at, double placed)
    {
        var demand = Load.BatchCpuDemand(at);
        var target = Strategy is null ? Math.Min(demand, Math.Max(0, (Load.CpuMilli * 0.9) - Load.OnlineCpu(at, placed))) : Math.Min(demand, OfferedCpu(at, placed));
        return Ramp(Start.Work, target, at, TimeSpan.Zero, target > Start.Work ? Rhythm.Regrowth : Strategy is { Kills: true } ? Rhythm.Kill : Rhythm.Drain);
    }

    /// <summary>MiB that batch holds: comes back late after a shrink, sooner after a kill.</summary>
    public double BatchMemory(DateTimeOffset at, double placed)
    {
        var demand = Load.BatchMemoryDemand(at);
        var target = Strategy is null ? Math.Min(demand, Math.Max(0, (Load.MemoryMiB * 0.9) - Load.OnlineMemory(at, placed))) : Math.Min(demand, OfferedMemory(at, placed));
        if (target > Start.BatchMemory)
        {
            return Ramp(Start.BatchMemory, target, at, TimeSpan.Zero, Rhythm.Regrowth);
        }

        return Strategy is { Kills: true }
            ? Ramp(Start.BatchMemory, target, at, Rhythm.Kill, Rhythm.MemoryFailureTimeout)
            : Ramp(Start.BatchMemory, target, at, Rhythm.MemoryFailureTimeout, Rhythm.MemoryReturn);
    }

    public NodeLevels LevelsAt(DateTimeOffset at, double placed, double placedMemory) =>
        new(CpuLimit(at, placed), Work(at, placed), BatchMemory(at, placedMemory), OfferedMemory(at, placedMemory));

    /// <summary>The controller works on the last report, and once when a strategy comes into force.</summary>
    private DateTimeOffset Sampled(DateTimeOffset at)
    {
        var report = ReportBefore(at);
        return report > From ? report : From;
    }

    private double Ramp(double from, double to, DateTimeOffset at, TimeSpan failureTimeout, TimeSpan duration)
    {
        var gone = at - From - failureTimeout;
        if (gone >= duration)
        {
            return to;
        }

        return gone <= TimeSpan.Zero ? from : from + ((to - from) * (gone / duration));
    }
}
