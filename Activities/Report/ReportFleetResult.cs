using System.Collections.Immutable;
using System.ComponentModel;
using Orchestrator.Fleet.Capacity;

namespace Orchestrator.Activities.Report;

/// <summary>What a promotion held, moved and cost, and whether the fleet's invariants held all the way.</summary>
public sealed record ReportFleetResult
{
    [Description("Clusters, units and totals, drawn from the capacity ledger.")]
    public required FleetReport Report { get; init; }

    [Description("The fleet's invariants, checked after every fact.")]
    public required InvariantsReport Invariants { get; init; }
}

/// <summary>The invariants over a journal.</summary>
public sealed record InvariantsReport
{
    [Description("Facts after which they were checked.")]
    public required int Checked { get; init; }

    [Description("What did not hold, where it began not to hold. Empty: they held at every position.")]
    public required ImmutableArray<BrokenInvariant> Broken { get; init; }
}

/// <summary>An invariant that did not hold.</summary>
public sealed record BrokenInvariant
{
    [Description("Position in the journal of the fact that broke it.")]
    public required long Position { get; init; }

    public required DateTimeOffset At { get; init; }

    public required string Invariant { get; init; }

    [Description("The cluster, unit or destination.")]
    public required string Subject { get; init; }

    public required string Message { get; init; }
}
