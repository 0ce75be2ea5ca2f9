using Orchestrator.Server.Api;
using Orchestrator.Server.Identity;
using Orchestrator.Server.Environments;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Scheduling;

namespace Orchestrator.Server.Emergency;

/// <summary>The emergency trigger: plan, approve, trigger.</summary>
internal static class EmergencyApi
{
    public static void MapEmergency(this IEndpointRouteBuilder app)
    {
        var emergency = app.MapGroup("/api/emergency").WithTags("emergency");
        emergency.MapGet("", ShowAsync).NeverGated().WithSummary("What an emergency stop would take down now, and the plan made last with its age, approvals and what has changed since.");
        emergency.MapPost("/plan", KeepAsync).NeverGated().WithSummary("Keeps what an emergency stop would take down now as a plan to be approved.").Produces<KeptPlanResponse>(StatusCodes.Status201Created);
        emergency.MapGet("/plan/{id}", PlanAsync).NeverGated().WithSummary("One plan that was kept.");
        emergency.MapPost("/plan/{id}/approve", ApproveAsync).NeverGated().WithSummary("Approves a plan as the caller: not its maker, each person once.");
        emergency.MapPost("/scale-down", TriggerAsync).NeverGated().WithSummary("Triggers an approved plan: starts the emergency run of an approved plan; triggered twice it is one run.")
            .Produces<ScaleDownResponse>(StatusCodes.Status201Created).Produces<ScaleDownResponse>();
        emergency.MapGet("/held", (EmergencyHold hold, CancellationToken cancellationToken) => hold.ReadAsync(cancellationToken))
            .WithSummary("What an emergency run holds back: runs that waited for its locks, and triggers that want them.");
        emergency.MapPost("/release", (ReleaseRequest body, HttpContext http, EmergencyHold hold, CancellationToken cancellationToken) => LetGoAsync(body, false, http, hold, cancellationToken))
            .WithSummary("Lets what an emergency holds back go on, once its run has ended: runs take up their locks, triggers fire again. Without runs and triggers: all.");
        emergency.MapPost("/drop", (ReleaseRequest body, HttpContext http, EmergencyHold hold, CancellationToken cancellationToken) => LetGoAsync(body, true, http, hold, cancellationToken))
            .WithSummary("Drops what an emergency holds back, once its run has ended: runs are cancelled, and triggers go on with their next fire. Without runs and triggers: all.");
    }

    private static async Task<HeldBack> LetGoAsync(ReleaseRequest body, bool drop, HttpContext http, EmergencyHold hold, CancellationToken cancellationToken)
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

    private static async Task<EmergencyResponse> ShowAsync(HttpContext http, EmergencyTrigger trigger, EmergencyPlans plans, Engine engine, CancellationToken cancellationToken)
    {
        var person = People.Find(http);
        await plans.RefreshAsync(cancellationToken);
        var kept = plans.Latest;
        var (now, _) = await trigger.PlanAsync(kept?.Plan.Scope ?? new EmergencyScope([], []), cancellationToken);
        return new EmergencyResponse(
            now, kept is null ? null : await OfAsync(kept, now, person, trigger, engine, cancellationToken), trigger.Confirm, trigger.Roles, trigger.Quorum,
            person is null ? null : person.Roles.Any(trigger.Roles.Contains));
    }

    private static async Task<IResult> KeepAsync(
        EmergencyPlanRequest? body, HttpContext http, EmergencyTrigger trigger, Engine engine, PromotionEnvironment environment, CancellationToken cancellationToken)
    {
        var person = People.Of(http);
        var scope = new EmergencyScope([.. body?.Clusters ?? []], [.. body?.Units ?? []]);
        foreach (var unknown in scope.Clusters.Where(id => environment.Fleet.Fleet.Find(id) is null))
        {
            throw ProblemException.BadRequest($"There is no cluster {unknown} in the fleet {environment.Fleet.Fleet.Name}; there are {string.Join(", ", environment.Fleet.Fleet.Clusters.Select(cluster => cluster.Id))}.");
        }

        var kept = await trigger.KeepAsync(person, scope, cancellationToken);
        return TypedResults.Created($"/api/emergency/plan/{kept.Id}", await OfAsync(kept, kept.Plan, person, trigger, engine, cancellationToken));
    }

    private static async Task<KeptPlanResponse> PlanAsync(string id, HttpContext http, EmergencyTrigger trigger, EmergencyPlans plans, Engine engine, CancellationToken cancellationToken)
    {
        await plans.RefreshAsync(cancellationToken);
        var kept = plans.Find(id) ?? throw ProblemException.NotFound($"emergency plan {id}");
        var (now, _) = await trigger.PlanAsync(kept.Plan.Scope, cancellationToken);
        return await OfAsync(kept, now, People.Find(http), trigger, engine, cancellationToken);
    }

    private static async Task<KeptPlanResponse> ApproveAsync(
        string id, EmergencyApproveRequest? body, HttpContext http, EmergencyTrigger trigger, Engine engine, CancellationToken cancellationToken)
    {
        var person = People.Of(http);
        var kept = await trigger.ApproveAsync(person, id, body?.Comment, cancellationToken);
        var (now, _) = await trigger.PlanAsync(kept.Plan.Scope, cancellationToken);
        return await OfAsync(kept, now, person, trigger, engine, cancellationToken);
    }

    private static async Task<IResult> TriggerAsync(ScaleDownRequest body, HttpContext http, EmergencyTrigger trigger, CancellationToken cancellationToken)
    {
        var person = People.Of(http);
        var plan = body.Plan is { Length: > 0 } id ? id : throw ProblemException.BadRequest("Say which plan: plan, its id as GET /api/emergency shows it.");
        var reason = body.Reason?.Trim() is { Length: > 0 } text ? text : throw ProblemException.BadRequest("Say why: reason.");
        var (kept, created) = await trigger.TriggerAsync(person, plan, body.Confirm ?? "", reason, cancellationToken);
        var answer = new ScaleDownResponse(kept.Run.ToString(), created, kept.Id);
        return created ? TypedResults.Created($"/api/runs/{kept.Run}", answer) : TypedResults.Ok(answer);
    }

    private static async Task<KeptPlanResponse> OfAsync(
        KeptPlan kept, EmergencyPlan now, Person? person, EmergencyTrigger trigger, Engine engine, CancellationToken cancellationToken)
    {
        var whyNot = person is null ? null : trigger.WhyNotApprove(person, kept);
        var status = kept.Triggered is { } triggered && Guid.TryParse(triggered.Run, out var run) ? (await engine.FindAsync(new RunId(run), cancellationToken))?.Status : null;
        return new KeptPlanResponse(
            kept.Id, kept.By, kept.At, Math.Round((trigger.Now - kept.At).TotalSeconds, 1), trigger.ValidUntil(kept), trigger.State(kept), kept.Plan, kept.Approvals,
            trigger.Missing(kept), [.. kept.Plan.ChangesTo(now)], person is null ? null : whyNot is null, whyNot?.Message,
            kept.Triggered is { } by ? new TriggeredResponse(by.By, by.At, by.Run, by.Reason, status is { } known ? Words.Of(known) : null) : null,
            kept.Suggested is { } suggested ? new SuggestedResponse(suggested.At, suggested.Reason) : null);
    }
}
