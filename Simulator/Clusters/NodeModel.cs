using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Files;
using Orchestrator.Simulator.Colocation;

namespace Orchestrator.Simulator.Clusters;

/// <summary>
/// A machine of a cluster and what it does over the night; what Kubernetes stores of it is in the cluster's table. Readers and the
/// controller meet on one reference that is swapped whole.
/// </summary>
internal sealed class NodeModel
{
    public const string StateLabel = ColocationStates.LabelKey;
    public const string Kernel = "5.10.134-simulated";
    public const string KeyAnnotation = "orchestrator.io/idempotency-key";

    private static readonly TimeSpan UntilNotReady = TimeSpan.FromSeconds(40);

    private readonly NodeDefinition _definition;
    private Course _course;

    /// <param name="images">What the machine has pulled.</param>
    public NodeModel(NodeDefinition definition, ImmutableArray<string> images, NodeLoad load, NodeRhythm rhythm, DateTimeOffset now)
    {
        _definition = definition;
        Images = images;
        Load = load;
        Rhythm = rhythm;
        var bare = new NodePhase(Strategy: null, now, new NodeLevels(load.CpuMilli, load.BatchCpuDemand(now), load.BatchMemoryDemand(now), 0), load, rhythm);
        _course = new Course(bare with { Start = bare.LevelsAt(now, 0, 0) }, Next: null, PlacedCpu: 0, PlacedMemory: 0, DeadSince: null);
        Batch = new BatchSlots(this);
    }

    /// <summary>What holds now, and what will once the controller has reacted.</summary>
    private sealed record Course(NodePhase Now, NodePhase? Next, double PlacedCpu, double PlacedMemory, DateTimeOffset? DeadSince)
    {
        /// <summary>Batch work that the quota leaves the node, in milli-cores; null: as much as there is.</summary>
        public double? WorkLimit { get; init; }
    }

    public string Name => _definition.Name;

    public ImmutableArray<string> Images { get; }

    public int Gpu => _definition.Pool.Gpu;

    public string Zone => _definition.Zone;

    public NodeLoad Load { get; }

    public NodeRhythm Rhythm { get; }

    public BatchSlots Batch { get; }

    /// <summary>A new strategy from the controller; it comes into force after the node's reaction time.</summary>
    public void Follow(NodeStrategy? strategy, DateTimeOffset now)
    {
        var from = now + Rhythm.Reaction;
        Change(course =>
        {
            var current = PhaseOf(course, now);
            return (course.Next ?? current).Strategy == strategy
                ? course
                : course with { Now = current, Next = new NodePhase(strategy, from, LevelsOf(course with { Now = current, Next = null }, from), Load, Rhythm) };
        });
    }

    /// <summary>Online pods of our own making come to the node (or leave it, with negative amounts).</summary>
    public void Place(double cpuMilli, double memoryMiB) => Change(course => course with
    {
        PlacedCpu = Math.Max(0, course.PlacedCpu + cpuMilli),
        PlacedMemory = Math.Max(0, course.PlacedMemory + memoryMiB),
    });

    /// <summary>Batch work beyond the limit is not admitted; null lifts it, and the node's batch grows again as after a change of its strategy.</summary>
    public void LimitWork(double? milli, DateTimeOffset now) => Change(course => course.WorkLimit == milli ? course : course with
    {
        Now = PhaseOf(course, now) with { From = now, Start = LevelsOf(course, now) },
        Next = course.Next is { } next && next.From > now ? next : null,
        WorkLimit = milli,
    });

    public void Kill(DateTimeOffset now) => Change(course => course with { DeadSince = course.DeadSince ?? now });

    public void Revive() => Change(course => course with { DeadSince = null });

