using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Orchestrator.Server.Api;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Server.Catalog;

/// <summary>What a runbook step can do.</summary>
/// <param name="Name">As <c>run</c> names it.</param>
/// <param name="Effect">none, reversible (a step needs an undo) or destructive (it needs an approval before it as well).</param>
/// <param name="Arguments">JSON schema of <c>with</c>; <c>${ … }</c> may stand for any value.</param>
/// <param name="Result">JSON schema of what <c>steps.ID.result</c> gives.</param>
internal sealed record ActivityResponse(string Name, string Title, string? Description, string Effect, JsonNode Arguments, JsonNode Result)
{
    public static ActivityResponse Of(ActivityInfo info) =>
        new(info.Name, info.Title, info.Description, Words.Of(info.Effect), info.ArgumentsSchema, info.ResultSchema);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Page<ActivityResponse>))]
internal sealed partial class CatalogJson : JsonSerializerContext;

/// <summary>The catalogue of activities, for the designer's palette and forms.</summary>
internal static class CatalogApi
{
    public static void MapCatalog(this IEndpointRouteBuilder app)
    {
        var activities = app.MapGroup("/api/activities").WithTags("activities").WithoutStore();
        activities.MapGet("", List).WithSummary("A page of the activities that a step can run, with the JSON schemas of arguments and result.");
        activities.MapGet("/{name}", Show).WithSummary("One activity.");
    }

    private static Page<ActivityResponse> List(ActivityCatalog catalog, string? cursor, int? limit) =>
        Paging.Of([.. catalog.Activities.Values.OrderBy(info => info.Name, StringComparer.Ordinal)], cursor, limit, ActivityResponse.Of);

    private static ActivityResponse Show(string name, ActivityCatalog catalog) =>
        catalog.Activities.TryGetValue(name, out var info) ? ActivityResponse.Of(info) : throw ProblemException.NotFound($"activity {name}");
}
