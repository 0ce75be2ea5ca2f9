using Orchestrator.Server.Api;
using Orchestrator.Workflows.Triggers;

namespace Orchestrator.Server.Schedules;

/// <summary>Freeze windows, and overrides that let one trigger pass one of them.</summary>
internal static class FreezesApi
{
    public static void MapFreezes(this IEndpointRouteBuilder schedules)
    {
        schedules.MapGet("/freezes", ListAsync).WithSummary("A page of freeze windows by name; removed=true also those that were removed.");
        schedules.MapPost("/freezes", AddAsync).WithSummary("Adds a freeze window; needs the role commander or change-approver.").Produces<FreezeAnswer>(StatusCodes.Status201Created);
        schedules.MapDelete("/freezes/{id}", RemoveAsync).WithSummary("Removes a freeze window, by id or name; needs the role commander or change-approver.");
        schedules.MapGet("/overrides", OverridesAsync).WithSummary("A page of overrides, newest first; expired=true also those that have expired.");
        schedules.MapPost("/overrides", RequestAsync).WithSummary("Asks that one trigger may pass one freeze window; counts once somebody else has approved it.").Produces<OverrideAnswer>(StatusCodes.Status201Created);
        schedules.MapPost("/overrides/{id:guid}/approve", (Guid id, OverrideDecisionBody? body, HttpContext http, Workflows.Triggers.Schedules known, ScheduleDesk desk) =>
            DecideAsync(id, true, body, http, known, desk)).WithSummary("Approves, as commander or change-approver; never the person who asked.");
        schedules.MapPost("/overrides/{id:guid}/reject", (Guid id, OverrideDecisionBody? body, HttpContext http, Workflows.Triggers.Schedules known, ScheduleDesk desk) =>
            DecideAsync(id, false, body, http, known, desk)).WithSummary("Rejects, as commander or change-approver.");
    }

    private static async Task<Page<FreezeAnswer>> ListAsync(Workflows.Triggers.Schedules schedules, bool? removed, string? cursor, int? limit, CancellationToken cancellationToken) =>
        Paging.Of(await schedules.FreezesAsync(removed ?? false, cancellationToken), cursor, limit, FreezeAnswer.Of);

    private static async Task<IResult> AddAsync(FreezeBody body, HttpContext http, ScheduleDesk desk)
    {
        var by = SchedulesApi.Who(http);
        var added = await desk.AddFreezeAsync(FreezeForm.Read(body), by, http.RequestAborted);
        return added.Refusal is { } refusal
            ? throw ProblemAnswers.Of(refusal)
            : TypedResults.Created($"/api/schedules/freezes/{added.Value!.Id}", FreezeAnswer.Of(added.Value));
    }

    private static async Task<ScheduleActionAnswer> RemoveAsync(string id, string? reason, HttpContext http, Workflows.Triggers.Schedules schedules, ScheduleDesk desk)
    {
        var by = SchedulesApi.Who(http);
        var why = SchedulesApi.Reason(reason);
        var window = await FindAsync(schedules, id, http.RequestAborted);
        return await desk.RemoveFreezeAsync(window.Id, by, why, http.RequestAborted) is { } refusal
            ? throw ProblemAnswers.Of(refusal)
            : new ScheduleActionAnswer(window.Id.ToString(), "remove", by.Name);
    }

    private static async Task<Page<OverrideAnswer>> OverridesAsync(
        Workflows.Triggers.Schedules schedules, bool? expired, string? cursor, int? limit, CancellationToken cancellationToken) =>
        Paging.Of(await schedules.OverridesAsync(expired ?? false, cancellationToken), cursor, limit, asked => OverrideAnswer.Of(asked, schedules.Now));

    private static async Task<IResult> RequestAsync(OverrideBody body, HttpContext http, Workflows.Triggers.Schedules schedules, ScheduleDesk desk)
    {
        var by = SchedulesApi.Who(http);
        var reason = SchedulesApi.Reason(body.Reason);
        var trigger = body.Trigger is { Length: > 0 } id ? await SchedulesApi.FindAsync(schedules, id, 0, 0, http.RequestAborted) : throw ProblemException.BadRequest("Say which trigger: trigger.");
        var window = body.Freeze is { Length: > 0 } name ? await FindAsync(schedules, name, http.RequestAborted) : throw ProblemException.BadRequest("Say which freeze window: freeze.");
        var asked = await desk.RequestOverrideAsync(trigger.Trigger, window.Id, body.Fire?.ToUniversalTime(), body.ExpiresAt?.ToUniversalTime(), reason, by, http.RequestAborted);
        return asked.Refusal is { } refusal
            ? throw ProblemAnswers.Of(refusal)
            : TypedResults.Created($"/api/schedules/overrides/{asked.Value!.Id}", OverrideAnswer.Of(asked.Value, schedules.Now));
    }

    private static async Task<OverrideAnswer> DecideAsync(
        Guid id, bool approve, OverrideDecisionBody? body, HttpContext http, Workflows.Triggers.Schedules schedules, ScheduleDesk desk)
    {
        var by = SchedulesApi.Who(http);
        var decided = await desk.DecideOverrideAsync(new OverrideId(id), approve, by, body?.Comment, http.RequestAborted);
        return decided switch
        {
            { Refusal: { } refusal } => throw ProblemAnswers.Of(refusal),
            { Value: { } done } => OverrideAnswer.Of(done, schedules.Now),
            _ => throw ProblemException.NotFound($"override {id}; GET /api/schedules/overrides lists them"),
        };
    }

    private static async Task<FreezeWindow> FindAsync(Workflows.Triggers.Schedules schedules, string idOrName, CancellationToken cancellationToken) =>
        (await schedules.FreezesAsync(cancellationToken: cancellationToken)).FirstOrDefault(window => window.Id.ToString() == idOrName || window.Name == idOrName)
        ?? throw ProblemException.NotFound($"freeze window {idOrName}; GET /api/schedules/freezes lists them");
}
