using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Orchestrator.Fleet.Capacity;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Units;
using Orchestrator.Fleet.Views;
using Orchestrator.Infra.Clusters;
using Orchestrator.Infra.Provisioning;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Server.Api;
using Orchestrator.Server.Environments;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.FleetViews;

/// <summary>The fleet as the facts show it at <paramref name="Position"/>.</summary>
/// <param name="Simulated">It stands on the simulated cloud.</param>
/// <param name="Weights">Traffic in percent by destination.</param>
internal sealed record FleetResponse(
    long Position, DateTimeOffset? At, bool Simulated, IReadOnlyList<ClusterResponse> Clusters, IReadOnlyList<UnitResponse> Units,
    ImmutableDictionary<string, int> Weights, double Demand, InvariantReport Invariants);

internal sealed record ClusterResponse(string Id, string? State, int Nodes, long CpuMilli, IReadOnlyDictionary<string, int> NodesByState, ShiftResponse? Shift)
{
    public static ClusterResponse Of(ClusterView cluster) => new(
        cluster.Id, cluster.State is { } state ? Words.Of(state) : null, cluster.Nodes, cluster.CpuMilli,
        cluster.NodesByState.ToDictionary(pair => Words.Of(pair.Key), pair => pair.Value),
        cluster.Shift is { } shift ? new ShiftResponse(Words.Of(shift.From), Words.Of(shift.To), shift.Since, shift.WaveSizes, shift.Confirmed) : null);
}

/// <param name="Confirmed">Waves read back so far.</param>
internal sealed record ShiftResponse(string From, string To, DateTimeOffset Since, ImmutableArray<int> WaveSizes, int Confirmed);

internal sealed record UnitResponse(string Id, string Kind, string? Cluster, int Hosts, string Phase, bool Inspected, IReadOnlyList<string> Endpoints, IReadOnlyList<string> Findings)
{
    public static UnitResponse Of(UnitView unit) => new(
        unit.Id, Words.Of(unit.Kind), unit.Cluster, unit.Hosts, Words.Of(unit.Phase), unit.Inspected, unit.Endpoints, unit.Findings);
}

/// <summary>A node as its cluster's API has it now.</summary>
/// <param name="State">The co-location state that its label shows; null without a known label.</param>
internal sealed record NodeResponse(string Name, string? State, bool Ready, long CpuMilli, long MemoryMiB)
{
    public static NodeResponse Of(SurveyedNode node) => new(node.Name, node.State is { } state ? Words.Of(state) : null, node.Ready, node.CpuMilli, node.MemoryMiB);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(FleetResponse))]
[JsonSerializable(typeof(Page<ClusterResponse>))]
[JsonSerializable(typeof(Page<UnitResponse>))]
[JsonSerializable(typeof(Page<NodeResponse>))]
[JsonSerializable(typeof(LedgerResponse))]
internal sealed partial class FleetJson : JsonSerializerContext;

/// <summary>The fleet, its units and the capacity ledger.</summary>
internal static class FleetApi
{
    /// <summary>Most runs that a timeline tells the cost of, the dearest first.</summary>
    private const int MostRuns = 200;

    public static void MapFleet(this IEndpointRouteBuilder app)
    {
        var fleet = app.MapGroup("/api/fleet").WithTags("fleet");
        fleet.MapGet("", ShowAsync).WithSummary("Clusters, units, traffic and invariants as the journal's facts show them.");
        fleet.MapGet("/clusters", ClustersAsync).WithSummary("A page of the clusters.");
        fleet.MapGet("/clusters/{id}", ClusterAsync).WithSummary("One cluster.");
        fleet.MapGet("/clusters/{id}/nodes", NodesAsync).WithSummary("A page of a cluster's nodes, as its API has them; read at most 5 s ago.");
        fleet.MapGet("/clusters/{id}/map", MapAsync).WithSummary("All nodes of a cluster by zone, pool and state, as compact arrays; read at most 5 s ago. Has an ETag.")
            .Produces<NodeMapResponse>().Produces(StatusCodes.Status304NotModified);
        fleet.MapGet("/ledger/timeline", TimelineAsync).WithSummary("The capacity ledger as lanes over time: who held what from when to when, utilisation, holding time, cost by cluster, unit and run.");
        fleet.MapGet("/ledger", LedgerAsync).WithSummary("Who held which capacity from when to when; of one run's tree, or of all.");
        app.MapGet("/api/units", UnitsAsync).WithTags("units").WithSummary("A page of the trading units, released ones too.");
        app.MapGet("/api/units/{id}", UnitAsync).WithTags("units").WithSummary("One trading unit with its lives, inspections and resources.");
    }

