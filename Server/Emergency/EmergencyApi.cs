using Orchestrator.Server.Api;
using Orchestrator.Server.Identity;
using Orchestrator.Server.Night;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Scheduling;

namespace Orchestrator.Server.Emergency;

/// <summary>The emergency handle: plan, approve, pull.</summary>
internal static class EmergencyApi
{
    public static void MapEmergency(this IEndpointRouteBuilder app)
    {
        var emergency = app.MapGroup("/api/emergency").WithTags("emergency");
        emergency.MapGet("", ShowAsync).NeverGated().WithSummary("What the handle would take down now, and the plan made last with its age, approvals and what has changed since.");
        emergency.MapPost("/plan", KeepAsync).NeverGated().WithSummary("Keeps what the handle would take down now as a plan to be approved.").Produces<KeptPlanAnswer>(StatusCodes.Status201Created);
        emergency.MapGet("/plan/{id}", PlanAsync).NeverGated().WithSummary("One plan that was kept.");
        emergency.MapPost("/plan/{id}/approve", ApproveAsync).NeverGated().WithSummary("Approves a plan as the caller: not its maker, each person once.");
        emergency.MapPost("/scale-down", PullAsync).NeverGated().WithSummary("Pulls the handle: starts the emergency run of an approved plan; pulled twice it is one run.")
            .Produces<ScaleDownAnswer>(StatusCodes.Status201Created).Produces<ScaleDownAnswer>();
        emergency.MapGet("/held", (EmergencyHold hold, CancellationToken cancellationToken) => hold.ReadAsync(cancellationToken))
            .WithSummary("What an emergency run holds back: runs that waited for its locks, and triggers that want them.");
        emergency.MapPost("/release", (ReleaseBody body, HttpContext http, EmergencyHold hold, CancellationToken cancellationToken) => LetGoAsync(body, false, http, hold, cancellationToken))
            .WithSummary("Lets what an emergency holds back go on, once its run has ended: runs take up their locks, triggers fire again. Without runs and triggers: all.");
        emergency.MapPost("/drop", (ReleaseBody body, HttpContext http, EmergencyHold hold, CancellationToken cancellationToken) => LetGoAsync(body, true, http, hold, cancellationToken))
            .WithSummary("Drops what an emergency holds back, once its run has ended: runs are cancelled, and triggers go on with their next fire. Without runs and triggers: all.");
    }

    private static async Task<HeldBack> LetGoAsync(ReleaseBody body, bool drop, HttpContext http, EmergencyHold hold, CancellationToken cancellationToken)
    {
        var person = People.Of(http);
        var reason = body.Reason?.Trim() is { Length: > 0 } text ? text : throw ProblemException.BadRequest("Say why: reason.");
        var held = await hold.ReadAsync(cancellationToken);
        if (held.Running)
        {
            throw new ProblemException(
                StatusCodes.Status409Conflict, "emergency-running",
                $"The emergency run {string.Join(", ", held.Emergencies)} is still under way; release or drop what it holds back when it has ended, or resume one run or trigger by itself.");
        }

        if (body.Runs is not null || body.Triggers is not null)
        {
            held = held with
            {
                Runs = Chosen(held.Runs, body.Runs, run => run.Run, "run"),
                Triggers = Chosen(held.Triggers, body.Triggers, trigger => trigger.Trigger, "trigger"),
            };
        }

        await hold.LetGoAsync(held, drop, new Decider(person.Name, person.Roles), reason, cancellationToken);
        return held;
    }

    private static List<T> Chosen<T>(IReadOnlyList<T> held, IReadOnlyList<string>? ids, Func<T, string> id, string kind) =>
        ids?.FirstOrDefault(wanted => held.All(one => id(one) != wanted)) is { } unknown
            ? throw new ProblemException(StatusCodes.Status409Conflict, "not-held", $"The {kind} {unknown} is not held back; GET /api/emergency/held lists what is.")
            : [.. held.Where(one => ids?.Contains(id(one)) == true)];

