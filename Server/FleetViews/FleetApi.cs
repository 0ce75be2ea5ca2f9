using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Views;
using Orchestrator.Infra.Clusters;
using Orchestrator.Server.Api;
using Orchestrator.Server.Night;
using Orchestrator.Workflows;
using Orchestrator.Workflows.Execution;

namespace Orchestrator.Server.FleetViews;

/// <summary>The fleet as the facts show it at <paramref name="Position"/>.</summary>
/// <param name="Simulated">It stands on the simulated cloud.</param>
/// <param name="Weights">Traffic in percent by destination.</param>
internal sealed record FleetAnswer(
    long Position, DateTimeOffset? At, bool Simulated, IReadOnlyList<ClusterAnswer> Clusters, IReadOnlyList<UnitAnswer> Units,
    ImmutableDictionary<string, int> Weights, double Demand, InvariantReport Invariants);

internal sealed record ClusterAnswer(string Id, string? State, int Nodes, long CpuMilli, IReadOnlyDictionary<string, int> NodesByState, ShiftAnswer? Shift)
{
    public static ClusterAnswer Of(ClusterView cluster) => new(
        cluster.Id, cluster.State is { } state ? Words.Of(state) : null, cluster.Nodes, cluster.CpuMilli,
        cluster.NodesByState.ToDictionary(pair => Words.Of(pair.Key), pair => pair.Value),
        cluster.Shift is { } shift ? new ShiftAnswer(Words.Of(shift.From), Words.Of(shift.To), shift.Since, shift.WaveSizes, shift.Confirmed) : null);
}

/// <param name="Confirmed">Waves read back so far.</param>
internal sealed record ShiftAnswer(string From, string To, DateTimeOffset Since, ImmutableArray<int> WaveSizes, int Confirmed);

internal sealed record UnitAnswer(string Id, string Kind, string? Cluster, int Hosts, string Phase, bool Inspected, IReadOnlyList<string> Endpoints, IReadOnlyList<string> Findings)
{
    public static UnitAnswer Of(UnitView unit) => new(
        unit.Id, Words.Of(unit.Kind), unit.Cluster, unit.Hosts, Words.Of(unit.Phase), unit.Inspected, unit.Endpoints, unit.Findings);
}

/// <summary>A node as its cluster's API has it now.</summary>
/// <param name="State">The co-location state that its label shows; null without a known label.</param>
internal sealed record NodeAnswer(string Name, string? State, bool Ready, long CpuMilli, long MemoryMiB)
{
    public static NodeAnswer Of(SurveyedNode node) => new(node.Name, node.State is { } state ? Words.Of(state) : null, node.Ready, node.CpuMilli, node.MemoryMiB);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(FleetAnswer))]
[JsonSerializable(typeof(Page<ClusterAnswer>))]
[JsonSerializable(typeof(Page<UnitAnswer>))]
[JsonSerializable(typeof(Page<NodeAnswer>))]
[JsonSerializable(typeof(LedgerAnswer))]
internal sealed partial class FleetJson : JsonSerializerContext;

/// <summary>The fleet, its units and the capacity ledger.</summary>
internal static class FleetApi
{
    public static void MapFleet(this IEndpointRouteBuilder app)
    {
        var fleet = app.MapGroup("/api/fleet").WithTags("fleet");
        fleet.MapGet("", ShowAsync).WithSummary("Clusters, units, traffic and invariants as the journal's facts show them.");
        fleet.MapGet("/clusters", ClustersAsync).WithSummary("A page of the clusters.");
        fleet.MapGet("/clusters/{id}", ClusterAsync).WithSummary("One cluster.");
        fleet.MapGet("/clusters/{id}/nodes", NodesAsync).WithSummary("A page of a cluster's nodes, as its API has them; read at most 5 s ago.");
        fleet.MapGet("/ledger", LedgerAsync).WithSummary("Who held which capacity from when to when; of one run's tree, or of all.");
        app.MapGet("/api/units", UnitsAsync).WithTags("units").WithSummary("A page of the trading units, released ones too.");
        app.MapGet("/api/units/{id}", UnitAsync).WithTags("units").WithSummary("One trading unit.");
    }

    private static async Task<FleetAnswer> ShowAsync(FleetViewer viewer, PromotionNight night, CancellationToken cancellationToken)
    {
        var (view, invariants, position) = await viewer.ReadAsync(cancellationToken);
        return new FleetAnswer(
            position, view.At, night.Simulated, [.. view.Clusters.Values.Select(ClusterAnswer.Of)], [.. view.Units.Values.Select(UnitAnswer.Of)],
            view.Weights, view.Demand, invariants);
    }

    private static async Task<Page<ClusterAnswer>> ClustersAsync(FleetViewer viewer, string? cursor, int? limit, CancellationToken cancellationToken) =>
        Paging.Of([.. (await viewer.ReadAsync(cancellationToken)).View.Clusters.Values], cursor, limit, ClusterAnswer.Of);

    private static async Task<ClusterAnswer> ClusterAsync(string id, FleetViewer viewer, CancellationToken cancellationToken) =>
        (await viewer.ReadAsync(cancellationToken)).View.Clusters.TryGetValue(id, out var cluster)
            ? ClusterAnswer.Of(cluster)
            : throw ProblemException.NotFound($"cluster {id} in the facts so far");

    private static async Task<Page<UnitAnswer>> UnitsAsync(FleetViewer viewer, string? cursor, int? limit, CancellationToken cancellationToken) =>
        Paging.Of([.. (await viewer.ReadAsync(cancellationToken)).View.Units.Values], cursor, limit, UnitAnswer.Of);

    private static async Task<UnitAnswer> UnitAsync(string id, FleetViewer viewer, CancellationToken cancellationToken) =>
        (await viewer.ReadAsync(cancellationToken)).View.Units.TryGetValue(id, out var unit)
            ? UnitAnswer.Of(unit)
            : throw ProblemException.NotFound($"unit {id} in the facts so far");

    private static async Task<Page<NodeAnswer>> NodesAsync(string id, ClusterSurveys surveys, string? state, string? cursor, int? limit, CancellationToken cancellationToken)
    {
        if (state is not null)
        {
            _ = Words.Parse<ColocationState>(state, "co-location state");
        }

        var observed = await surveys.ReadAsync(id, cancellationToken) ?? throw ProblemException.NotFound($"cluster {id}");
        return Paging.Of([.. observed.Survey!.Nodes.Select(NodeAnswer.Of).Where(node => state is null || node.State == state)], cursor, limit, node => node);
    }

    private static async Task<LedgerAnswer> LedgerAsync(Guid? run, FleetViewer viewer, Engine engine, CancellationToken cancellationToken)
    {
        if (run is { } id && await engine.FindAsync(new RunId(id), cancellationToken) is null)
        {
            throw ProblemException.NotFound($"run {id}");
        }

        return await viewer.LedgerAsync(run is { } known ? new RunId(known) : null, cancellationToken);
    }
}
