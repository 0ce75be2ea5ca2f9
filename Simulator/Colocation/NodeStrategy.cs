namespace Orchestrator.Simulator.Colocation;

/// <summary>What Koordinator is told to do on a node, from <c>slo-controller-config</c>. Defaults are Koordinator's own.</summary>
/// <param name="DegradeTimeMinutes">Without a report for this long batch is offered nothing.</param>
/// <param name="MemoryEvictThresholdPercent">Of the node's memory in use; null as every other threshold: koordlet does not evict by it, whatever its gates.</param>
internal sealed record NodeStrategy(
    int BatchCpuThresholdPercent = 100,
    int BatchMemoryThresholdPercent = 100,
    int CpuReclaimThresholdPercent = 60,
    int MemoryReclaimThresholdPercent = 65,
    int MetricReportIntervalSeconds = 60,
    int CpuSuppressThresholdPercent = 65,
    int CpuSuppressMinPercent = 0,
    string CpuCalculatePolicy = "usage",
    string MemoryCalculatePolicy = "usage",
    int DegradeTimeMinutes = 15,
    int? MemoryEvictThresholdPercent = 70,
    int? MemoryEvictLowerPercent = null,
    int? CpuAllocatableEvictThresholdPercent = null,
    int? CpuAllocatableEvictLowerPercent = null,
    int? MemoryAllocatableEvictThresholdPercent = null,
    int? MemoryAllocatableEvictLowerPercent = null,
    int? CpuEvictBeSatisfactionLowerPercent = null,
    int? CpuEvictBeSatisfactionUpperPercent = null)
{
    public const string Request = "request";

    public const string MaxUsageRequest = "maxUsageRequest";
}
