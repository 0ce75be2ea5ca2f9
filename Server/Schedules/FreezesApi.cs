using Orchestrator.Server.Api;
using Orchestrator.Server.Pipeline;
using Orchestrator.Workflows.Scheduling;
using Orchestrator.Workflows.Scheduling.Policy;

namespace Orchestrator.Server.Schedules;

/// <summary>Freeze windows, and overrides that let one trigger pass one of them.</summary>
internal static class FreezesApi
{
    public static void MapFreezes(this IEndpointRouteBuilder schedules)
    {
        schedules.MapGet("/freezes", ListAsync).WithSummary("A page of freeze windows by name; removed=true also those that were removed.");
        schedules.MapPost("/freezes", AddAsync).WithSummary("Adds a freeze window; needs the role commander or change-approver.").Produces<FreezeAnswer>(StatusCodes.Status201Created);
        schedules.MapDelete("/freezes/{id}", RemoveAsync).WithSummary("Asks that a freeze window, by id or name, be removed; it counts until somebody else has approved that.").Produces<RemovalAnswer>(StatusCodes.Status202Accepted);
        schedules.MapPost("/freezes/{id}/removal/approve", (string id, OverrideDecisionBody? body, HttpContext http, Workflows.Scheduling.Schedules known, ScheduleDesk desk) =>
            DecideRemovalAsync(id, true, body, http, known, desk)).WithSummary("Removes the window, as commander or change-approver; never the person who asked.");
        schedules.MapPost("/freezes/{id}/removal/reject", (string id, OverrideDecisionBody? body, HttpContext http, Workflows.Scheduling.Schedules known, ScheduleDesk desk) =>
            DecideRemovalAsync(id, false, body, http, known, desk)).WithSummary("Keeps the window, as commander or change-approver; also for who asked and thinks better of it.");
        schedules.MapGet("/overrides", OverridesAsync).WithSummary("A page of overrides, newest first; expired=true also those that have expired.");
        schedules.MapPost("/overrides", RequestAsync).WithSummary("Asks that one trigger may pass one freeze window; counts once somebody else has approved it.").Produces<OverrideAnswer>(StatusCodes.Status201Created);
        schedules.MapPost("/overrides/{id:guid}/approve", (Guid id, OverrideDecisionBody? body, HttpContext http, Workflows.Scheduling.Schedules known, ScheduleDesk desk) =>
            DecideAsync(id, true, body, http, known, desk)).WithSummary("Approves, as commander or change-approver; never the person who asked.");
        schedules.MapPost("/overrides/{id:guid}/reject", (Guid id, OverrideDecisionBody? body, HttpContext http, Workflows.Scheduling.Schedules known, ScheduleDesk desk) =>
            DecideAsync(id, false, body, http, known, desk)).WithSummary("Rejects, as commander or change-approver.");
    }

    private static async Task<Page<FreezeAnswer>> ListAsync(Workflows.Scheduling.Schedules schedules, bool? removed, string? cursor, int? limit, CancellationToken cancellationToken)
    {
        var windows = await schedules.FreezesAsync(removed ?? false, cancellationToken);
        var removals = (await schedules.RemovalsAsync(cancellationToken)).Where(removal => removal.Status == RemovalStatus.Requested).ToDictionary(removal => removal.Freeze);
        return Paging.Of(windows, cursor, limit, window => FreezeAnswer.Of(window, removals.GetValueOrDefault(window.Id)));
    }

    private static async Task<IResult> AddAsync(FreezeBody body, HttpContext http, ScheduleDesk desk)
    {
        var by = SchedulesApi.Who(http);
        var added = await desk.AddFreezeAsync(FreezeForm.Read(body), by, http.RequestAborted);
        return added.Refusal is { } refusal
            ? throw ProblemAnswers.Of(refusal)
            : TypedResults.Created($"/api/schedules/freezes/{added.Value!.Id}", FreezeAnswer.Of(added.Value));
    }

    private static async Task<IResult> RemoveAsync(string id, string? reason, HttpContext http, Workflows.Scheduling.Schedules schedules, ScheduleDesk desk)
    {
        var by = SchedulesApi.Who(http);
        var why = SchedulesApi.Reason(reason);
        var asked = await desk.RequestRemovalAsync(await FindAsync(schedules, id, http.RequestAborted), by, why, http.RequestAborted);
        return asked.Refusal is { } refusal ? throw ProblemAnswers.Of(refusal) : TypedResults.Accepted((string?)null, RemovalAnswer.Of(asked.Value!));
    }

    private static async Task<RemovalAnswer> DecideRemovalAsync(
        string id, bool approve, OverrideDecisionBody? body, HttpContext http, Workflows.Scheduling.Schedules schedules, ScheduleDesk desk)
    {
        var by = SchedulesApi.Who(http);
        var window = await FindAsync(schedules, id, http.RequestAborted);
        return await desk.DecideRemovalAsync(window, approve, by, body?.Comment, http.RequestAborted) switch
        {
            { Refusal: { } refusal } => throw ProblemAnswers.Of(refusal),
            { Value: { } done } => RemovalAnswer.Of(done),
            _ => throw new ProblemException(StatusCodes.Status409Conflict, "not-asked", $"Nobody has asked to remove freeze window {window.Name}; ask with DELETE /api/schedules/freezes/{{id}}?reason=TEXT."),
        };
    }

    private static async Task<Page<OverrideAnswer>> OverridesAsync(
        Workflows.Scheduling.Schedules schedules, bool? expired, string? cursor, int? limit, CancellationToken cancellationToken) =>
        Paging.Of(await schedules.OverridesAsync(expired ?? false, cancellationToken), cursor, limit, asked => OverrideAnswer.Of(asked, schedules.Now));

    private static async Task<IResult> RequestAsync(OverrideBody body, HttpContext http, Workflows.Scheduling.Schedules schedules, ScheduleDesk desk)
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
        Guid id, bool approve, OverrideDecisionBody? body, HttpContext http, Workflows.Scheduling.Schedules schedules, ScheduleDesk desk)
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

    private static async Task<FreezeWindow> FindAsync(Workflows.Scheduling.Schedules schedules, string idOrName, CancellationToken cancellationToken) =>
        (await schedules.FreezesAsync(cancellationToken: cancellationToken)).FirstOrDefault(window => window.Id.ToString() == idOrName || window.Name == idOrName)
        ?? throw ProblemException.NotFound($"freeze window {idOrName}; GET /api/schedules/freezes lists them");
}
