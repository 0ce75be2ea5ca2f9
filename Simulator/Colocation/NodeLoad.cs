using Orchestrator.Fleet.Demand;

namespace Orchestrator.Simulator.Colocation;

/// <summary>What a node's machine is and what work asks of it: its share of the cluster's demand, with a small lasting difference from node to node.</summary>
/// <param name="Share">The node's part of the cluster's CPU, 0 to 1.</param>
/// <param name="MemoryShare">The node's part of the cluster's memory, 0 to 1.</param>
/// <param name="Unevenness">Around 1.</param>
internal sealed record NodeLoad(ClusterDemand Demand, long CpuMilli, long MemoryMiB, double Share, double MemoryShare, double Unevenness)
{
    private const double MostOnline = 0.95;

    /// <summary>What the kernel, the kubelet and the agents use.</summary>
    public double SystemCpu => Math.Max(300, CpuMilli * 0.015);

    public double SystemMemory => Math.Max(512, MemoryMiB * 0.02);

    public double OnlineCpu(DateTimeOffset at, double placed) =>
        Math.Min((Demand.OnlineCpuMilli.At(at) * Share * Unevenness) + placed, (CpuMilli * MostOnline) - SystemCpu);

    public double OnlineMemory(DateTimeOffset at, double placed) =>
        Math.Min((Demand.OnlineMemoryMiB.At(at) * MemoryShare * Unevenness) + placed, (MemoryMiB * MostOnline) - SystemMemory);

    public double BatchCpuDemand(DateTimeOffset at) => Demand.BatchCpuMilli.At(at) * Share * Unevenness;

    public double BatchMemoryDemand(DateTimeOffset at) => Demand.BatchMemoryMiB.At(at) * MemoryShare * Unevenness;
}
