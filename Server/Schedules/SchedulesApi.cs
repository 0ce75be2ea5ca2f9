using Orchestrator.Server.Api;
using Orchestrator.Server.Identity;
using Orchestrator.Server.Environments;
using Orchestrator.Server.Pipeline;
using Orchestrator.Server.Runbooks;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Scheduling;
using Orchestrator.Workflows.Scheduling.Policy;

namespace Orchestrator.Server.Schedules;

/// <summary>Triggers: what they did, what they will do, pausing them; a calendar of it, also as a feed.</summary>
internal static class SchedulesApi
{
    private static readonly TimeSpan LongestCalendar = TimeSpan.FromDays(400);

    public static void MapSchedules(this IEndpointRouteBuilder app)
    {
        var schedules = app.MapGroup("/api/schedules").WithTags("schedules").AddEndpointFilter(ExplainStoreAsync);
        schedules.MapGet("", ListAsync).WithSummary("A page of triggers, each with its next fires (and what is against them) and its last ones.");
        schedules.MapGet("/status", Status).WithSummary("Whether triggers fire in this process, and on which clock.");
        schedules.MapGet("/calendar", CalendarAsync).Gated().WithSummary("Fires and freeze windows of a stretch of time: past ones as they went, those to come as things stand.");
        schedules.MapGet("/due", DueAsync).Gated().WithSummary("Triggers due within a day that want what a run of a runbook would lock; without a runbook, what runs hold now.");
        schedules.MapGet("/{id}", ShowAsync).WithSummary("One trigger.");
        schedules.MapGet("/{id}/fires", FiresAsync).WithSummary("A page of what became of a trigger's fires, newest first.");
        schedules.MapPost("/{id}/pause", (string id, ReasonRequest body, HttpContext http, Workflows.Scheduling.Schedules known, ScheduleAdmin admin) =>
            RequestAsync(id, "pause", body, http, known, admin.PauseAsync)).WithSummary("Its fires start nothing until resume; each is recorded.");
        schedules.MapPost("/{id}/resume", (string id, ReasonRequest body, HttpContext http, Workflows.Scheduling.Schedules known, ScheduleAdmin admin) =>
            RequestAsync(id, "resume", body, http, known, admin.ResumeAsync)).WithSummary("It fires again; what came meanwhile is not made up for.");
        schedules.MapFreezes();
        app.MapGet("/api/schedules.ics", FeedAsync).Gated().WithTags("schedules").AddEndpointFilter(ExplainStoreAsync)
            .WithSummary("The fires to come and the freeze windows as an iCalendar feed.").Produces<string>(StatusCodes.Status200OK, CalendarFeed.ContentType);
    }

    /// <summary>Throws <see cref="ProblemException"/> when there is no such trigger.</summary>
    public static async Task<TriggerView> FindAsync(Workflows.Scheduling.Schedules schedules, string id, int next, int last, CancellationToken cancellationToken) =>
        await schedules.FindAsync(new TriggerId(id), next, last, cancellationToken) ?? throw ProblemException.NotFound($"trigger {id}; GET /api/schedules lists them");

    /// <summary>Throws <see cref="ProblemException"/> when it is blank.</summary>
    public static string Reason(string? reason) =>
        string.IsNullOrWhiteSpace(reason) ? throw ProblemException.BadRequest("Say why: reason.") : reason.Trim();

    public static Decider Who(HttpContext http) => People.Of(http) is var person ? new Decider(person.Name, person.Roles) : throw new System.Diagnostics.UnreachableException();

