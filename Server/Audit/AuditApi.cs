using System.Text.Json.Serialization;
using Orchestrator.Server.Api;

namespace Orchestrator.Server.Audit;

/// <param name="Complete">The journal was read to its end; false for a moment after a start on a long one, while it is read.</param>
internal sealed record AuditPage(IReadOnlyList<AuditEntry> Items, string? Next, bool Complete);

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
            var (entries, next, complete) = await trail.ReadAsync(new AuditQuery(by, run, kind, from, to), cursor, Paging.Limit(limit), cancellationToken);
            return new AuditPage(entries, next, complete);
        }
        catch (FormatException exception)
        {
            throw ProblemException.BadRequest(exception.Message);
        }
    }
}
