using System.Collections.Immutable;
using Orchestrator.Fleet.Demand;

namespace Orchestrator.Simulator.Colocation;

/// <summary>What a node's machine is, and its share of the cluster's batch work, with a small lasting difference from node to node.</summary>
/// <param name="Share">The node's part of the cluster's CPU, 0 to 1.</param>
/// <param name="MemoryShare">The node's part of the cluster's memory, 0 to 1.</param>
/// <param name="Unevenness">Around 1.</param>
/// <param name="Home">The machine serves the traffic that stays at home.</param>
/// <param name="LoadOf">How busy a destination's cores are at a moment, 0 to 1.</param>
internal sealed record NodeLoad(
    ClusterDemand Demand, long CpuMilli, long MemoryMiB, double Share, double MemoryShare, double Unevenness, bool Home, Func<string, DateTimeOffset, double> LoadOf, ImmutableArray<string> Gates)
{
    public const string HomeDestination = "home";

    private const double MostOnline = 0.95;

    /// <summary>What the kernel, the kubelet and the agents use.</summary>
    public double SystemCpu => Math.Max(300, CpuMilli * 0.015);

    public double SystemMemory => Math.Max(512, MemoryMiB * 0.02);

    /// <summary>The most that online work gets of the CPU.</summary>
    public double MostOnlineCpu => (CpuMilli * MostOnline) - SystemCpu;

    public double MostOnlineMemory => (MemoryMiB * MostOnline) - SystemMemory;

    public double BatchCpuDemand(DateTimeOffset at) => Demand.BatchCpuMilli.At(at) * Share * Unevenness;

    public double BatchMemoryDemand(DateTimeOffset at) => Demand.BatchMemoryMiB.At(at) * MemoryShare * Unevenness;
}

/// <summary>Online pods on a node that serve one destination.</summary>
/// <param name="Destination">Null: they serve none of the traffic, and use what they asked for.</param>
/// <param name="CpuMilli">That they asked for.</param>
/// <param name="MemoryMiB">That they asked for, and use.</param>
internal sealed record OnlinePods(string? Destination, int Count, double CpuMilli, double MemoryMiB);

/// <summary>What runs online on a node: nothing but the pods that are there, as busy as the traffic that they get makes them. A machine of home serves without pods of ours.</summary>
internal readonly record struct OnlineWork(NodeLoad Load, ImmutableArray<OnlinePods> Pods)
{
    public int Count => Pods.Sum(pods => pods.Count);

    public double RequestedCpu => Pods.Sum(pods => pods.CpuMilli);

    public double RequestedMemory => Pods.Sum(pods => pods.MemoryMiB);

    public double Cpu(DateTimeOffset at)
    {
        var used = Load.Home ? Load.CpuMilli * Load.LoadOf(NodeLoad.HomeDestination, at) * Load.Unevenness : 0;
        foreach (var pods in Pods)
        {
            used += pods.CpuMilli * (pods.Destination is { } destination ? Load.LoadOf(destination, at) : 1);
        }

        return Math.Min(used, Load.MostOnlineCpu);
    }

    public double Memory(DateTimeOffset at)
    {
        // What home holds does not go with the traffic: caches stay warm.
        var used = Load.Home ? Load.Demand.OnlineMemoryMiB.At(at) * Load.MemoryShare * Load.Unevenness : 0;
        return Math.Min(used + RequestedMemory, Load.MostOnlineMemory);
    }
}
