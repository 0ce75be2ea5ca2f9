namespace Orchestrator.Simulator.Colocation;

/// <summary>What Koordinator is told to do on a node, from <c>slo-controller-config</c>. Defaults are Koordinator's own.</summary>
/// <param name="Kills">The strategy evicts batch by allocatable: running tasks are killed instead of drained.</param>
internal sealed record NodeStrategy(
    int BatchCpuThresholdPercent = 100,
    int BatchMemoryThresholdPercent = 100,
    int CpuReclaimThresholdPercent = 60,
    int MemoryReclaimThresholdPercent = 65,
    int MetricReportIntervalSeconds = 60,
    int CpuSuppressThresholdPercent = 65,
    int CpuSuppressMinPercent = 0,
    bool Kills = false);
