using System.Collections.Immutable;
using Orchestrator.Fleet.Demand;
using Orchestrator.Fleet.Files;

namespace Orchestrator.Fleet.Imports;

/// <summary>Lays the pods' lifetimes on the clusters and folds them onto one day of 24 hours.</summary>
internal sealed class TraceDemand(ImmutableArray<ClusterDefinition> clusters, TraceImportOptions options)
{
    private const double Hour = 3600;
    private const double Day = 24 * Hour;

    private readonly Load[] _loads = [.. clusters.Select(_ => new Load())];
    private int _online;
    private int _batch;
    private int _neverScheduled;
    private int _unplaced;
    private int _cappedHours;

    public (ImmutableArray<ClusterDefinition> Clusters, TraceSummary Summary) Add(IReadOnlyCollection<TracePod> pods)
    {
        var end = pods.Max(pod => Math.Max(pod.Deleted ?? 0, pod.Scheduled ?? 0));
        // The heaviest first, so that the light ones even out what those leave.
        foreach (var pod in pods.OrderByDescending(pod => CpuSeconds(pod, end)))
        {
            Add(pod, end);
        }

        // Overlay lays every day on the one; the mean divides by how many there are.
        var days = Math.Max(1, end / Day);
        var scale = options.Fold == TraceFold.Overlay ? 1 : 1 / days;
        var withDemand = clusters.Select((cluster, index) => cluster with { Demand = ToDemand(cluster, _loads[index], scale) }).ToImmutableArray();
        return (withDemand, new TraceSummary(clusters.Sum(cluster => cluster.NodeCount), pods.Count, _online, _batch, _neverScheduled, _unplaced, days, _cappedHours));
    }

    private void Add(TracePod pod, double end)
    {
        if (pod.Scheduled is not { } from)
        {
            _neverScheduled++;
            return;
        }

        if (Choose(pod, CpuSeconds(pod, end)) is not { } load)
        {
            _unplaced++;
            return;
        }

        var to = pod.Deleted ?? end;
        load.Add(pod, from, to);
        _online += pod.Online ? 1 : 0;
        _batch += pod.Online ? 0 : 1;
    }

    // Among the clusters with a machine that fits, the one with the least load for its size once the pod is there; pods without accelerators go to
    // machines without while there are any that fit.
    private Load? Choose(TracePod pod, double weight)
    {
        var best = -1;
        foreach (var plainOnly in pod.Gpus == 0 ? new[] { true, false } : [false])
        {
            for (var i = 0; i < clusters.Length; i++)
            {
                if (clusters[i].Pools.Any(pool => Fits(pod, pool) && !(plainOnly && pool.Gpu > 0))
                    && (best < 0 || LoadWith(i, weight) < LoadWith(best, weight)))
                {
                    best = i;
                }
            }

            if (best >= 0)
            {
                return _loads[best];
            }
        }

        return null;
    }

    private double LoadWith(int cluster, double weight) => (_loads[cluster].CpuSeconds + weight) / clusters[cluster].CpuMilli;

    private static double CpuSeconds(TracePod pod, double end) => pod.Scheduled is { } from ? pod.CpuMilli * ((pod.Deleted ?? end) - from) : 0;

    private static bool Fits(TracePod pod, PoolDefinition pool) =>
        pod.CpuMilli <= pool.CpuMilli && pod.MemoryMiB <= pool.MemoryMiB && pod.Gpus <= pool.Gpu
        && (pod.GpuModels.Count == 0 || pod.GpuModels.Contains(pool.Model));

    private ClusterDemand ToDemand(ClusterDefinition cluster, Load load, double scale)
    {
        var (cpu, memory) = (Room(cluster.CpuMilli), Room(cluster.MemoryMiB));
        var (onlineCpu, batchCpu) = Cap(load.OnlineCpu, load.BatchCpu, scale, cpu);
        var (onlineMemory, batchMemory) = Cap(load.OnlineMemory, load.BatchMemory, scale, memory);
        return new ClusterDemand(DayCurve.Hourly(onlineCpu), DayCurve.Hourly(batchCpu), DayCurve.Hourly(onlineMemory), DayCurve.Hourly(batchMemory));

        double Room(long capacity) => capacity * (100.0 - cluster.ReservePercent) / 100;
    }

    // Online first, and batch has what is left.
    private (double[] Online, double[] Batch) Cap(double[] online, double[] batch, double scale, double room)
    {
        var (first, second) = (new double[24], new double[24]);
        for (var hour = 0; hour < 24; hour++)
        {
            first[hour] = Math.Floor(Math.Min(online[hour] * scale, room));
            second[hour] = Math.Floor(Math.Min(batch[hour] * scale, room - first[hour]));
            _cappedHours += (online[hour] + batch[hour]) * scale > room ? 1 : 0;
        }

        return (first, second);
    }

    /// <summary>Mean load of each hour of the day, all days laid on one.</summary>
    private sealed class Load
    {
        public double[] OnlineCpu { get; } = new double[24];

        public double[] BatchCpu { get; } = new double[24];

        public double[] OnlineMemory { get; } = new double[24];

        public double[] BatchMemory { get; } = new double[24];

        public double CpuSeconds { get; private set; }

        public void Add(TracePod pod, double from, double to)
        {
            CpuSeconds += pod.CpuMilli * (to - from);
            var (cpu, memory) = pod.Online ? (OnlineCpu, OnlineMemory) : (BatchCpu, BatchMemory);
            var wholeDays = Math.Floor((to - from) / Day);
            for (var hour = 0; hour < 24; hour++)
            {
                cpu[hour] += pod.CpuMilli * wholeDays;
                memory[hour] += pod.MemoryMiB * wholeDays;
            }

            for (var at = from + (wholeDays * Day); at < to;)
            {
                var next = Math.Min(to, (Math.Floor(at / Hour) + 1) * Hour);
                var hour = (int)(Math.Floor(at / Hour) % 24);
                cpu[hour] += pod.CpuMilli * (next - at) / Hour;
                memory[hour] += pod.MemoryMiB * (next - at) / Hour;
                at = next;
            }
        }
    }
}