    private static async Task<FleetResponse> ShowAsync(FleetViewer viewer, PromotionEnvironment environment, CancellationToken cancellationToken)
    {
        var (view, invariants, position) = await viewer.ReadAsync(cancellationToken);
        return new FleetResponse(
            position, view.At, environment.Simulated, [.. view.Clusters.Values.Select(ClusterResponse.Of)], [.. view.Units.Values.Select(UnitResponse.Of)],
            view.Weights, view.Demand, invariants);
    }

    private static async Task<Page<ClusterResponse>> ClustersAsync(FleetViewer viewer, string? cursor, int? limit, CancellationToken cancellationToken) =>
        Paging.Of([.. (await viewer.ReadAsync(cancellationToken)).View.Clusters.Values], cursor, limit, ClusterResponse.Of);

    private static async Task<ClusterResponse> ClusterAsync(string id, FleetViewer viewer, CancellationToken cancellationToken) =>
        (await viewer.ReadAsync(cancellationToken)).View.Clusters.TryGetValue(id, out var cluster)
            ? ClusterResponse.Of(cluster)
            : throw ProblemException.NotFound($"cluster {id} in the facts so far");

    private static async Task<Page<UnitResponse>> UnitsAsync(FleetViewer viewer, string? cursor, int? limit, CancellationToken cancellationToken) =>
        Paging.Of([.. (await viewer.ReadAsync(cancellationToken)).View.Units.Values], cursor, limit, UnitResponse.Of);

    private static async Task<UnitDetail> UnitAsync(string id, FleetViewer viewer, IStacks stacks, CancellationToken cancellationToken)
    {
        var detail = await viewer.ReadAsync((projection, _) => projection.View.Units.TryGetValue(id, out var unit) ? Detail(unit, projection, viewer.Until(projection)) : null, cancellationToken)
            ?? throw ProblemException.NotFound($"unit {id} in the facts so far");
        var project = Path.GetFileName(StackPrograms.For(Words.Parse<UnitKind>(detail.Kind, "kind of unit")));
        return detail with
        {
            Resources = await stacks.ResourcesAsync(project, id, cancellationToken) is { } resources
                ? [.. resources.Select(one => new ResourceResponse(one.Name, one.Type, one.Id, one.Created, one.Modified, one.Pending, one.DependsOn))] : null,
        };
    }

    private static UnitDetail Detail(UnitView unit, FleetProjection projection, DateTimeOffset until)
    {
        var lives = projection.Ledger.Units.Select((life, index) => (life, Holder: projection.UnitHolders[index])).Where(pair => pair.life.Unit == unit.Id).Select(pair => new UnitLife(
            pair.life.Planned, pair.life.Provisioned, pair.life.Ready, pair.life.Released, pair.life.Ready is { } ready ? Math.Round((ready - pair.life.Planned).TotalSeconds, 1) : null,
            pair.life.Cost(pair.life.Planned, until),
            pair.Holder.Run.ToString(), pair.Holder.Path.Value));
        return new UnitDetail(
            unit.Id, Words.Of(unit.Kind), unit.Cluster, unit.Hosts, Words.Of(unit.Phase), unit.Inspected, unit.Endpoints, unit.Findings,
            projection.View.Weights.GetValueOrDefault(unit.Id), unit.Failure, [.. lives],
            [.. projection.Inspections.Where(one => one.Fact.Unit == unit.Id).TakeLast(20).Reverse().Select(InspectionResponse.Of)], null);
    }

    private static async Task<IResult> MapAsync(string id, HttpContext http, ClusterSurveys surveys, PromotionEnvironment environment, CancellationToken cancellationToken)
    {
        var observed = await surveys.ReadAsync(id, cancellationToken) ?? throw ProblemException.NotFound($"cluster {id}");
        return ETags.Answer(http, observed.Digest, () => NodeMap(observed.Survey!, environment));
    }

