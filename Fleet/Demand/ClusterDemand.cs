namespace Orchestrator.Fleet.Demand;

/// <summary>What work asks of one cluster through the day: CPU in thousandths of a core, memory in MiB.</summary>
public sealed record ClusterDemand(DayCurve OnlineCpuMilli, DayCurve BatchCpuMilli, DayCurve OnlineMemoryMiB, DayCurve BatchMemoryMiB)
{
    public static ClusterDemand None { get; } = new(DayCurve.Constant(0), DayCurve.Constant(0), DayCurve.Constant(0), DayCurve.Constant(0));
}