    private static async Task<EmergencyAnswer> ShowAsync(HttpContext http, EmergencyHandle handle, EmergencyPlans plans, Engine engine, CancellationToken cancellationToken)
    {
        var person = People.Find(http);
        await plans.RefreshAsync(cancellationToken);
        var kept = plans.Latest;
        var (now, _) = await handle.PlanAsync(kept?.Plan.Scope ?? new EmergencyScope([], []), cancellationToken);
        return new EmergencyAnswer(
            now, kept is null ? null : await OfAsync(kept, now, person, handle, engine, cancellationToken), handle.Confirm, handle.Roles, handle.Quorum,
            person is null ? null : person.Roles.Any(handle.Roles.Contains));
    }

    private static async Task<IResult> KeepAsync(
        EmergencyPlanBody? body, HttpContext http, EmergencyHandle handle, Engine engine, PromotionNight night, CancellationToken cancellationToken)
    {
        var person = People.Of(http);
        var scope = new EmergencyScope([.. body?.Clusters ?? []], [.. body?.Units ?? []]);
        foreach (var unknown in scope.Clusters.Where(id => night.Fleet.Fleet.Find(id) is null))
        {
            throw ProblemException.BadRequest($"There is no cluster {unknown} in the fleet {night.Fleet.Fleet.Name}; there are {string.Join(", ", night.Fleet.Fleet.Clusters.Select(cluster => cluster.Id))}.");
        }

        var kept = await handle.KeepAsync(person, scope, cancellationToken);
        return TypedResults.Created($"/api/emergency/plan/{kept.Id}", await OfAsync(kept, kept.Plan, person, handle, engine, cancellationToken));
    }

    private static async Task<KeptPlanAnswer> PlanAsync(string id, HttpContext http, EmergencyHandle handle, EmergencyPlans plans, Engine engine, CancellationToken cancellationToken)
    {
        await plans.RefreshAsync(cancellationToken);
        var kept = plans.Find(id) ?? throw ProblemException.NotFound($"emergency plan {id}");
        var (now, _) = await handle.PlanAsync(kept.Plan.Scope, cancellationToken);
        return await OfAsync(kept, now, People.Find(http), handle, engine, cancellationToken);
    }

    private static async Task<KeptPlanAnswer> ApproveAsync(
        string id, EmergencyApproveBody? body, HttpContext http, EmergencyHandle handle, Engine engine, CancellationToken cancellationToken)
    {
        var person = People.Of(http);
        var kept = await handle.ApproveAsync(person, id, body?.Comment, cancellationToken);
        var (now, _) = await handle.PlanAsync(kept.Plan.Scope, cancellationToken);
        return await OfAsync(kept, now, person, handle, engine, cancellationToken);
    }

    private static async Task<IResult> PullAsync(ScaleDownBody body, HttpContext http, EmergencyHandle handle, CancellationToken cancellationToken)
    {
        var person = People.Of(http);
        var plan = body.Plan is { Length: > 0 } id ? id : throw ProblemException.BadRequest("Say which plan: plan, its id as GET /api/emergency shows it.");
        var reason = body.Reason?.Trim() is { Length: > 0 } text ? text : throw ProblemException.BadRequest("Say why: reason.");
        var (kept, created) = await handle.PullAsync(person, plan, body.Confirm ?? "", reason, cancellationToken);
        var answer = new ScaleDownAnswer(kept.Run.ToString(), created, kept.Id);
        return created ? TypedResults.Created($"/api/runs/{kept.Run}", answer) : TypedResults.Ok(answer);
    }

    private static async Task<KeptPlanAnswer> OfAsync(
        KeptPlan kept, EmergencyPlan now, Person? person, EmergencyHandle handle, Engine engine, CancellationToken cancellationToken)
    {
        var whyNot = person is null ? null : handle.WhyNotApprove(person, kept);
        var status = kept.Pulled is { } pulled && Guid.TryParse(pulled.Run, out var run) ? (await engine.FindAsync(new RunId(run), cancellationToken))?.Status : null;
        return new KeptPlanAnswer(
            kept.Id, kept.By, kept.At, Math.Round((handle.Now - kept.At).TotalSeconds, 1), handle.ValidUntil(kept), handle.State(kept), kept.Plan, kept.Approvals,
            handle.Missing(kept), [.. kept.Plan.ChangesTo(now)], person is null ? null : whyNot is null, whyNot?.Message,
            kept.Pulled is { } by ? new PulledAnswer(by.By, by.At, by.Run, by.Reason, status is { } known ? Words.Of(known) : null) : null);
    }
}
