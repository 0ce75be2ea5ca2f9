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
    public const string Kernel = "5.10.134-16.an8.simulated";
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
        _course = new Course(new NodePhase(Strategy: null, now, load.CpuMilli, load, rhythm), Next: null, Online: [], DeadSince: null);
        Batch = new BatchSlots(this, now);
    }

    /// <summary>What holds now, and what will once the controller has reacted.</summary>
    private sealed record Course(NodePhase Now, NodePhase? Next, ImmutableArray<OnlinePods> Online, DateTimeOffset? DeadSince)
    {
        /// <summary>Batch work that the quota leaves the node, in milli-cores; null: as much as there is.</summary>
        public double? WorkLimit { get; init; }

        public long Deaths { get; init; }

        /// <summary>Since when koordlet reports nothing; null: it does.</summary>
        public DateTimeOffset? SilentSince { get; init; }

        /// <summary>What is wrong with the machine.</summary>
        public ImmutableArray<(string Type, string Reason, DateTimeOffset Since)> Conditions { get; init; } = [];
    }

    public string Name => _definition.Name;

    public ImmutableArray<string> Images { get; }

    public int Gpu => _definition.Pool.Gpu;

    public string Zone => _definition.Zone;

    public NodeLoad Load { get; }

    public NodeRhythm Rhythm { get; }

    public BatchSlots Batch { get; }

    /// <summary>The online pods on the node.</summary>
    public OnlineWork Online => OnlineOf(_course);

    /// <summary>A new strategy from the controller; it comes into force after the node's reaction time.</summary>
    public void Follow(NodeStrategy? strategy, DateTimeOffset now)
    {
        Batch.AdvanceTo(now);
        var from = now + Rhythm.Reaction;
        Change(course =>
        {
            var current = PhaseOf(course, now);
            return (course.Next ?? current).Strategy == strategy
                ? course
                : course with { Now = current, Next = new NodePhase(strategy, from, current.CpuLimit(from, OnlineOf(course)), Load, Rhythm) };
        });
    }

    /// <summary>An online pod comes to the node, or leaves it with negative amounts.</summary>
    /// <param name="destination">Whose traffic it serves; null: none.</param>
    public void Place(string? destination, int count, double cpuMilli, double memoryMiB, DateTimeOffset now)
    {
        Batch.AdvanceTo(now);
        Change(course =>
        {
            var before = course.Online.FirstOrDefault(pods => pods.Destination == destination) ?? new OnlinePods(destination, 0, 0, 0);
            var after = new OnlinePods(destination, before.Count + count, Math.Max(0, before.CpuMilli + cpuMilli), Math.Max(0, before.MemoryMiB + memoryMiB));
            return course with { Online = after.Count > 0 ? course.Online.Remove(before).Add(after) : course.Online.Remove(before) };
        });
    }

    /// <summary>Batch work beyond the limit is not admitted; null lifts it.</summary>
    public void LimitWork(double? milli, DateTimeOffset now)
    {
        Batch.AdvanceTo(now);
        Change(course => course with { WorkLimit = milli });
    }

    public void Kill(DateTimeOffset now)
    {
        Batch.AdvanceTo(now);
        Change(course => course.DeadSince is null ? course with { DeadSince = now, Deaths = course.Deaths + 1 } : course);
    }

    public void Revive() => Change(course => course.DeadSince is null ? course : course with { DeadSince = null, Deaths = course.Deaths + 1 });

    /// <summary>koordlet reports no more from a moment on; null: it does again.</summary>
    public void Silence(DateTimeOffset? since) => Change(course => course with { SilentSince = since });

    /// <summary>The conditions that are true from now on; one that was so before keeps its time.</summary>
    public void Suffer(ImmutableArray<(string Type, string Reason)> conditions, DateTimeOffset now) => Change(course => course with
    {
        Conditions = [.. conditions.Select(one => (one.Type, one.Reason, course.Conditions.FirstOrDefault(known => known.Type == one.Type) is { Type: not null } known ? known.Since : now))],
    });

    public ImmutableArray<(string Type, string Reason, DateTimeOffset Since)> Conditions => _course.Conditions;

    /// <summary>How often it was killed or revived.</summary>
    public long Deaths => _course.Deaths;

    public bool IsAlive(DateTimeOffset at) => _course.DeadSince is not { } dead || at < dead;

    public NodeReading Read(DateTimeOffset now)
    {
        var course = _course;
        var seen = course.DeadSince is { } dead && dead < now ? dead : now;
        var phase = PhaseOf(course, seen);
        var report = phase.ReportBefore(course.SilentSince is { } silent && silent < seen ? silent : seen);
        var online = OnlineOf(course);
        // koord-manager takes a report for stale after the strategy's time, and offers nothing from then on.
        var stale = phase.Strategy is { } strategy && now - report > TimeSpan.FromMinutes(strategy.DegradeTimeMinutes);
        return new NodeReading(
            Ready: course.DeadSince is null || now - course.DeadSince.Value < UntilNotReady,
            phase.Strategy is not null,
            report,
            stale ? 0 : phase.OfferedCpu(seen, online),
            stale ? 0 : phase.OfferedMemory(seen, online),
            UsageAt(course, report));
    }

    /// <summary>What a look at the host's cgroups would show at this moment.</summary>
    public HostReading ReadHost(DateTimeOffset now)
    {
        var course = _course;
        return new HostReading(LimitAt(course, now), Batch.CountAt(now) * (double)BatchSlots.PodCpuMilli, UsageAt(course, now));
    }

    /// <summary>Part of the node's cores that batch work uses, 0 to 1.</summary>
    public double BatchShareAt(DateTimeOffset at) => Math.Min(Batch.CountAt(at) * (double)BatchSlots.PodCpuMilli, LimitAt(_course, at)) / Load.CpuMilli;

    public NodeStrategy? StrategyAt(DateTimeOffset at) => PhaseOf(_course, at).Strategy;

    public double CpuLimitAt(DateTimeOffset at) => LimitAt(_course, at);

    /// <summary>What is offered to batch as of the last report.</summary>
    public (double Cpu, double Memory) OfferedAt(DateTimeOffset at)
    {
        var course = _course;
        var (phase, online) = (PhaseOf(course, at), OnlineOf(course));
        return (phase.OfferedCpu(at, online), phase.OfferedMemory(at, online));
    }

    public double OnlineAndSystemMemoryAt(DateTimeOffset at) => Load.SystemMemory + OnlineOf(_course).Memory(at);

    /// <summary>How many batch pods there is work and room for: by CPU, by memory, by the quota.</summary>
    public int BatchRoomAt(DateTimeOffset at)
    {
        var course = _course;
        var (phase, online) = (PhaseOf(course, at), OnlineOf(course));
        var (cpu, memory) = phase.Strategy is null
            // Without co-location batch has the machine, but for a tenth and what runs there online.
            ? ((Load.CpuMilli * 0.9) - online.Cpu(at), (Load.MemoryMiB * 0.9) - online.Memory(at))
            : (phase.OfferedCpu(at, online), phase.OfferedMemory(at, online));
        var wanted = Math.Round(Load.BatchCpuDemand(at) / BatchSlots.PodCpuMilli);
        var room = Math.Min(wanted, Math.Min(Math.Floor(cpu / BatchSlots.PodCpuMilli), Math.Floor(memory / Batch.PodMemoryMiB)));
        return (int)Math.Max(0, course.WorkLimit is { } limit ? Math.Min(room, Math.Floor(limit / BatchSlots.PodCpuMilli)) : room);
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

    private OnlineWork OnlineOf(Course course) => new(Load, course.Online);

    private double LimitAt(Course course, DateTimeOffset at) => PhaseOf(course, at).CpuLimit(at, OnlineOf(course));

    private NodeUsage UsageAt(Course course, DateTimeOffset at)
    {
        var online = OnlineOf(course);
        var tasks = Batch.CountAt(at);
        return new NodeUsage(
            Load.SystemCpu,
            Load.SystemMemory,
            online.Cpu(at),
            online.Memory(at),
            Math.Min(tasks * (double)BatchSlots.PodCpuMilli, LimitAt(course, at)),
            tasks * Batch.PodMemoryMiB);
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
internal readonly record struct HostReading(double CpuLimit, double Work, NodeUsage Usage);
