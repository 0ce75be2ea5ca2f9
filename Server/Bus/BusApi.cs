using System.Text.Json;
using Orchestrator.Server.Api;
using Orchestrator.Server.Identity;
using Orchestrator.Server.Environments;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Hosting;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Store;

namespace Orchestrator.Server.Bus;

/// <summary>The bus: its queues, and what nobody could handle.</summary>
internal static class BusApi
{
    /// <summary>Of what was discarded, an auditor sees so many; of the rest, how many they were.</summary>
    private const int MostTold = 1_000;

    public static void MapBus(this IEndpointRouteBuilder app)
    {
        var bus = app.MapGroup("/api/bus").WithTags("bus");
        bus.MapGet("", async (BusAdmin admin, CancellationToken cancellationToken) => BusResponse.Of(await admin.ShowAsync(cancellationToken)))
            .WithSummary("The connection between servers and its queues.").WithoutStore();
        bus.MapGet("/dead-letters", ListAsync).WithSummary("The oldest envelopes that nobody could handle; looking loses none.").WithoutStore();
        bus.MapPost("/dead-letters/replay", ReplayAsync).WithSummary("Puts dead letters into their queues again.").WithoutStore();
        bus.MapDelete("/dead-letters", DiscardAsync).WithSummary("Throws dead letters away; the audit keeps what they were, who did it and why.");
    }

    private static async Task<DeadLettersResponse> ListAsync(BusAdmin admin, int? limit, CancellationToken cancellationToken)
    {
        var list = await admin.ListDeadLettersAsync(Paging.Limit(limit), cancellationToken);
        return new DeadLettersResponse([.. list.Letters.Select(DeadLetterResponse.Of)], list.Total);
    }

    private static async Task<DeadLetterOutcomeResponse> ReplayAsync(BusAdmin admin, ReplayRequest body, HttpContext http)
    {
        var person = People.Of(http);
        var outcome = await admin.ReplayAsync(Which(body.Ids, body.All), person.Name, http.RequestAborted);
        return new DeadLetterOutcomeResponse(person.Name, outcome.Done, outcome.Kept);
    }

    private static async Task<DeadLetterOutcomeResponse> DiscardAsync(
        BusAdmin admin, Engine engine, PromotionEnvironment environment, string[]? id, bool? all, string? reason, HttpContext http)
    {
        var person = People.Of(http);
        var why = reason is { Length: > 0 } ? reason : throw ProblemException.BadRequest("Say why: reason=TEXT.");
        var ids = Which(id, all);
        var there = await admin.ListDeadLettersAsync(MostTold, http.RequestAborted);
        var subject = $"bus/dead-letters/{Guid.CreateVersion7():D}";
        // Before it is done: of what is gone nobody can tell what it was.
        var body = new DeadLettersDiscarded(why, ids?.ToArray(), there.Total, [.. there.Letters.Where(letter => ids?.Contains(letter.Id) != false).Select(DeadLetterResponse.Of)]);
        if (there.Total > 0) await KeepAsync(1, "dead-letters-discarded", JsonSerializer.SerializeToElement(body, BusJson.Default.DeadLettersDiscarded));
        try
        {
            var outcome = await admin.DiscardAsync(ids, person.Name, why, http.RequestAborted);
            return new DeadLetterOutcomeResponse(person.Name, outcome.Done, outcome.Kept);
        }
        catch (BusUnavailableException away)
        {
            await KeepAsync(2, "dead-letters-not-discarded", JsonSerializer.SerializeToElement(new DeadLettersKept(away.Message), BusJson.Default.DeadLettersKept));
            throw;
        }

        Task KeepAsync(long version, string kind, JsonElement what) =>
            engine.AddAuditEventAsync(new AuditEvent(0, subject, version, kind, person.Name, environment.Time.GetUtcNow(), what), cancellationToken: http.RequestAborted);
    }

    /// <summary>Null: all.</summary>
    private static HashSet<string>? Which(IReadOnlyList<string>? ids, bool? all) => (ids, all) switch
    {
        ({ Count: > 0 }, null or false) => [.. ids],
        (null or { Count: 0 }, true) => null,
        _ => throw ProblemException.BadRequest("Say which dead letters: some by their ids, or all of them."),
    };
}
