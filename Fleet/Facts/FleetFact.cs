using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Files;
using Orchestrator.Fleet.Units;

namespace Orchestrator.Fleet.Facts;

/// <summary>
/// Something that became true of the fleet. Activities record these in the journal before they go on; folding them in
/// journal order gives the fleet's view (<c>FleetView</c>), its invariants and the capacity ledger. Discriminators never change.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "fact")]
[JsonDerivedType(typeof(FleetSurveyed), "fleet-surveyed")]
[JsonDerivedType(typeof(ShiftPlanned), "shift-planned")]
[JsonDerivedType(typeof(WaveConfirmed), "wave-confirmed")]
[JsonDerivedType(typeof(WaveTurned), "wave-turned")]
[JsonDerivedType(typeof(BatchKilled), "batch-killed")]
[JsonDerivedType(typeof(DriftFound), "drift-found")]
[JsonDerivedType(typeof(ClusterShifted), "cluster-shifted")]
[JsonDerivedType(typeof(UnitPlanned), "unit-planned")]
[JsonDerivedType(typeof(UnitProvisioned), "unit-provisioned")]
[JsonDerivedType(typeof(UnitScaled), "unit-scaled")]
[JsonDerivedType(typeof(UnitInspected), "unit-inspected")]
[JsonDerivedType(typeof(TrafficShifted), "traffic-shifted")]
[JsonDerivedType(typeof(TrafficObserved), "traffic-observed")]
[JsonDerivedType(typeof(LoadTested), "load-tested")]
[JsonDerivedType(typeof(WeightsFound), "weights-found")]
[JsonDerivedType(typeof(OrdersCounted), "orders-counted")]
[JsonDerivedType(typeof(NodesMeasured), "nodes-measured")]
[JsonDerivedType(typeof(UnitReleasing), "unit-releasing")]
[JsonDerivedType(typeof(UnitReleased), "unit-released")]
[JsonDerivedType(typeof(UnitFailed), "unit-failed")]
[JsonDerivedType(typeof(StackBegun), "stack-begun")]
[JsonDerivedType(typeof(ObjectFound), "object-found")]
public abstract record FleetFact
{
    /// <summary>When it became true, on the environment clock.</summary>
    public required DateTimeOffset At { get; init; }
}

/// <summary>The fleet as it was found: each cluster with its size and the state its nodes' labels show.</summary>
public sealed record FleetSurveyed(ImmutableArray<SurveyedCluster> Clusters) : FleetFact;

/// <param name="CpuMilli">Capacity of all nodes, in thousandths of a core.</param>
/// <param name="MemoryMiB">Capacity of all nodes, in MiB.</param>
/// <param name="PeakOnlineCpuMilli">The highest online demand that the forecast shows.</param>
/// <param name="CostPerNodeHour">In the fleet file's currency.</param>
public sealed record SurveyedCluster(
    string Cluster,
    int Nodes,
    long CpuMilli,
    long MemoryMiB,
    long PeakOnlineCpuMilli,
    decimal CostPerNodeHour,
    ImmutableDictionary<ColocationState, int> NodesByState)
{
    /// <summary>Share of capacity promised to nobody. Default 0.</summary>
    public int ReservePercent { get; init; }

    /// <summary>What the fleet file says of a cluster, with the states its nodes were found in.</summary>
    public static SurveyedCluster Of(ClusterDefinition cluster, ImmutableDictionary<ColocationState, int> nodesByState) =>
        new(cluster.Id, cluster.NodeCount, cluster.CpuMilli, cluster.MemoryMiB,
            (long)cluster.Demand.OnlineCpuMilli.Peak, cluster.CostPerNodeHour, nodesByState)
        {
            ReservePercent = cluster.ReservePercent,
        };
}

/// <summary>The way back, stored before the first node changes: every node with the state it is in now, and the waves it will move in.</summary>
public sealed record ShiftPlanned(
    string Cluster,
    ColocationState From,
    ColocationState To,
    string ProfileDigest,
    ImmutableArray<ImmutableArray<string>> Waves) : FleetFact
{
    /// <summary>Nodes that earlier facts named and that the cluster has no longer: counted out of it. Default none.</summary>
    public ImmutableArray<string> Gone { get; init; } = [];

    /// <summary>Nodes in <see cref="From"/> that are dead or cordoned, few enough to begin without them: they move after the waves, if they are back by then. Default none.</summary>
    public ImmutableArray<string> Unavailable { get; init; } = [];

    /// <summary>What the move takes from batch, as it stood when the move was planned; null: it kills nothing.</summary>
    public KillCost? Kills { get; init; }
}

