using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.Fleet.Colocation;

/// <summary>
/// What a co-location state means on a node: the figures that Koordinator, or a host's kernel, is given. Data, read from
/// YAML (<see cref="ProfileReader"/>); names are Koordinator's.
/// </summary>
public sealed record Profile
{
    public required ColocationState State { get; init; }

    public string Description { get; init; } = "";

    public required Split Split { get; init; }

    public required SchedulingPolicy Scheduling { get; init; }

    public required DegradePolicy Degrade { get; init; }

    public required ColocationStrategy Colocation { get; init; }

    public required ThresholdStrategy Threshold { get; init; }

    public required OnlineQos Online { get; init; }

    public required BatchQos Batch { get; init; }

    public required BurstStrategy Burst { get; init; }

    /// <summary>Batch is never pressed below this share of the cores; 0 where the state may kill batch.</summary>
    public int BatchFloorPercent => Degrade == DegradePolicy.Kill ? 0 : Threshold.CpuSuppressMinPercent;

    /// <summary>Batch is never offered more than this share of the cores.</summary>
    public int BatchCeilingPercent => Colocation.BatchCpuThresholdPercent;

    /// <summary>SHA-256 over every figure in a fixed order (the description left out), as lower-case hexadecimal digits.</summary>
    public string Digest
    {
        get
        {
            // Records print every property in order of declaration, so a new field changes the digest and a new layout of the file does not.
            var canonical = string.Create(CultureInfo.InvariantCulture,
                $"{State.Id()}|{Split}|{Scheduling}|{Degrade}|{Colocation}|{Threshold}|{Online}|{Batch}|{Burst}");
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)));
        }
    }
}

/// <summary>Shares of a node's CPU in percent; they sum to 100. A ceiling for batch, no guarantee for online.</summary>
public sealed record Split(int Online, int Batch);

/// <summary>How new pods are placed.</summary>
public enum SchedulingPolicy
{
    /// <summary>Fill machines one after the other (MostAllocated): utilization first. Id <c>pack</c>.</summary>
    Pack,

    /// <summary>Even load on all machines (LeastAllocated): stability first. Id <c>spread</c>.</summary>
    Spread,
}

/// <summary>What happens to batch work while the state lasts.</summary>
public enum DegradePolicy
{
    /// <summary>Nothing. Id <c>none</c>.</summary>
    None,

    /// <summary>Its CPU is pressed down when online needs it. Id <c>suppress</c>.</summary>
    Suppress,

    /// <summary>No new tasks; running ones shrink and drain. Id <c>drain</c>.</summary>
    Drain,

    /// <summary>Tasks are killed and requeued from their checkpoints. Id <c>kill</c>.</summary>
    Kill,
}

/// <summary>An entry of <c>colocation-config</c>: how much batch may have.</summary>
/// <param name="BatchCpuThresholdPercent">Ceiling of batch CPU, of capacity.</param>
/// <param name="BatchMemoryThresholdPercent">Ceiling of batch memory, of capacity.</param>
/// <param name="CpuReclaimThresholdPercent">100 minus this is kept free of batch CPU.</param>
/// <param name="MemoryReclaimThresholdPercent">100 minus this is kept free of batch memory.</param>
/// <param name="CpuCalculatePolicy"><c>usage</c> or <c>maxUsageRequest</c>.</param>
/// <param name="MemoryCalculatePolicy"><c>usage</c>, <c>request</c> or <c>maxUsageRequest</c>.</param>
/// <param name="MetricReportIntervalSeconds">Between two reports of a node; a metric older than two of them is stale.</param>
/// <param name="ResourceDiffThreshold">Least relative change that is written to the node, 0 to 1.</param>
/// <param name="UpdateTimeThresholdSeconds">A value is written again after this time, changed or not.</param>
/// <param name="DegradeTimeMinutes">Without a report for this long batch is offered nothing.</param>
public sealed record ColocationStrategy(
    int BatchCpuThresholdPercent,
    int BatchMemoryThresholdPercent,
    int CpuReclaimThresholdPercent,
    int MemoryReclaimThresholdPercent,
    string CpuCalculatePolicy,
    string MemoryCalculatePolicy,
    int MetricReportIntervalSeconds,
    int MetricAggregateDurationSeconds,
    decimal ResourceDiffThreshold,
    int UpdateTimeThresholdSeconds,
    int DegradeTimeMinutes);

/// <summary>An entry of <c>resource-threshold-config</c>: when batch is pressed down and when it is evicted.</summary>
/// <param name="CpuSuppressPolicy"><c>cpuset</c> or <c>cfsQuota</c>.</param>
/// <param name="CpuSuppressThresholdPercent">Batch gets what is left of this share of the node after everybody else's use.</param>
/// <param name="CpuSuppressMinPercent">The floor under that.</param>
/// <param name="MemoryEvictThresholdPercent">Above this use of the node's memory batch pods are evicted …</param>
/// <param name="MemoryEvictLowerPercent">… until it falls below this; less than the threshold.</param>
/// <param name="Evict">Eviction by CPU and by allocatable, for states that may kill batch; null: off.</param>
public sealed record ThresholdStrategy(
    string CpuSuppressPolicy,
    int CpuSuppressThresholdPercent,
    int CpuSuppressMinPercent,
    int MemoryEvictThresholdPercent,
    int MemoryEvictLowerPercent,
    EvictStrategy? Evict);

public sealed record EvictStrategy(
    int CpuAllocatableEvictThresholdPercent,
    int CpuAllocatableEvictLowerPercent,
    int MemoryAllocatableEvictThresholdPercent,
    int MemoryAllocatableEvictLowerPercent,
    int AllocatableEvictPriorityThreshold,
    int CpuEvictBeSatisfactionLowerPercent,
    int CpuEvictBeSatisfactionUpperPercent,
    int CpuEvictBeUsageThresholdPercent,
    int CpuEvictTimeWindowSeconds);

/// <summary>What online classes (LSR and LS) get that differs from state to state. Network in percent of the node's bandwidth: silver.</summary>
public sealed record OnlineQos(int MinLimitPercent, int LowLimitPercent, int NetworkRequest, int NetworkLimit);

/// <summary>What the batch class (BE) gets that differs from state to state. Network in percent of the node's bandwidth: bronze.</summary>
/// <param name="CatRangeEndPercent">Share of the last-level cache, from 0 to here.</param>
/// <param name="MbaPercent">Memory bandwidth; 10 to 100 in tens, as Intel rounds.</param>
/// <param name="ThrottlingPercent">Where <c>memory.high</c> stands, of the limit; 0: off.</param>
/// <param name="WmarkRatio">Where asynchronous reclaim begins, of the limit.</param>
public sealed record BatchQos(
    int CatRangeEndPercent, int MbaPercent, int ThrottlingPercent, int WmarkRatio, int NetworkRequest, int NetworkLimit);

/// <summary>An entry of <c>cpu-burst-config</c>.</summary>
/// <param name="Policy"><c>none</c>, <c>cpuBurstOnly</c>, <c>cfsQuotaBurstOnly</c> or <c>auto</c>.</param>
public sealed record BurstStrategy(string Policy, int CpuBurstPercent, int CfsQuotaBurstPercent, int SharePoolThresholdPercent);
