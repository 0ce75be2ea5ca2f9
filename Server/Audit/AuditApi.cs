using System.Text.Json.Serialization;
using Orchestrator.Server.Api;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Audit;

internal sealed record AuditPage(IReadOnlyList<AuditEntry> Items, string? Next);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AuditPage))]
internal sealed partial class AuditJson : JsonSerializerContext;

/// <summary>Who did what, when.</summary>
internal static class AuditApi
{
    public static void MapAudit(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/audit", ListAsync).WithTags("audit").WithSummary("A page of what people did, to runs and outside of them, newest first; by person, run, kind and time.");

    private static async Task<AuditPage> ListAsync(
        AuditTrail trail, string? by, Guid? run, string? kind, DateTimeOffset? from, DateTimeOffset? to, string? cursor, int? limit, CancellationToken cancellationToken)
    {
        try
        {
            var query = new AuditQuery { By = by, Run = run is { } id ? new RunId(id) : null, Kinds = kind is null ? null : [kind], From = from, To = to };
            var (entries, next) = await trail.ReadAsync(query, cursor, Paging.Limit(limit), cancellationToken);
            return new AuditPage(entries, next);
        }
        catch (FormatException exception)
        {
            throw ProblemException.BadRequest(exception.Message);
        }
    }
}
