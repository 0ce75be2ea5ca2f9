using System.Globalization;
using System.Text.Json.Nodes;
using k8s.Models;
using Orchestrator.Simulator.Clusters.Objects;

namespace Orchestrator.Simulator.Clusters;

/// <summary>The ElasticQuotas <c>online</c> and <c>batch</c>: what is used of them, and the limit of batch, which holds back what is not admitted yet and evicts nothing.</summary>
internal sealed class Quotas(SimulatedCluster cluster)
{
    public const string Namespace = "koordinator-system";

    private const string BatchCpu = "kubernetes.io/batch-cpu";
    private const string BatchMemory = "kubernetes.io/batch-memory";
    private const double OnlineGuarantee = 0.5;
    private const double BatchGuarantee = 0.05;

    private static readonly ObjectKey Batch = new(Namespace, "batch");
    private static readonly ObjectKey Online = new(Namespace, "online");

    private double CpuMilli => cluster.Nodes.Sum(node => (double)node.Load.CpuMilli);

    private double MemoryMiB => cluster.Nodes.Sum(node => (double)node.Load.MemoryMiB);

    /// <summary>Those that stand from the start: half of the machines guaranteed to online, a twentieth to batch, no limits below capacity.</summary>
    public IEnumerable<(ObjectKey, JsonObject)> Seeds()
    {
        var (cpu, memory) = (CpuMilli, MemoryMiB);
        yield return (Online, Quota(
            Resources("cpu", $"{Whole(cpu * OnlineGuarantee)}m", "memory", $"{Whole(memory * OnlineGuarantee)}Mi"),
            Resources("cpu", $"{Whole(cpu)}m", "memory", $"{Whole(memory)}Mi")));
        yield return (Batch, Quota(
            Resources(BatchCpu, Whole(cpu * BatchGuarantee), BatchMemory, $"{Whole(memory * BatchGuarantee)}Mi"),
            Resources(BatchCpu, Whole(cpu), BatchMemory, $"{Whole(memory)}Mi")));
    }

    /// <summary>Null for a quota of somebody else's making.</summary>
    public JsonObject? StatusOf(ObjectKey key, DateTimeOffset now)
    {
        if (key == Batch)
        {
            var pods = cluster.Nodes.Sum(node => (long)node.Batch.CountAt(now));
            return new JsonObject { ["used"] = Resources(BatchCpu, $"{pods * BatchSlots.PodCpuMilli}", BatchMemory, $"{Whole(cluster.Nodes.Sum(node => node.Batch.CountAt(now) * node.Batch.PodMemoryMiB))}Mi") };
        }

        if (key != Online)
        {
            return null;
        }

        var usage = cluster.Nodes.Select(node => node.Read(now).Usage).ToList();
        return new JsonObject { ["used"] = Resources("cpu", $"{Whole(usage.Sum(node => node.OnlineCpu))}m", "memory", $"{Whole(usage.Sum(node => node.OnlineMemory))}Mi") };
    }

    /// <summary>A limit below what the machines have holds each node at the work it has, and gives it its share of what is left below the limit.</summary>
    public void Changed(ObjectKey key)
    {
        if (key != Batch)
        {
            return;
        }

        var now = cluster.EnvironmentClock.GetUtcNow();
        var capacity = CpuMilli;
        var max = cluster.Table(ResourceKind.ElasticQuota).Find(Batch)?.Parse()["spec"]?["max"]?[BatchCpu]?.ToString();
        var limit = max is null ? double.MaxValue : new ResourceQuantity(max).ToDouble();
        var left = Math.Max(0, limit - cluster.Nodes.Sum(node => node.ReadHost(now).Work));
        foreach (var node in cluster.Nodes)
        {
            node.LimitWork(limit >= capacity ? null : node.ReadHost(now).Work + (left * node.Load.CpuMilli / capacity), now);
        }
    }

    private static JsonObject Quota(JsonObject min, JsonObject max) => new() { ["spec"] = new JsonObject { ["min"] = min, ["max"] = max } };

    private static JsonObject Resources(string cpu, string cpuAmount, string memory, string memoryAmount) => new() { [cpu] = cpuAmount, [memory] = memoryAmount };

    private static string Whole(double value) => Math.Floor(value).ToString("0", CultureInfo.InvariantCulture);
}
