using System.Text.Json;
using Orchestrator.Server.Api;
using Orchestrator.Server.Identity;
using Orchestrator.Server.Night;
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
        bus.MapGet("", async (BusDesk desk, CancellationToken cancellationToken) => BusAnswer.Of(await desk.ShowAsync(cancellationToken)))
            .WithSummary("The connection between nodes and its queues.").WithoutStore();
        bus.MapGet("/dead-letters", ListAsync).WithSummary("The oldest parcels that nobody could handle; looking loses none.").WithoutStore();
        bus.MapPost("/dead-letters/replay", ReplayAsync).WithSummary("Puts dead letters into their queues again.").WithoutStore();
        bus.MapDelete("/dead-letters", DiscardAsync).WithSummary("Throws dead letters away; the audit keeps what they were, who did it and why.");
    }

    private static async Task<DeadLettersAnswer> ListAsync(BusDesk desk, int? limit, CancellationToken cancellationToken)
    {
        var list = await desk.ListDeadLettersAsync(Paging.Limit(limit), cancellationToken);
        return new DeadLettersAnswer([.. list.Letters.Select(DeadLetterAnswer.Of)], list.Total);
    }

    private static async Task<DeadLetterOutcomeAnswer> ReplayAsync(BusDesk desk, ReplayBody body, HttpContext http)
    {
        var person = People.Of(http);
        var outcome = await desk.ReplayAsync(Which(body.Ids, body.All), person.Name, http.RequestAborted);
        return new DeadLetterOutcomeAnswer(person.Name, outcome.Done, outcome.Kept);
    }

    private static async Task<DeadLetterOutcomeAnswer> DiscardAsync(
        BusDesk desk, Engine engine, PromotionNight night, string[]? id, bool? all, string? reason, HttpContext http)
    {
        var person = People.Of(http);
        var why = reason is { Length: > 0 } ? reason : throw ProblemException.BadRequest("Say why: reason=TEXT.");
        var ids = Which(id, all);
        var there = await desk.ListDeadLettersAsync(MostTold, http.RequestAborted);
        var subject = $"bus/dead-letters/{Guid.CreateVersion7():D}";
        // Before it is done: of what is gone nobody can tell what it was.
        var body = new DeadLettersDiscarded(why, ids?.ToArray(), there.Total, [.. there.Letters.Where(letter => ids?.Contains(letter.Id) != false).Select(DeadLetterAnswer.Of)]);
        if (there.Total > 0) await KeepAsync(1, "dead-letters-discarded", JsonSerializer.SerializeToElement(body, BusJson.Default.DeadLettersDiscarded));
        try
        {
            var outcome = await desk.DiscardAsync(ids, person.Name, why, http.RequestAborted);
            return new DeadLetterOutcomeAnswer(person.Name, outcome.Done, outcome.Kept);
        }
        catch (BusUnavailableException away)
        {
            await KeepAsync(2, "dead-letters-not-discarded", JsonSerializer.SerializeToElement(new DeadLettersKept(away.Message), BusJson.Default.DeadLettersKept));
            throw;
        }

        Task KeepAsync(long version, string kind, JsonElement what) =>
            engine.AddDeedAsync(new Deed(0, subject, version, kind, person.Name, night.Time.GetUtcNow(), what), cancellationToken: http.RequestAborted);
    }

    /// <summary>Null: all.</summary>
    private static HashSet<string>? Which(IReadOnlyList<string>? ids, bool? all) => (ids, all) switch
    {
        ({ Count: > 0 }, null or false) => [.. ids],
        (null or { Count: 0 }, true) => null,
        _ => throw ProblemException.BadRequest("Say which dead letters: some by their ids, or all of them."),
    };
}
