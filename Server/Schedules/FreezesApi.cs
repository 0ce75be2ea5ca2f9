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
        schedules.MapPost("/freezes", AddAsync).WithSummary("Adds a freeze window; needs the role commander or change-approver.").Produces<FreezeResponse>(StatusCodes.Status201Created);
        schedules.MapDelete("/freezes/{id}", RemoveAsync).WithSummary("Asks that a freeze window, by id or name, be removed; it counts until somebody else has approved that.").Produces<RemovalResponse>(StatusCodes.Status202Accepted);
        schedules.MapPost("/freezes/{id}/removal/approve", (string id, OverrideDecisionRequest? body, HttpContext http, Workflows.Scheduling.Schedules known, ScheduleAdmin admin) =>
            DecideRemovalAsync(id, true, body, http, known, admin)).WithSummary("Removes the window, as commander or change-approver; never the person who asked.");
        schedules.MapPost("/freezes/{id}/removal/reject", (string id, OverrideDecisionRequest? body, HttpContext http, Workflows.Scheduling.Schedules known, ScheduleAdmin admin) =>
            DecideRemovalAsync(id, false, body, http, known, admin)).WithSummary("Keeps the window, as commander or change-approver; also for who asked and thinks better of it.");
        schedules.MapGet("/overrides", OverridesAsync).WithSummary("A page of overrides, newest first; expired=true also those that have expired.");
        schedules.MapPost("/overrides", RequestAsync).WithSummary("Asks that one trigger may pass one freeze window; counts once somebody else has approved it.").Produces<OverrideResponse>(StatusCodes.Status201Created);
        schedules.MapPost("/overrides/{id:guid}/approve", (Guid id, OverrideDecisionRequest? body, HttpContext http, Workflows.Scheduling.Schedules known, ScheduleAdmin admin) =>
            DecideAsync(id, true, body, http, known, admin)).WithSummary("Approves, as commander or change-approver; never the person who asked.");
        schedules.MapPost("/overrides/{id:guid}/reject", (Guid id, OverrideDecisionRequest? body, HttpContext http, Workflows.Scheduling.Schedules known, ScheduleAdmin admin) =>
            DecideAsync(id, false, body, http, known, admin)).WithSummary("Rejects, as commander or change-approver.");
    }

    private static async Task<Page<FreezeResponse>> ListAsync(Workflows.Scheduling.Schedules schedules, bool? removed, string? cursor, int? limit, CancellationToken cancellationToken)
    {
        var windows = await schedules.FreezesAsync(removed ?? false, cancellationToken);
        var removals = (await schedules.RemovalsAsync(cancellationToken)).Where(removal => removal.Status == RemovalStatus.Requested).ToDictionary(removal => removal.Freeze);
        return Paging.Of(windows, cursor, limit, window => FreezeResponse.Of(window, removals.GetValueOrDefault(window.Id)));
    }

    private static async Task<IResult> AddAsync(FreezeRequest body, HttpContext http, ScheduleAdmin admin)
    {
        var by = SchedulesApi.Who(http);
        var added = await admin.AddFreezeAsync(FreezeForm.Read(body), by, http.RequestAborted);
        return added.Refusal is { } refusal
            ? throw ProblemResponses.Of(refusal)
            : TypedResults.Created($"/api/schedules/freezes/{added.Value!.Id}", FreezeResponse.Of(added.Value));
    }

    private static async Task<IResult> RemoveAsync(string id, string? reason, HttpContext http, Workflows.Scheduling.Schedules schedules, ScheduleAdmin admin)
    {
        var by = SchedulesApi.Who(http);
        var why = SchedulesApi.Reason(reason);
        var asked = await admin.RequestRemovalAsync(await FindAsync(schedules, id, http.RequestAborted), by, why, http.RequestAborted);
        return asked.Refusal is { } refusal ? throw ProblemResponses.Of(refusal) : TypedResults.Accepted((string?)null, RemovalResponse.Of(asked.Value!));
    }

    private static async Task<RemovalResponse> DecideRemovalAsync(
        string id, bool approve, OverrideDecisionRequest? body, HttpContext http, Workflows.Scheduling.Schedules schedules, ScheduleAdmin admin)
    {
        var by = SchedulesApi.Who(http);
        var window = await FindAsync(schedules, id, http.RequestAborted);
        return await admin.DecideRemovalAsync(window, approve, by, body?.Comment, http.RequestAborted) switch
        {
            { Refusal: { } refusal } => throw ProblemResponses.Of(refusal),
            { Value: { } done } => RemovalResponse.Of(done),
            _ => throw new ProblemException(StatusCodes.Status409Conflict, "not-asked", $"Nobody has asked to remove freeze window {window.Name}; ask with DELETE /api/schedules/freezes/{{id}}?reason=TEXT."),
        };
    }

    private static async Task<Page<OverrideResponse>> OverridesAsync(
        Workflows.Scheduling.Schedules schedules, bool? expired, string? cursor, int? limit, CancellationToken cancellationToken) =>
        Paging.Of(await schedules.OverridesAsync(expired ?? false, cancellationToken), cursor, limit, asked => OverrideResponse.Of(asked, schedules.Now));

    private static async Task<IResult> RequestAsync(OverrideRequest body, HttpContext http, Workflows.Scheduling.Schedules schedules, ScheduleAdmin admin)
    {
        var by = SchedulesApi.Who(http);
        var reason = SchedulesApi.Reason(body.Reason);
        var trigger = body.Trigger is { Length: > 0 } id ? await SchedulesApi.FindAsync(schedules, id, 0, 0, http.RequestAborted) : throw ProblemException.BadRequest("Say which trigger: trigger.");
        var window = body.Freeze is { Length: > 0 } name ? await FindAsync(schedules, name, http.RequestAborted) : throw ProblemException.BadRequest("Say which freeze window: freeze.");
        var asked = await admin.RequestOverrideAsync(trigger.Trigger, window.Id, body.Fire?.ToUniversalTime(), body.ExpiresAt?.ToUniversalTime(), reason, by, http.RequestAborted);
        return asked.Refusal is { } refusal
            ? throw ProblemResponses.Of(refusal)
            : TypedResults.Created($"/api/schedules/overrides/{asked.Value!.Id}", OverrideResponse.Of(asked.Value, schedules.Now));
    }

    private static async Task<OverrideResponse> DecideAsync(
        Guid id, bool approve, OverrideDecisionRequest? body, HttpContext http, Workflows.Scheduling.Schedules schedules, ScheduleAdmin admin)
    {
        var by = SchedulesApi.Who(http);
        var decided = await admin.DecideOverrideAsync(new OverrideId(id), approve, by, body?.Comment, http.RequestAborted);
        return decided switch
        {
            { Refusal: { } refusal } => throw ProblemResponses.Of(refusal),
            { Value: { } done } => OverrideResponse.Of(done, schedules.Now),
            _ => throw ProblemException.NotFound($"override {id}; GET /api/schedules/overrides lists them"),
        };
    }

    private static async Task<FreezeWindow> FindAsync(Workflows.Scheduling.Schedules schedules, string idOrName, CancellationToken cancellationToken) =>
        (await schedules.FreezesAsync(cancellationToken: cancellationToken)).FirstOrDefault(window => window.Id.ToString() == idOrName || window.Name == idOrName)
        ?? throw ProblemException.NotFound($"freeze window {idOrName}; GET /api/schedules/freezes lists them");
}