/// <summary>The nodes of one wave show the new state, read back from the cluster.</summary>
/// <param name="Wave">From 1.</param>
public sealed record WaveConfirmed(
    string Cluster,
    ColocationState From,
    ColocationState To,
    int Wave,
    ImmutableArray<string> Nodes) : FleetFact
{
    /// <summary>Nodes of the wave that are not ready, few enough to go on without them: they count as where they were. Default none.</summary>
    public ImmutableArray<string> LeftBehind { get; init; } = [];

    /// <summary>Nodes of the wave that the cluster has no longer: counted out of it. Default none.</summary>
    public ImmutableArray<string> Gone { get; init; } = [];
}

/// <summary>A guard turned between two waves, and the runbook says that the hop goes back: what moved is on its way to where it was.</summary>
/// <param name="Wave">The last that was confirmed, from 1.</param>
/// <param name="Guards">Those that turned, as sentences.</param>
public sealed record WaveTurned(string Cluster, ColocationState From, ColocationState To, int Wave, ImmutableArray<string> Guards) : FleetFact;

/// <summary>Batch tasks that a lossy degrade is about to kill, in that order: the checkpoint list, from which they are requeued. Recorded before the first is deleted.</summary>
public sealed record BatchKilled(string Cluster, ImmutableArray<KilledTask> Tasks) : FleetFact;

/// <param name="Task">Namespace and name of its pod.</param>
/// <param name="Checkpoint">As the batch framework wrote it; null: it has none, and begins anew.</param>
/// <param name="LostCpuSeconds">Work since its checkpoint, or since its start: its cores × seconds.</param>
public sealed record KilledTask(string Task, string Node, int Priority, string? Checkpoint, double LostCpuSeconds)
{
    /// <summary>What requeues it, as <c>Job/night</c>; null: nothing does, and whoever submitted it must.</summary>
    public string? Controller { get; init; }
}

/// <param name="LostCpuHours">Work since the tasks' checkpoints: cores × hours.</param>
/// <param name="WithoutCheckpoint">Tasks that begin anew.</param>
public sealed record KillCost(int Tasks, double LostCpuHours, int WithoutCheckpoint)
{
    /// <summary>Tasks that nothing makes anew. Default 0.</summary>
    public int WithoutController { get; init; }
}

/// <summary>Nodes that no longer show what the cluster was moved to.</summary>
/// <param name="Expected">The state that they are to be in.</param>
/// <param name="Healed">The watch has set about moving them back; otherwise they are only told of.</param>
public sealed record DriftFound(string Cluster, ColocationState Expected, ImmutableArray<DriftedNode> Nodes, bool Healed) : FleetFact;

/// <param name="Reason">What differs, for people.</param>
public sealed record DriftedNode(string Node, string Reason);

public sealed record ClusterShifted(string Cluster, ColocationState From, ColocationState To, int Nodes) : FleetFact;

/// <param name="Hosts">Machines the unit holds while it lives.</param>
/// <param name="CostPerHostHour">In the fleet file's currency; 0 for lent nodes, whose cost the cluster bears.</param>
public sealed record UnitPlanned(string Unit, UnitKind Kind, string? Cluster, int Hosts, long CpuMilli, decimal CostPerHostHour) : FleetFact
{
    /// <summary>Address range of a cloud unit's own network. Default null: the program's default.</summary>
    public string? Network { get; init; }

    /// <summary>Cloud region of a cloud unit; null for lent nodes, and in facts of before it was recorded.</summary>
    public string? Region { get; init; }

    /// <summary>Version of the application; null in facts of before it was recorded.</summary>
    public string? Version { get; init; }

    /// <summary>Prices an hour of what it has beside its hosts, by resource (database, cache, balancer), in the fleet file's currency; one that is not there is not known. Default none.</summary>
    public ImmutableSortedDictionary<string, decimal> ResourcePrices { get; init; } = ImmutableSortedDictionary<string, decimal>.Empty;
}

/// <summary>
/// The unit holds another number of hosts from here on. When it grows, recorded before the first host is asked for; when it shrinks, after those that it gives up are gone.
/// </summary>
/// <param name="Hosts">All that it holds, 0 or more. With none it keeps its database, cache and network.</param>
public sealed record UnitScaled(string Unit, int Hosts, long CpuMilli) : FleetFact;

public sealed record UnitProvisioned(string Unit, ImmutableArray<string> Endpoints) : FleetFact;

/// <param name="Passed">No critical check failed or went unanswered.</param>
public sealed record UnitInspected(string Unit, bool Passed, int Checks, ImmutableArray<string> Findings) : FleetFact;