    private static NodeMapResponse NodeMap(ClusterSurvey survey, PromotionEnvironment environment)
    {
        var known = environment.Fleet.Fleet.Find(survey.Cluster);
        var places = known?.ListNodes().ToDictionary(node => node.Name, node => (node.Zone, Pool: node.Pool.Name), StringComparer.Ordinal) ?? [];
        ImmutableArray<string> zones = [.. places.Values.Select(place => place.Zone).Distinct()];
        ImmutableArray<string> pools = [.. places.Values.Select(place => place.Pool).Distinct()];
        return new NodeMapResponse(
            survey.Cluster, survey.At, survey.Simulated, zones, pools, [.. ColocationStates.All.Select(Words.Of)], [.. survey.Nodes.Select(node => node.Name)],
            [.. survey.Nodes.Select(node => places.TryGetValue(node.Name, out var place) ? zones.IndexOf(place.Zone) : -1)],
            [.. survey.Nodes.Select(node => places.TryGetValue(node.Name, out var place) ? pools.IndexOf(place.Pool) : -1)],
            [.. survey.Nodes.Select(node => node.State is { } state ? (int)state : -1)],
            [.. survey.Nodes.Select(node => (node.Ready ? 1 : 0) + (node.Schedulable ? 2 : 0))]);
    }

    private static async Task<TimelineResponse> TimelineAsync(
        Guid? run, DateTimeOffset? from, DateTimeOffset? to, FleetViewer viewer, Engine engine, ProfileSet profiles, PromotionEnvironment environment, CancellationToken cancellationToken)
    {
        if (from > to)
        {
            throw ProblemException.BadRequest("from must be before to.");
        }

        if (run is { } id && await engine.FindAsync(new RunId(id), cancellationToken) is null)
        {
            throw ProblemException.NotFound($"run {id}");
        }

        var (answer, byRun) = run is { } tree
            ? Draw(await viewer.OfTreeAsync(new RunId(tree), cancellationToken))
            : await viewer.ReadAsync((projection, _) => Draw(projection), cancellationToken);
        var costs = new List<RunCost>();
        foreach (var (holder, sum) in byRun.OrderByDescending(pair => pair.Value.Cost).Take(MostRuns))
        {
            var found = await engine.FindAsync(new RunId(holder), cancellationToken);
            costs.Add(new RunCost(holder.ToString(), found?.Runbook, found?.StartedBy, found?.Root.ToString(), Math.Round(sum.Nodes, 4), Math.Round(sum.Hosts, 4), sum.Cost));
        }

        return answer with { ByRun = costs };

        (TimelineResponse, IReadOnlyDictionary<Guid, (double Nodes, double Hosts, decimal Cost)>) Draw(FleetProjection projection)
        {
            var until = viewer.Until(projection);
            var (begin, end) = (from ?? projection.Ledger.Since ?? until, to is { } given && given < until ? given : until);
            var timeline = new Timeline(projection, profiles, environment.Fleet.Fleet, begin, end);
            return (new TimelineResponse(
                begin, end, environment.Fleet.Fleet.Currency, timeline.Lanes(), timeline.Units(), timeline.Traffic(), timeline.Readings(), [],
                new ReportWriter(profiles, environment.Fleet.Fleet).Write(projection.Ledger, until)), timeline.ByRun);
        }
    }

    private static async Task<Page<NodeResponse>> NodesAsync(string id, ClusterSurveys surveys, string? state, string? cursor, int? limit, CancellationToken cancellationToken)
    {
        if (state is not null)
        {
            _ = Words.Parse<ColocationState>(state, "co-location state");
        }

        var observed = await surveys.ReadAsync(id, cancellationToken) ?? throw ProblemException.NotFound($"cluster {id}");
        return Paging.Of([.. observed.Survey!.Nodes.Select(NodeResponse.Of).Where(node => state is null || node.State == state)], cursor, limit, node => node);
    }

    private static async Task<LedgerResponse> LedgerAsync(Guid? run, FleetViewer viewer, Engine engine, CancellationToken cancellationToken)
    {
        if (run is { } id && await engine.FindAsync(new RunId(id), cancellationToken) is null)
        {
            throw ProblemException.NotFound($"run {id}");
        }

        return await viewer.LedgerAsync(run is { } known ? new RunId(known) : null, cancellationToken);
    }
}
