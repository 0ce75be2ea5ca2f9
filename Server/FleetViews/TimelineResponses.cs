using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Orchestrator.Fleet.Capacity;

namespace Orchestrator.Server.FleetViews;

/// <summary>Who held what from when to when. Times are on the environment clock; what is still held counts to <paramref name="To"/>.</summary>
/// <param name="Lanes">A lane for each cluster, and one for each of its node groups where facts and fleet file tell them.</param>
/// <param name="Report">Utilisation, holding time and cost of clusters, units and all together, over all the time there are facts of.</param>
/// <param name="ByRun">What each run's holdings cost between from and to; clusters by the share that online work has of the nodes.</param>
internal sealed record TimelineResponse(
    DateTimeOffset From, DateTimeOffset To, string Currency, IReadOnlyList<HoldingLane> Lanes, IReadOnlyList<UnitLane> Units, IReadOnlyList<WeightSpan> Traffic,
    IReadOnlyList<ReadingResponse> Readings, IReadOnlyList<RunCost> ByRun, FleetReport Report);

/// <param name="Group">The pool of the fleet file; null: the whole cluster.</param>
internal sealed record HoldingLane(string Cluster, string? Group, IReadOnlyList<HoldingSpan> Spans);

/// <param name="Open">It is still so.</param>
/// <param name="Run">The run and step that made it so, or that found it so.</param>
/// <param name="NodeHours">Online work's share of the nodes × hours; 0 for an online home.</param>
internal sealed record HoldingSpan(string State, int Nodes, DateTimeOffset From, DateTimeOffset To, bool Open, string Run, string Path, double NodeHours, decimal Cost);

/// <param name="Run">The run and step that planned the unit.</param>
internal sealed record UnitLane(string Unit, string Kind, string? Cluster, int Hosts, string Run, string Path, IReadOnlyList<UnitSpan> Spans, decimal Cost);

/// <param name="Phase">building, uninspected, idle (ready, without traffic) or online.</param>
internal sealed record UnitSpan(string Phase, DateTimeOffset From, DateTimeOffset To, bool Open);

internal sealed record WeightSpan(DateTimeOffset From, IReadOnlyDictionary<string, int> Weights);

internal sealed record ReadingResponse(DateTimeOffset At, double Demand);

/// <param name="Root">The outermost run.</param>
internal sealed record RunCost(string Run, string? Runbook, string? StartedBy, string? Root, double ClusterNodeHours, double UnitHostHours, decimal Cost);

/// <summary>
/// The nodes of a cluster as its API shows them, as arrays beside each other: <paramref name="Zone"/>, <paramref name="Pool"/> and <paramref name="State"/> are
/// indices into the lists of words, -1 where it is not known. Zones and pools come from the fleet file.
/// </summary>
/// <param name="At">When it was read, by the cluster's API.</param>
/// <param name="Flags">1: ready, 2: schedulable; the sum.</param>
internal sealed record NodeMapResponse(
    string Cluster, DateTimeOffset At, bool Simulated, ImmutableArray<string> Zones, ImmutableArray<string> Pools, ImmutableArray<string> States,
    ImmutableArray<string> Names, ImmutableArray<int> Zone, ImmutableArray<int> Pool, ImmutableArray<int> State, ImmutableArray<int> Flags);

/// <summary>A trading unit in full.</summary>
/// <param name="Weight">Percent of the traffic.</param>
/// <param name="Lives">Of this name: released and planned again is another life.</param>
/// <param name="Resources">What its stack holds, each after what it depends on; null: there is no stack, or its driver does not tell.</param>
internal sealed record UnitDetail(
    string Id, string Kind, string? Cluster, int Hosts, string Phase, bool Inspected, IReadOnlyList<string> Endpoints, IReadOnlyList<string> Findings, int Weight, string? Failure, IReadOnlyList<UnitLife> Lives, IReadOnlyList<InspectionResponse> Inspections, IReadOnlyList<ResourceResponse>? Resources);

internal sealed record UnitLife(DateTimeOffset Planned, DateTimeOffset? Provisioned, DateTimeOffset? Ready, DateTimeOffset? Released, double? TimeToReadySeconds, decimal Cost, string Run, string Path);

internal sealed record ResourceResponse(string Name, string Type, string? Id, DateTimeOffset? Created, DateTimeOffset? Modified, string? Pending, IReadOnlyList<string> DependsOn);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TimelineResponse))]
[JsonSerializable(typeof(NodeMapResponse))]
[JsonSerializable(typeof(UnitDetail))]
internal sealed partial class TimelineJson : JsonSerializerContext;