/// <summary>Traffic weights in percent by destination (unit ids and <c>home</c>); they sum to 100.</summary>
/// <param name="Demand">Requests a second at that moment, as metrics say; null: unknown.</param>
public sealed record TrafficShifted(ImmutableDictionary<string, int> Weights, double? Demand) : FleetFact;

/// <summary>The weights that a step found in force before it changed any: what its undo goes back to. Says nothing of the fleet: whoever set them has recorded that.</summary>
public sealed record WeightsFound(ImmutableDictionary<string, int> Weights) : FleetFact;

/// <summary>A reading of the gateways' metrics: how the peak and its end are known afterwards, whatever was killed in between.</summary>
/// <param name="Demand">Requests a second, all destinations together.</param>
/// <param name="ByDestination">Requests a second by destination.</param>
public sealed record TrafficObserved(double Demand, ImmutableDictionary<string, double> ByDestination) : FleetFact
{
    /// <summary>Of these, answered without a failure; null: not known, as <see cref="Unknown"/> says.</summary>
    public ImmutableDictionary<string, double>? ServedByDestination { get; init; }

    /// <summary>The time that the rates are means over, in seconds; null in facts of before it was recorded.</summary>
    public double? WindowSeconds { get; init; }

    /// <summary>Why what was served is not known; null: it is.</summary>
    public string? Unknown { get; init; }
}

/// <summary>The application's order counters as metrics had them at one moment. What happened between two of them is their increase: a counter that fell began again at zero.</summary>
/// <param name="Counts">Each series; empty: not known, as <see cref="Unknown"/> says.</param>
public sealed record OrdersCounted(ImmutableArray<OrderCount> Counts) : FleetFact
{
    /// <summary>Why they are not known; null: they are.</summary>
    public string? Unknown { get; init; }
}

/// <summary>One series of an order counter.</summary>
/// <param name="Series">What tells it from the others of its destination and outcome: its other labels, as <c>instance=10.0.0.7:15020</c>. Empty: nothing.</param>
/// <param name="Outcome">As the application says: accepted, rejected.</param>
public sealed record OrderCount(string Series, string Destination, string Outcome, double Value);

/// <summary>How busy a cluster's nodes are, by their NodeMetrics.</summary>
/// <param name="Nodes">All that it has.</param>
/// <param name="Measured">Those whose metric is there and younger than two report intervals; the figures are theirs.</param>
/// <param name="Stale">Those whose metric is older.</param>
/// <param name="CpuMilli">What the measured ones have, in thousandths of a core.</param>
public sealed record NodesMeasured(string Cluster, int Nodes, int Measured, int Stale, long CpuMilli, long UsedCpuMilli, long OnlineCpuMilli) : FleetFact
{
    /// <summary>Why nothing was measured; null: something was.</summary>
    public string? Unknown { get; init; }
}

/// <summary>A load test came to its end.</summary>
/// <param name="Percent">Height that was asked for, in percent of the forecast.</param>
/// <param name="Forecast">The peak that the forecast had then, in requests a second.</param>
/// <param name="Proven">Requests a second that were served within the objectives, by destination, all at one measurement; empty: none were.</param>
/// <param name="Broke">Why it did not pass; null: it did.</param>
public sealed record LoadTested(int Percent, double Forecast, ImmutableDictionary<string, double> Proven, string? Broke) : FleetFact;

/// <summary>A stack of a program of the user's own is about to be changed. It is no unit: the fleet's view does not count it.</summary>
/// <param name="Existed">It held resources before: what the change replaces is not known afterwards, so nothing takes it back.</param>
public sealed record StackBegun(string Project, string Stack, bool Existed) : FleetFact;

public sealed record UnitReleasing(string Unit) : FleetFact;

public sealed record UnitReleased(string Unit) : FleetFact;

/// <summary>The unit could not be built, or died. It still holds its machines until it is released.</summary>
public sealed record UnitFailed(string Unit, string Reason) : FleetFact;

/// <summary>A cluster's object as it was before a step applied its manifest: what the step's undo goes back to. Says nothing of the fleet.</summary>
/// <param name="Namespace">Null for an object of the whole cluster.</param>
/// <param name="Key">The step's idempotency key, by which the object shows that the step wrote it.</param>
/// <param name="Existed">False: the step makes it.</param>
/// <param name="KeyBefore">The key that it showed then; null: none.</param>
/// <param name="Before">The fields that the manifest has, with the values of then, as JSON text. Null for an object that did not exist, and where <paramref name="Kept"/> says why they are not kept.</param>
/// <param name="Kept">Why the values are not kept; null when they are.</param>
public sealed record ObjectFound(
    string Cluster, string ApiVersion, string Kind, string? Namespace, string Name, string Key, bool Existed, string? KeyBefore, string? Before, string? Kept) : FleetFact;
