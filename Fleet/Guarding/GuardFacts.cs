using System.Collections.Immutable;
using Orchestrator.Fleet.Capacity;
using Orchestrator.Fleet.Colocation;

namespace Orchestrator.Fleet.Guarding;

/// <summary>
/// What is known of a cluster when a move is asked for. A property that is null is unknown, and a guard that needs it does
/// not hold: what cannot be seen is never taken for granted.
/// </summary>
public sealed record GuardFacts
{
    /// <summary>On the environment clock.</summary>
    public required DateTimeOffset Now { get; init; }

    public LeaseFacts? Lease { get; init; }

    /// <summary>Digest of the target's profile when the move was planned.</summary>
    public string? PlannedProfileDigest { get; init; }

    /// <summary>Digest of the target's profile as it is loaded in the cluster now.</summary>
    public string? CurrentProfileDigest { get; init; }

    public ReadinessFacts? Nodes { get; init; }

    /// <summary>Invariants that do not hold, as sentences; empty when all do.</summary>
    public ImmutableArray<string>? BrokenInvariants { get; init; }

    public bool? WayBackStored { get; init; }

    /// <summary>Hosts whose kernel, hugepages and resctrl are as co-location needs them.</summary>
    public Tally? HostProbes { get; init; }

    /// <summary>What of Koordinator the target's profile rests on: its versions, gates of koordlet, and that nothing is killed on arrival.</summary>
    public Tally? Koordinator { get; init; }

    /// <summary>The quotas that must exist, with guarantees that fit the capacity.</summary>
    public Tally? Quotas { get; init; }

    /// <summary>Nodes that must have the online images.</summary>
    public Tally? Images { get; init; }

    /// <summary>Units of the cluster whose last inspection has no critical finding, and those of which that cannot be said.</summary>
    public Tally? Inspections { get; init; }

    /// <summary>Running batch pods with a checkpoint, and those without.</summary>
    public Tally? Checkpoints { get; init; }

    public ForecastFacts? Forecast { get; init; }

    /// <summary>The forecast of the traffic beside what home and the units that stand carry.</summary>
    public CapacityFacts? Capacity { get; init; }

    /// <summary>The forecast of the traffic beside what the last load test has proven; null: there was none.</summary>
    public ProvenCapacity? Proven { get; init; }

    /// <summary>Who approved, as the journal has it; the person who started the run never among them.</summary>
    public ImmutableArray<string>? Approvers { get; init; }

    /// <summary>When a rehearsal of this runbook last ended well.</summary>
    public DateTimeOffset? LastRehearsal { get; init; }

    public bool? BatchSubmissionsBlocked { get; init; }

    /// <summary>The reason for which losing batch work was authorised beforehand.</summary>
    public string? Preauthorised { get; init; }

    public PressureFacts? Pressure { get; init; }

    /// <summary>How long draining batch without killing would still take.</summary>
    public TimeSpan? DrainLeft { get; init; }

    public TrafficFacts? Traffic { get; init; }

    /// <summary>Why the traffic, or what is measured of it, is unknown; null: it is not, or nobody knows why.</summary>
    public string? TrafficUnknown { get; init; }

    /// <summary>Age of the oldest batch task that waits.</summary>
    public TimeSpan? QueueLag { get; init; }

    /// <summary>Online pods that still run on the cluster.</summary>
    public int? OnlinePods { get; init; }

    /// <summary>Traffic weight of all units on the cluster, in percent.</summary>
    public int? TrafficWeight { get; init; }

    /// <summary>Hosts of the cluster that the ledger shows as held by a unit.</summary>
    public int? HostsHeldByUnits { get; init; }
}

/// <param name="Own">Fencing token of the run's lease on the cluster; null: it holds none.</param>
/// <param name="Recorded">The token that the cluster itself has recorded; null: none yet.</param>
public sealed record LeaseFacts(long? Own, long? Recorded);

/// <param name="ReportInterval">Of the profile the nodes are in; a metric of twice this age is stale.</param>
public sealed record ReadinessFacts(ImmutableArray<NodeReadiness> Nodes, TimeSpan ReportInterval)
{
    /// <summary>How many may be dead, cordoned or without a fresh metric. Default: that of <see cref="Colocation.MaxUnavailable.Default"/>.</summary>
    public MaxUnavailable MaxUnavailable { get; init; } = MaxUnavailable.Default;

    /// <summary>Nodes that are ready, may be scheduled to, and whose metric is fresh.</summary>
    public int Fit => Nodes.Count(IsFit);

    /// <summary>The others, each with the reason.</summary>
    public ImmutableArray<string> Unfit => [.. Nodes.Where(node => !IsFit(node)).Select(node => $"{node.Node}{(node.Cordoned ? " (cordoned)" : "")}")];

    private bool IsFit(NodeReadiness node) => node is { Ready: true, Cordoned: false, MetricAge: { } age } && age < 2 * ReportInterval;
}

/// <param name="MetricAge">Null: there is no metric.</param>
public readonly record struct NodeReadiness(string Node, bool Ready, TimeSpan? MetricAge)
{
    /// <summary>Somebody has taken it out of scheduling, to work on it.</summary>
    public bool Cordoned { get; init; }
}

/// <param name="Failing">What failed, by name.</param>
public sealed record Tally(int Passed, ImmutableArray<string> Failing)
{
    public static Tally AllOf(int count) => new(count, []);

    /// <summary>What passed is counted, what failed is named.</summary>
    public static Tally Of<T>(IEnumerable<T> checkedOnes, Func<T, string?> failing)
    {
        var found = checkedOnes.Select(failing).ToArray();
        return new(found.Count(name => name is null), [.. found.OfType<string>()]);
    }
}

/// <param name="OnlineCpuMilli">The highest online demand while the state is to last.</param>
/// <param name="CpuMilli">The cluster's capacity.</param>
/// <param name="BatchFloorPercent">Of the target's profile.</param>
public sealed record ForecastFacts(double OnlineCpuMilli, double CpuMilli, int ReservePercent, int BatchFloorPercent)
{
    /// <summary>What is there for online work: capacity less reserve and batch floor.</summary>
    public double Room => CpuMilli * (100 - ReservePercent - BatchFloorPercent) / 100;
}

/// <param name="CpuPercent">Mean online CPU use over <paramref name="For"/>, of the capacity of the nodes that report.</param>
/// <param name="P99">Online latency; null: unknown.</param>
/// <param name="P99Objective">Null: there is none.</param>
public sealed record PressureFacts(double CpuPercent, TimeSpan For, TimeSpan? P99, TimeSpan? P99Objective);

/// <param name="PercentOfPeak">Highest traffic over <paramref name="For"/>, of the promotion's peak.</param>
public sealed record TrafficFacts(double PercentOfPeak, TimeSpan For);
