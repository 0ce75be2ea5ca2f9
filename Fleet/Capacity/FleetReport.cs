using System.Collections.Immutable;

namespace Orchestrator.Fleet.Capacity;

/// <summary>What a promotion held, moved, served and cost; plain values for JSON. Formulas stand in docs/fleet.md. A figure that is not known is null, and <see cref="Unknown"/> says why.</summary>
public sealed record FleetReport
{
    /// <summary>The first fact, or the window's beginning. Nothing before it counts.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>Nothing after it counts.</summary>
    public required DateTimeOffset To { get; init; }

    public required string Currency { get; init; }

    /// <summary>Where the prices of rented machines are from, as the fleet file says; null: it does not say.</summary>
    public string? PriceSource { get; init; }

    public required ImmutableArray<ClusterReport> Clusters { get; init; }

    public required ImmutableArray<UnitReport> Units { get; init; }

    /// <summary>Orders by the application's counters; null: not known.</summary>
    public OrdersReport? Orders { get; init; }

    /// <summary>Cost by what was paid for.</summary>
    public ImmutableArray<ResourceCost> CostByResource { get; init; } = [];

    /// <summary>What the same night would have cost otherwise.</summary>
    public ImmutableArray<BaselineReport> Baselines { get; init; } = [];

    public required ReportTotals Totals { get; init; }

