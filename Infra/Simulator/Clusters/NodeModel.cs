using System.Text.Json.Nodes;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Files;
using Orchestrator.Infra.Simulator.Colocation;

namespace Orchestrator.Infra.Simulator.Clusters;

/// <summary>
/// A machine of a cluster and what it does over the night; what Kubernetes stores of it is in the cluster's table. Readers and the
/// controller meet on one reference that is swapped whole.
/// </summary>
internal sealed class NodeModel
{
    public const string StateLabel = ColocationStates.LabelKey;
    public const string KeyAnnotation = "orchestrator.io/idempotency-key";

    private static readonly TimeSpan UntilNotReady = TimeSpan.FromSeconds(40);

    private readonly NodeDefinition _definition;
    private Course _course;

    public NodeModel(NodeDefinition definition, NodeLoad load, NodeRhythm rhythm, DateTimeOffset now)
    {
        _definition = definition;
        Load = load;
        Rhythm = rhythm;
        var bare = new NodePhase(Strategy: null, now, new NodeLevels(load.CpuMilli, load.BatchCpuDemand(now), load.BatchMemoryDemand(now), 0), load, rhythm);
        _course = new Course(bare with { Start = bare.LevelsAt(now, 0, 0) }, Next: null, PlacedCpu: 0, PlacedMemory: 0, DeadSince: null);
        Batch = new BatchSlots(this);
    }

    /// <summary>What holds now, and what will once the controller has reacted.</summary>
    private sealed record Course(NodePhase Now, NodePhase? Next, double PlacedCpu, double PlacedMemory, DateTimeOffset? DeadSince);

    public string Name => _definition.Name;

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
                : course with { Now = current, Next = new NodePhase(strategy, from, current.LevelsAt(from, course.PlacedCpu, course.PlacedMemory), Load, Rhythm) };
        });
    }

    /// <summary>Online pods of our own making come to the node (or leave it, with negative amounts).</summary>
    public void Place(double cpuMilli, double memoryMiB) => Change(course => course with
    {
        PlacedCpu = Math.Max(0, course.PlacedCpu + cpuMilli),
        PlacedMemory = Math.Max(0, course.PlacedMemory + memoryMiB),
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
        var levels = PhaseOf(course, now).LevelsAt(now, course.PlacedCpu, course.PlacedMemory);
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

    private NodeUsage UsageAt(Course course, DateTimeOffset at)
    {
        var levels = PhaseOf(course, at).LevelsAt(at, course.PlacedCpu, course.PlacedMemory);
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
