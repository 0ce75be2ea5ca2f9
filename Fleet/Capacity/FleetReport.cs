using System.Collections.Immutable;

namespace Orchestrator.Fleet.Capacity;

/// <summary>What a promotion held, moved and cost; plain values for JSON. Formulas stand in docs/fleet.md.</summary>
public sealed record FleetReport
{
    /// <summary>The first fact.</summary>
    public required DateTimeOffset From { get; init; }

    public required DateTimeOffset To { get; init; }

    public required string Currency { get; init; }

    public required ImmutableArray<ClusterReport> Clusters { get; init; }

    public required ImmutableArray<UnitReport> Units { get; init; }

    public required ReportTotals Totals { get; init; }
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

    /// <summary>CPU used over CPU there was, 0 to 1; null without a fleet file.</summary>
    public double? Utilisation { get; init; }

    /// <summary>Of the borrowed node-hours.</summary>
    public required decimal BorrowedCost { get; init; }
}

/// <param name="TimeSpentSeconds">Node-time over the cluster's nodes: with all nodes in the state it is the time itself, and over all states it sums to the report's span.</param>
/// <param name="NodesMoved">Moves of nodes into the state.</param>
public sealed record StateReport(string State, double TimeSpentSeconds, double NodeHours, int NodesMoved);

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

    public required bool Released { get; init; }

    /// <summary>Host hours × price; 0 for lent nodes.</summary>
    public required decimal Cost { get; init; }
}

public sealed record ReportTotals
{
    /// <summary>Host-hours held by online work beyond its home: cloud units and the share of batch clusters it had.</summary>
    public required double ResourceHoldingHours { get; init; }

    /// <summary>Host-hours held without serving: units without traffic, and nodes between two states.</summary>
    public required double NotOnlineHours { get; init; }

    /// <summary>CPU used over CPU there was on all clusters, 0 to 1; null without a fleet file.</summary>
    public double? Utilisation { get; init; }

    /// <summary>Of what online work held: units and borrowed nodes.</summary>
    public required decimal Cost { get; init; }

    /// <summary>Requests between the first and the last reading of the traffic.</summary>
    public required double Transactions { get; init; }

    /// <summary>Null without transactions.</summary>
    public decimal? CostPerTransaction { get; init; }

    /// <summary>Highest traffic read, in requests a second.</summary>
    public required double PeakDemand { get; init; }

    public DateTimeOffset? PeakAt { get; init; }

    /// <summary>Share of that peak that went to cloud units, 0 to 1; null without a reading.</summary>
    public double? ShareOfPeakOnCloud { get; init; }

    public required int NodesMoved { get; init; }
}
