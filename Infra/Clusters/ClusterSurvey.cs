using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Fleet.Colocation;

namespace Orchestrator.Infra.Clusters;

/// <summary>A cluster as its API server shows it at one moment.</summary>
/// <param name="At">The API server's own time, from its Date header; ages are measured against it.</param>
/// <param name="Simulated">True when the answer came from the simulated cloud.</param>
/// <param name="Nodes">Sorted by name.</param>
public sealed record ClusterSurvey(string Cluster, DateTimeOffset At, bool Simulated, ImmutableArray<SurveyedNode> Nodes)
{
    /// <summary>How many nodes carry each state's label; nodes without a known label are left out.</summary>
    public ImmutableDictionary<ColocationState, int> NodesByState =>
        Nodes.Where(node => node.State is not null).GroupBy(node => node.State!.Value).ToImmutableDictionary(group => group.Key, group => group.Count());

    /// <summary>The share of nodes, 0 to 1, that are Ready with a metric no older than <paramref name="metricAge"/>. 0 without nodes.</summary>
    public double HealthyShare(TimeSpan metricAge) =>
        Nodes.Length == 0 ? 0 : (double)Nodes.Count(node => node.Ready && node.MetricAge <= metricAge) / Nodes.Length;
}

/// <param name="State">From the node's label; null when the label is missing or unknown.</param>
/// <param name="Schedulable">False when the node is cordoned.</param>
/// <param name="CpuMilli">Capacity in thousandths of a core.</param>
/// <param name="MemoryMiB">Capacity in MiB.</param>
/// <param name="BatchCpuMilli">Allocatable <c>kubernetes.io/batch-cpu</c>, in thousandths of a core; 0 when the node shows none.</param>
/// <param name="BatchMemoryMiB">Allocatable <c>kubernetes.io/batch-memory</c>.</param>
/// <param name="MetricAge">How old the node's NodeMetric is by the API server's own time; null when there is none.</param>
/// <param name="Usage">What the NodeMetric says is used; null when there is none.</param>
/// <param name="FencingToken">Token of the last writer that labelled the node; 0 when none did.</param>
public sealed record SurveyedNode(
    string Name,
    ColocationState? State,
    bool Ready,
    bool Schedulable,
    long CpuMilli,
    long MemoryMiB,
    long BatchCpuMilli,
    long BatchMemoryMiB,
    TimeSpan? MetricAge,
    NodeUsage? Usage,
    long FencingToken,
    string ResourceVersion)
{
    /// <summary>What of the host co-location rests on.</summary>
    public HostFeatures Host { get; init; } = new("", false, false, false);

    /// <summary>The API server's time when the node was read, from the Date header: whole seconds, rounded down.</summary>
    public DateTimeOffset ReadAt { get; init; }

    /// <summary>When the node's NodeMetric was measured; null when there is none.</summary>
    public DateTimeOffset? MetricAt { get; init; }

    /// <summary>Dead and cordoned nodes are not moved with the others.</summary>
    public bool Available => Ready && Schedulable;

    /// <summary>Label <c>topology.kubernetes.io/zone</c>; empty when it has none.</summary>
    public string Zone { get; init; } = "";

    /// <summary>Label <c>topology.kubernetes.io/rack</c>; empty when it has none.</summary>
    public string Rack { get; init; } = "";

    /// <summary>Conditions that are true, but for Ready: the kubelet's (MemoryPressure, DiskPressure, PIDPressure, NetworkUnavailable) and whatever node-problem-detector adds.</summary>
    public ImmutableArray<NodeCondition> Conditions { get; init; } = [];

    /// <summary>Names of the container images on the node, as its kubelet lists them (by default the 50 largest).</summary>
    public ImmutableHashSet<string> Images { get; init; } = [];
}

/// <param name="Kernel">As in <c>5.10.134-16.al8.x86_64</c>; empty: not told.</param>
/// <param name="Hugepages">The kubelet counts hugepages, of whatever number.</param>
/// <param name="CacheAllocation">resctrl divides the last-level cache (feature label <c>cpu-rdt.RDTL3CA</c>).</param>
/// <param name="BandwidthAllocation">resctrl divides memory bandwidth (feature label <c>cpu-rdt.RDTMBA</c>).</param>
public sealed record HostFeatures(string Kernel, bool Hugepages, bool CacheAllocation, bool BandwidthAllocation)
{
    /// <summary>Koordinator's least kernel.</summary>
    private static readonly Version LeastKernel = new(4, 19);

    /// <summary>What co-location misses, for people; null: nothing.</summary>
    public string? Missing()
    {
        var missing = new[]
        {
            KernelVersion is { } version && version >= LeastKernel ? null : $"kernel {(Kernel.Length == 0 ? "unknown" : Kernel)}, least {LeastKernel}",
            // Anolis and Alibaba Cloud Linux name themselves in the release, as in 5.10.134-16.al8.x86_64.
            Kernel.Contains(".al", StringComparison.Ordinal) || Kernel.Contains(".an", StringComparison.Ordinal) ? null : $"no group identity in kernel {(Kernel.Length == 0 ? "unknown" : Kernel)}",
            Hugepages ? null : "no hugepages",
            CacheAllocation ? null : "no cache allocation (RDTL3CA)",
            BandwidthAllocation ? null : "no memory bandwidth allocation (RDTMBA)",
        };
        return missing.Any(one => one is not null) ? string.Join(", ", missing.OfType<string>()) : null;
    }

    private Version? KernelVersion =>
        Kernel.Split('.', '-') is [var major, var minor, ..]
        && int.TryParse(major, CultureInfo.InvariantCulture, out var first) && int.TryParse(minor, CultureInfo.InvariantCulture, out var second)
            ? new Version(first, second)
            : null;
}

/// <summary>Used CPU of a node in thousandths of a core, by who uses it.</summary>
/// <param name="OnlineCpuMilli">Pods whose priority is above batch.</param>
public sealed record NodeUsage(long SystemCpuMilli, long OnlineCpuMilli, long TotalCpuMilli)
{
    /// <summary>Pods of priority <c>koord-batch</c> and <c>koord-free</c>.</summary>
    public long BatchCpuMilli { get; init; }

    /// <summary>All used memory.</summary>
    public long MemoryMiB { get; init; }
}

/// <summary>A condition of a node that says that something is wrong.</summary>
/// <param name="Since">When it became true; null: not told.</param>
public sealed record NodeCondition(string Type, string Reason, DateTimeOffset? Since);