    private static async ValueTask<object?> ExplainStoreAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (SchedulesUnavailableException unavailable)
        {
            throw new ProblemException(StatusCodes.Status503ServiceUnavailable, "schedules-unavailable", $"{unavailable.Message}.");
        }
        catch (System.Data.Common.DbException lost)
        {
            throw new ProblemException(StatusCodes.Status503ServiceUnavailable, "schedules-unavailable", $"The store of schedules does not answer: {lost.Message}.");
        }
    }

    private static async Task<Page<ScheduleResponse>> ListAsync(
        Workflows.Scheduling.Schedules schedules, Engine engine, string? runbook, int? next, int? last, string? cursor, int? limit, CancellationToken cancellationToken)
    {
        var views = await schedules.ListAsync(Few(next, 5, "next"), Few(last, 3, "last"), cancellationToken);
        var page = Paging.Of([.. views.Where(view => runbook is null || view.Trigger.Runbook == runbook)], cursor, limit, view => view);
        return new Page<ScheduleResponse>(await Task.WhenAll(page.Items.Select(view => AnswerAsync(view, engine, cancellationToken))), page.Next);
    }

    private static async Task<ScheduleResponse> ShowAsync(string id, Workflows.Scheduling.Schedules schedules, Engine engine, int? next, int? last, CancellationToken cancellationToken) =>
        await AnswerAsync(await FindAsync(schedules, id, Few(next, 5, "next"), Few(last, 3, "last"), cancellationToken), engine, cancellationToken);

    private static ScheduleStatusResponse Status(Workflows.Scheduling.Schedules schedules, PromotionEnvironment environment) =>
        new(Words.Of(schedules.Status.State), schedules.Status.Reason, schedules.Now, environment.Simulated, environment.Speed);

    private static async Task<Page<FireResponse>> FiresAsync(
        string id, Workflows.Scheduling.Schedules schedules, Engine engine, string? cursor, int? limit, CancellationToken cancellationToken)
    {
        DateTimeOffset? before = cursor is null ? null
            : long.TryParse(cursor, out var ticks) && ticks >= 0 && ticks <= DateTimeOffset.MaxValue.UtcTicks ? new DateTimeOffset(ticks, TimeSpan.Zero)
            : throw ProblemException.BadRequest($"'{cursor}' is no cursor of this list; take it from the page before.");
        var size = Paging.Limit(limit);
        var fires = await schedules.FiresAsync(new TriggerId(id), before, size + 1, cancellationToken);
        if (fires.IsEmpty && before is null) await FindAsync(schedules, id, 0, 0, cancellationToken);

        var answers = await Task.WhenAll(fires.Take(size).Select(fire => AnswerAsync(fire, engine, cancellationToken)));
        return new Page<FireResponse>(answers, fires.Length > size ? fires[size - 1].Scheduled.UtcTicks.ToString(System.Globalization.CultureInfo.InvariantCulture) : null);
    }

    private static async Task<CalendarResponse> CalendarAsync(Workflows.Scheduling.Schedules schedules, DateTimeOffset? from, DateTimeOffset? to, CancellationToken cancellationToken) =>
        from is { } begin && to is { } end && end > begin && end - begin <= LongestCalendar
            ? CalendarResponse.Of(await schedules.CalendarAsync(new Interval(begin.ToUniversalTime(), end.ToUniversalTime()), cancellationToken), schedules.Now)
            : throw ProblemException.BadRequest($"Give from and to, ISO 8601; to must lie after from, and at most {LongestCalendar.TotalDays:0} days.");

    private static async Task<Page<DueTrigger>> DueAsync(HttpContext http, DueTriggers due, RunbookCatalog catalog, PublishedVersions published, string? runbook, CancellationToken cancellationToken)
    {
        await published.RefreshAsync(cancellationToken);
        var found = runbook is null ? await due.AgainstHeldAsync(cancellationToken) : await due.AgainstAsync(catalog.ReadForRequest(runbook, null, http.Budget()), cancellationToken);
        return new Page<DueTrigger>(found, null);
    }

    private static async Task<IResult> FeedAsync(Workflows.Scheduling.Schedules schedules, int? days, string? runbook, CancellationToken cancellationToken)
    {
        var length = days switch
        {
            null => 62,
            >= 1 and <= 400 => days.Value,
            _ => throw ProblemException.BadRequest($"days must be 1 to 400, not {days}."),
        };
        var now = schedules.Now;
        var calendar = await schedules.CalendarAsync(new Interval(now, now.AddDays(length)), cancellationToken);
        return TypedResults.Text(CalendarFeed.Write(calendar, runbook, now), CalendarFeed.ContentType);
    }

    private static async Task<ScheduleActionResponse> RequestAsync(
        string id, string action, ReasonRequest body, HttpContext http, Workflows.Scheduling.Schedules schedules,
        Func<TriggerId, Decider, string, CancellationToken, Task<StepError?>> call)
    {
        var by = Who(http);
        var reason = Reason(body.Reason);
        var trigger = (await FindAsync(schedules, id, 0, 0, http.RequestAborted)).Trigger.Id;
        return await call(trigger, by, reason, http.RequestAborted) is { } refusal ? throw ProblemResponses.Of(refusal) : new ScheduleActionResponse(id, action, by.Name);
    }

    private static async Task<ScheduleResponse> AnswerAsync(TriggerView view, Engine engine, CancellationToken cancellationToken) => new(
        view.Trigger.Id.Value, view.Trigger.Runbook, view.Trigger.Cron, view.Trigger.TimeZone, Words.Of(view.Trigger.Misfire), view.Since,
        view.Pause is { } pause ? new PauseResponse(pause.By, pause.At, pause.Reason) : null, view.Error, [.. view.Next.Select(PlannedResponse.Of)],
        await Task.WhenAll(view.Last.Select(fire => AnswerAsync(fire, engine, cancellationToken))));

    private static async Task<FireResponse> AnswerAsync(Fire fire, Engine engine, CancellationToken cancellationToken) =>
        FireResponse.Of(fire, fire.Run is { } run && await engine.FindAsync(run, cancellationToken) is { } summary ? Words.Of(summary.Status) : null);

    private static int Few(int? asked, int byDefault, string name) => asked switch
    {
        null => byDefault,
        >= 0 and <= 50 => asked.Value,
        _ => throw ProblemException.BadRequest($"{name} must be 0 to 50, not {asked}."),
    };
}