    public NodeReading Read(DateTimeOffset now)
    {
        var course = _course;
        var seen = course.DeadSince is { } dead && dead < now ? dead : now;
        var phase = PhaseOf(course, seen);
        var report = phase.ReportBefore(seen);
        return new NodeReading(
            Ready: course.DeadSince is null || now - course.DeadSince.Value < UntilNotReady,
            phase.Strategy is not null,
            report,
            phase.OfferedCpu(seen, course.PlacedCpu),
            phase.OfferedMemory(seen, course.PlacedMemory),
            UsageAt(course, report));
    }

    /// <summary>What a look at the host's cgroups would show at this moment.</summary>
    public HostReading ReadHost(DateTimeOffset now)
    {
        var course = _course;
        var levels = LevelsOf(course, now);
        return new HostReading(levels.CpuLimit, levels.Work, levels.BatchMemory, UsageAt(course, now));
    }

    public JsonObject ToObject(string cluster) => new()
    {
        ["metadata"] = new JsonObject
        {
            ["labels"] = new JsonObject
            {
                ["kubernetes.io/hostname"] = Name,
                ["kubernetes.io/os"] = "linux",
                ["kubernetes.io/arch"] = "amd64",
                ["topology.kubernetes.io/zone"] = _definition.Zone,
                ["orchestrator.io/cluster"] = cluster,
                ["orchestrator.io/pool"] = _definition.Pool.Name,
                ["orchestrator.io/model"] = _definition.Pool.Model,
                // What node-feature-discovery finds of last-level cache and memory bandwidth allocation.
                ["feature.node.kubernetes.io/cpu-rdt.RDTL3CA"] = "true",
                ["feature.node.kubernetes.io/cpu-rdt.RDTMBA"] = "true",
                [StateLabel] = ColocationState.OfflineOnly.Id(),
            },
            ["annotations"] = new JsonObject { ["orchestrator.io/simulated"] = "true" },
        },
        ["spec"] = new JsonObject { ["providerID"] = $"simulated://{cluster}/{Name}" },
    };

    private void Change(Func<Course, Course> change)
    {
        Course before;
        do
        {
            before = _course;
        }
        while (Interlocked.CompareExchange(ref _course, change(before), before) != before);
    }

    private static NodePhase PhaseOf(Course course, DateTimeOffset at) => course.Next is { } next && next.From <= at ? next : course.Now;

    private static NodeLevels LevelsOf(Course course, DateTimeOffset at)
    {
        var levels = PhaseOf(course, at).LevelsAt(at, course.PlacedCpu, course.PlacedMemory);
        return course.WorkLimit is { } limit ? levels with { Work = Math.Min(levels.Work, limit) } : levels;
    }

    private NodeUsage UsageAt(Course course, DateTimeOffset at)
    {
        var levels = LevelsOf(course, at);
        return new NodeUsage(
            Load.SystemCpu,
            Load.SystemMemory,
            Load.OnlineCpu(at, course.PlacedCpu),
            Load.OnlineMemory(at, course.PlacedMemory),
            Math.Min(levels.Work, levels.CpuLimit),
            levels.BatchMemory);
    }
}

/// <summary>CPU in milli-cores, memory in MiB.</summary>
internal readonly record struct NodeUsage(double SystemCpu, double SystemMemory, double OnlineCpu, double OnlineMemory, double BatchCpu, double BatchMemory)
{
    public double Cpu => SystemCpu + OnlineCpu + BatchCpu;

    public double Memory => SystemMemory + OnlineMemory + BatchMemory;
}

/// <summary>What the API server knows of a node: as old as its last report.</summary>
internal readonly record struct NodeReading(bool Ready, bool Colocated, DateTimeOffset ReportedAt, double BatchCpu, double BatchMemory, NodeUsage Usage);

/// <param name="CpuLimit">Milli-cores that batch may run on.</param>
/// <param name="Work">Milli-cores that admitted batch pods asked for.</param>
/// <param name="BatchMemory">MiB.</param>
internal readonly record struct HostReading(double CpuLimit, double Work, double BatchMemory, NodeUsage Usage);