    /// <summary>Why a figure is not known, or is known in part only, by its path, as <c>totals.costPer10000Orders</c>.</summary>
    public ImmutableSortedDictionary<string, string> Unknown { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

public sealed record ClusterReport
{
    public required string Cluster { get; init; }

    public required int Nodes { get; init; }

    /// <summary>The state it was last wholly in.</summary>
    public string? State { get; init; }

    /// <summary>States it had nodes in, in the states' order.</summary>
    public required ImmutableArray<StateReport> States { get; init; }

    /// <summary>Node-hours that online work had of it.</summary>
    public required double BorrowedNodeHours { get; init; }

    /// <summary>Node-hours on the way from one state to another.</summary>
    public required double TransitionNodeHours { get; init; }

    /// <summary>CPU used over CPU there was, 0 to 1, by the fleet file's curves; null without a fleet file.</summary>
    public double? Utilisation { get; init; }

    /// <summary>The same as the nodes' NodeMetrics measured it; null: not measured.</summary>
    public MeasuredUtilisation? Measured { get; init; }

    /// <summary>How long single nodes were lent; null: none was.</summary>
    public HostHolding? HoldingByHost { get; init; }

    /// <summary>Of the borrowed node-hours.</summary>
    public required decimal BorrowedCost { get; init; }
}

/// <param name="TimeSpentSeconds">Node-time over the cluster's nodes: with all nodes in the state it is the time itself, and over all states it sums to the report's span.</param>
/// <param name="NodesMoved">Moves of nodes into the state.</param>
public sealed record StateReport(string State, double TimeSpentSeconds, double NodeHours, int NodesMoved);

/// <param name="Share">CPU used over the CPU of the measured nodes, 0 to 1: over time between the first and the last reading.</param>
/// <param name="Readings">Readings that it is taken from; with one it is that one.</param>
/// <param name="LeastNodes">Share of the nodes that the poorest of the readings measured, 0 to 1.</param>
public sealed record MeasuredUtilisation(double Share, DateTimeOffset From, DateTimeOffset To, int Readings, double LeastNodes);

/// <summary>How long single hosts were held.</summary>
/// <param name="Hosts">That were held at all.</param>
/// <param name="MeanSeconds">Of their times.</param>
public sealed record HostHolding(int Hosts, double MeanSeconds, double ShortestSeconds, double LongestSeconds);

public sealed record UnitReport
{
    public required string Unit { get; init; }

    /// <summary><c>cloud</c> or <c>big-data</c>.</summary>
    public required string Kind { get; init; }

    public string? Cluster { get; init; }

    /// <summary>How many it held last.</summary>
    public required int Hosts { get; init; }

    /// <summary>Hosts × hours that it held, as their number changed.</summary>
    public required double HostHours { get; init; }

    /// <summary>Of these, without traffic.</summary>
    public required double NotOnlineHostHours { get; init; }

    /// <summary>From its planning to the first inspection that passed; null: none did.</summary>
    public double? TimeToReadySeconds { get; init; }

    /// <summary>From its planning to its release, or the report's end.</summary>
    public required double HeldSeconds { get; init; }

    /// <summary>Of that, without traffic.</summary>
    public required double NotOnlineSeconds { get; init; }

    /// <summary>How long each of its hosts was held; null: none was.</summary>
    public HostHolding? HoldingByHost { get; init; }

    public required bool Released { get; init; }

    /// <summary>Host hours × price; 0 for lent nodes, whose cost the cluster bears.</summary>
    public required decimal Cost { get; init; }

    /// <summary>Of a cloud unit's database, cache and balancer; null: a price is not known. 0 for lent nodes.</summary>
    public decimal? ResourceCost { get; init; }
}

/// <summary>Orders between two readings of the counters.</summary>
/// <param name="From">The first reading within the report.</param>
/// <param name="To">The last one.</param>
/// <param name="Accepted">Orders that the application accepted.</param>
/// <param name="Rejected">All others.</param>
/// <param name="FailedReadings">Readings within the report that gave nothing; the next one that did has what happened meanwhile.</param>
public sealed record OrdersReport(DateTimeOffset From, DateTimeOffset To, double Accepted, double Rejected, ImmutableArray<DestinationOrders> ByDestination, int Readings, int FailedReadings);

/// <param name="Destination">A unit's id, or home.</param>
/// <param name="ByOutcome">As the application names the outcomes.</param>
public sealed record DestinationOrders(string Destination, ImmutableSortedDictionary<string, double> ByOutcome);

/// <param name="Resource">hosts, database, cache, balancer: rented. lent-nodes: online work's share of owned nodes.</param>
/// <param name="Hours">Machine-hours of hosts and nodes, hours of the others.</param>
/// <param name="Incremental">Paid only because of the night; what is not would have been paid anyway, and is charged to it.</param>
/// <param name="Cost">Null: a price is not known.</param>
public sealed record ResourceCost(string Resource, double Hours, bool Incremental, decimal? Cost);

/// <param name="Id">without-lending or owned-machines.</param>
/// <param name="Machines">Machines that it needs at its peak.</param>
/// <param name="Cost">Null: not known.</param>
/// <param name="CostPer10000Orders">Of the same orders; null: cost or orders are not known.</param>
public sealed record BaselineReport(string Id, double Machines, decimal? Cost, decimal? CostPer10000Orders);

public sealed record ReportTotals
{
    /// <summary>Host-hours held by online work beyond its home: cloud units and the share of batch clusters it had.</summary>
    public required double ResourceHoldingHours { get; init; }

    /// <summary>Host-hours held without serving: units without traffic, and nodes between two states.</summary>
    public required double NotOnlineHours { get; init; }

    /// <summary>How long single machines were held: rented ones, and lent nodes; null: none was.</summary>
    public HostHolding? HoldingByHost { get; init; }

    /// <summary>CPU used over CPU there was on all clusters, 0 to 1, by the fleet file's curves; null without a fleet file.</summary>
    public double? Utilisation { get; init; }

    /// <summary>The same over the clusters that were measured; null: none was.</summary>
    public double? MeasuredUtilisation { get; init; }

    /// <summary>Of what online work held: units with all they have, and borrowed nodes. Where a price is not known, what is known.</summary>
    public required decimal Cost { get; init; }

    /// <summary>Of that, what would not have been paid without the night: everything rented.</summary>
    public required decimal IncrementalCost { get; init; }

    /// <summary>Cost ÷ accepted orders × 10,000.</summary>
    public decimal? CostPer10000Orders { get; init; }

    public decimal? IncrementalCostPer10000Orders { get; init; }

    /// <summary>Orders that the application accepted.</summary>
    public double? Orders { get; init; }

    /// <summary>Requests between the first and the last reading of the traffic; null without two readings.</summary>
    public double? Requests { get; init; }

    /// <summary>Highest traffic read, in requests a second; null: none was read.</summary>
    public double? PeakDemand { get; init; }

    public DateTimeOffset? PeakAt { get; init; }

    /// <summary>The most that was served, in requests a second as a mean over a reading's window; null: not known.</summary>
    public double? PeakServed { get; init; }

    /// <summary>End of that window, which is the peak minute.</summary>
    public DateTimeOffset? PeakServedAt { get; init; }

    /// <summary>Share of what was served then that cloud units served, 0 to 1; null: not known.</summary>
    public double? ShareOfPeakOnCloud { get; init; }

    public required int NodesMoved { get; init; }
}
