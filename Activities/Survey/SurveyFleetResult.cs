using System.Collections.Immutable;
using System.ComponentModel;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Units;

namespace Orchestrator.Activities.Survey;

/// <summary>The fleet as it was found.</summary>
public sealed record SurveyFleetResult
{
    [Description("Batch clusters among those looked at, which can lend nodes, by id.")]
    public required ImmutableArray<string> Batch { get; init; }

    [Description("Online clusters among those looked at, by id.")]
    public required ImmutableArray<string> Online { get; init; }

    [Description("Each cluster with its size and states.")]
    public required ImmutableArray<FoundCluster> Clusters { get; init; }

    [Description("Nodes of all clusters together.")]
    public required int Nodes { get; init; }

    [Description("Trading units that were built and not released yet, by id.")]
    public required ImmutableArray<FoundUnit> Units { get; init; }

    [Description("Traffic weights in percent by destination, as the balancer has them.")]
    public required ImmutableDictionary<string, int> Weights { get; init; }

    [Description("What did not answer and was left out, with the reason; only with partial.")]
    public ImmutableSortedDictionary<string, string> Silent { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>One cluster of a survey.</summary>
public sealed record FoundCluster
{
    public required string Cluster { get; init; }

    public required int Nodes { get; init; }

    [Description("Nodes that are Ready.")]
    public required int Ready { get; init; }

    [Description("The state of all its nodes; absent when they differ.")]
    public ColocationState? State { get; init; }

    [Description("Nodes in each state, by the state's id.")]
    public required ImmutableSortedDictionary<string, int> States { get; init; }

    [Description("Capacity of all nodes, in thousandths of a core.")]
    public required long CpuMilli { get; init; }

    [Description("Capacity of all nodes, in MiB.")]
    public required long MemoryMiB { get; init; }

    [Description("The highest online CPU demand of the day that the fleet file forecasts, in thousandths of a core.")]
    public required long PeakOnlineCpuMilli { get; init; }
}

/// <summary>A trading unit that exists.</summary>
public sealed record FoundUnit
{
    public required string Unit { get; init; }

    public required UnitKind Kind { get; init; }

    public required UnitPhase Phase { get; init; }

    [Description("Hosts that it holds.")]
    public required int Hosts { get; init; }

    [Description("It was built to the end once, so it may hold data.")]
    public required bool Built { get; init; }

    [Description("The cluster whose nodes it runs on; absent for a cloud unit.")]
    public string? Cluster { get; init; }
}
