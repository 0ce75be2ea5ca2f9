using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Fleet.Units;
using Orchestrator.Server.Api;
using Orchestrator.Server.FleetViews;
using Orchestrator.Server.Identity;
using Orchestrator.Server.Pipeline;
using Orchestrator.Server.Runbooks;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Execution.Runs;

namespace Orchestrator.Server.Inspections;

/// <summary>Inspections: history, what is wrong where, run again.</summary>
internal static class InspectionsApi
{
    private const string Runbook = "inspect";
    private const int MostTargets = 50;

    public static void MapInspections(this IEndpointRouteBuilder app)
    {
        var inspections = app.MapGroup("/api/inspections").WithTags("inspections");
        inspections.MapGet("", ListAsync).WithSummary("A page of the inspections, newest first.");
        inspections.MapPost("", StartAsync).GatedAsStart().WithSummary("Inspects units as the caller: starts a run of runbook inspect.").Produces<InspectResponse>(StatusCodes.Status201Created);
        inspections.MapGet("/heat", HeatAsync).WithSummary("The last inspection of every unit that stands, by place, and the findings by cause.");
        inspections.MapGet("/{id}", ShowAsync).WithSummary("One inspection, its findings by cause, and those of the unit before.");
    }

    private static Task<Page<InspectionResponse>> ListAsync(
        FleetViewer viewer, string? unit, string? place, bool? passed, Guid? run, string? cursor, int? limit, CancellationToken cancellationToken) =>
        viewer.ReadAsync(
            (projection, _) => Paging.Of(
                [.. projection.Inspections.Reverse().Where(one => (unit is null || one.Fact.Unit == unit) && (place is null || (one.Cluster ?? InspectionResponse.Cloud) == place)
                    && (passed is null || one.Fact.Passed == passed) && (run is null || one.Run.Value == run))],
                cursor, limit, InspectionResponse.Of),
            cancellationToken);

    private static Task<InspectionDetail> ShowAsync(string id, FleetViewer viewer, CancellationToken cancellationToken) =>
        viewer.ReadAsync(
            (projection, _) =>
            {
                var recorded = projection.Inspections.LastOrDefault(one => one.Id == id) ?? throw ProblemException.NotFound($"inspection {id}");
                var answer = InspectionResponse.Of(recorded);
                return new InspectionDetail(
                    answer, Causes([answer]),
                    [.. projection.Inspections.TakeWhile(one => one != recorded).Where(one => one.Fact.Unit == recorded.Fact.Unit).Reverse().Take(20).Select(InspectionResponse.Of)]);
            },
            cancellationToken);

    private static Task<HeatMapResponse> HeatAsync(FleetViewer viewer, CancellationToken cancellationToken) =>
        viewer.ReadAsync(
            (projection, _) =>
            {
                var standing = projection.View.Units.Values.Where(unit => unit.Phase.IsAlive()).Select(unit => unit.Id).ToHashSet(StringComparer.Ordinal);
                var last = projection.Inspections.Where(one => standing.Contains(one.Fact.Unit)).GroupBy(one => one.Fact.Unit).Select(group => InspectionResponse.Of(group.Last())).ToList();
                var checks = last.SelectMany(one => one.Findings).Select(finding => finding.Check).Distinct().Order(StringComparer.Ordinal).ToList();
                return new HeatMapResponse(
                    checks,
                    [.. last.GroupBy(one => one.Place).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => new HeatPlace(
                        group.Key, group.Count(), group.Count(one => one.Passed), [.. group.OrderBy(one => one.Unit, StringComparer.Ordinal).Select(one => Row(one, checks))]))],
                    Causes(last), [.. standing.Except(last.Select(one => one.Unit)).Order(StringComparer.Ordinal)]);
            },
            cancellationToken);

    private static HeatRow Row(InspectionResponse one, List<string> checks) => new(
        one.Unit, one.Id, one.At, one.Passed, one.Checks,
        [.. checks.Select(check => new HeatCell(
            one.Findings.Count(finding => finding.Check == check && finding.Verdict == "failed"), one.Findings.Count(finding => finding.Check == check && finding.Verdict == "unanswered")))]);

    private static List<CauseResponse> Causes(IReadOnlyCollection<InspectionResponse> inspections) =>
    [
        .. inspections.SelectMany(one => one.Findings.Select(finding => (One: one, Finding: finding)))
            .GroupBy(pair => (pair.Finding.Check, pair.Finding.Verdict, pair.Finding.Detail))
            .OrderByDescending(group => group.Count()).ThenBy(group => group.Key.Check, StringComparer.Ordinal)
            .Select(group => new CauseResponse(
                group.Key.Check, group.Key.Verdict, group.Key.Detail, group.Count(), [.. group.Select(pair => pair.One.Place).Distinct()],
                [.. group.Select(pair => pair.One.Unit).Distinct()], [.. group.Select(pair => pair.Finding.Target).Take(MostTargets)])),
    ];

    private static async Task<IResult> StartAsync(
        InspectRequest? body, HttpContext http, Engine engine, RunbookCatalog catalog, PublishedVersions published, CancellationToken cancellationToken)
    {
        var person = People.Of(http);
        await published.RefreshAsync(cancellationToken);
        var runbook = catalog.ReadForRequest(Runbook, null, http.Budget());
        var inputs = new JsonObject { ["units"] = new JsonArray([.. (body?.Units ?? []).Select(unit => (JsonNode)unit)]) };
        if (body?.Deadline is { } deadline)
        {
            inputs["deadline"] = deadline;
        }

        var result = await engine.StartAsync(new StartRequest(runbook, RunbookCatalog.BindForRequest(runbook, JsonSerializer.SerializeToElement(inputs)), person.Name), cancellationToken);
        return result.Refusal is { } refusal ? throw ProblemResponses.Of(refusal) : TypedResults.Created($"/api/runs/{result.Run}", new InspectResponse(result.Run.ToString()));
    }
}
