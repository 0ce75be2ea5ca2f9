using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Server.Api;
using Orchestrator.Server.Configuration;
using Orchestrator.Server.FleetViews;
using Orchestrator.Server.Identity;
using Orchestrator.Server.Environments;
using Orchestrator.Server.Pipeline;
using Orchestrator.Server.Runbooks;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Execution.Runs;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.People;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Server.Emergency;

/// <summary>Plans an emergency scale-down, has it approved beforehand, and starts it.</summary>
internal sealed class EmergencyTrigger(
    Engine engine, EmergencyPlans plans, FleetViewer viewer, RunbookCatalog catalog, PublishedVersions published, Settings settings, ProfileSet profiles, PromotionEnvironment environment)
{
    public ImmutableArray<string> Roles => settings.EmergencyRoles;

    public int Quorum => settings.Emergency.Quorum;

    /// <summary>What whoever triggers the plan types.</summary>
    public string Confirm => environment.Fleet.Fleet.Name;

    public DateTimeOffset Now => environment.Time.GetUtcNow();

    public DateTimeOffset ValidUntil(KeptPlan plan) => plan.At + settings.Emergency.PlanLasts;

    public int Missing(KeptPlan plan) => Math.Max(0, Quorum - plan.Approvals.Length);

    public string State(KeptPlan plan) =>
        plan.Triggered is not null ? "triggered" : Now >= ValidUntil(plan) ? "expired" : Missing(plan) > 0 ? "open" : "approved";

    /// <summary>What an emergency stop would take down now. Throws <see cref="ProblemException"/> when the runbook is not there or not fit.</summary>
    public async Task<(EmergencyPlan Plan, Runbook Runbook)> PlanAsync(EmergencyScope scope, CancellationToken cancellationToken)
    {
        await published.RefreshAsync(cancellationToken);
        var runbook = catalog.ReadForRequest(settings.Emergency.Runbook, null, new EvaluationBudget(cancellation: cancellationToken));
        return runbook.Lane == Lane.Emergency
            ? (await viewer.ReadAsync((projection, position) => EmergencyPlan.Of(projection, position, scope, environment.Fleet.Fleet, profiles, runbook.Name, runbook.Digest), cancellationToken), runbook)
            : throw new ProblemException(StatusCodes.Status409Conflict, "not-an-emergency", $"Runbook {runbook.Name} does not say lane: emergency, so it would wait for whatever holds the locks; say so in it, or set Emergency:Runbook to another one.");
    }

    /// <summary>What a plan would take down now. It needs the facts alone: an approved plan hangs on no file that somebody edits.</summary>
    public Task<EmergencyPlan> NowAsync(KeptPlan plan, CancellationToken cancellationToken) => viewer.ReadAsync(
        (projection, position) => EmergencyPlan.Of(projection, position, plan.Plan.Scope, environment.Fleet.Fleet, profiles, plan.Plan.Runbook, plan.Plan.Digest), cancellationToken);

    public async Task<KeptPlan> KeepAsync(Person person, EmergencyScope scope, CancellationToken cancellationToken)
    {
        var (plan, runbook) = await PlanAsync(scope, cancellationToken);
        // What is approved is what will run, whatever is published meanwhile.
        await engine.PublishAsync(runbook, cancellationToken);
        await plans.RefreshAsync(cancellationToken);
        return await plans.KeepAsync(plan, person.Name, Now, cancellationToken);
    }

    /// <summary>Why somebody may not approve a plan; null: they may.</summary>
    public ProblemException? WhyNotApprove(Person person, KeptPlan plan) =>
        State(plan) is var state and ("triggered" or "expired") ? Conflict($"plan-{state}", state == "triggered" ? "This plan was triggered already; make a new one." : $"This plan was good until {ValidUntil(plan):O}; make a new one.")
        : Conflict(person, plan) == EyesConflict.OwnRequest ? Forbidden("four-eyes", $"{person.Name} made this plan and cannot approve it; somebody else with one of the roles {string.Join(", ", Roles)} can.")
        : !person.Roles.Any(Roles.Contains) ? Forbidden("role-missing", $"{person.Name} has none of the roles {string.Join(", ", Roles)}.")
        : Conflict(person, plan) == EyesConflict.CountedBefore ? Conflict("already-decided", $"{person.Name} has approved this plan already, and each approval needs another person.")
        : null;

    public async Task<KeptPlan> ApproveAsync(Person person, string id, string? comment, CancellationToken cancellationToken)
    {
        while (true)
        {
            var plan = await FindAsync(id, cancellationToken);
            if (WhyNotApprove(person, plan) is { } diagnostic)
            {
                throw diagnostic;
            }

            if (await plans.ApproveAsync(plan, person.Name, new EmergencyApproved(person.Roles.First(Roles.Contains), comment), Now, cancellationToken))
            {
                return plans.Find(id)!;
            }
        }
    }

    /// <summary>Starts the run of an approved plan, or finds it when it was started before.</summary>
    public async Task<(KeptPlan Plan, bool Created)> TriggerAsync(Person person, string id, string confirm, string reason, CancellationToken cancellationToken)
    {
        var plan = await FindAsync(id, cancellationToken);
        if (!person.Roles.Any(Roles.Contains))
        {
            throw Forbidden("role-missing", $"{person.Name} has none of the roles {string.Join(", ", Roles)}.");
        }

        if (confirm != Confirm)
        {
            throw new ProblemException(StatusCodes.Status400BadRequest, "not-confirmed", $"Type the fleet's name, {Confirm}, to confirm; this was '{confirm}'.");
        }

        switch (State(plan))
        {
            case "open":
                throw Conflict("plan-not-approved", $"This plan has {plan.Approvals.Length} of {Quorum} approvals; somebody else with one of the roles {string.Join(", ", Roles)} must approve it first.");
            case "expired":
                throw Conflict("plan-expired", $"This plan was good until {ValidUntil(plan):O}; make a new one and have it approved.");
        }

        return await StartAsync(person, plan, reason, cancellationToken);
    }

    /// <summary>Starts the run of an approved plan because a condition says so; people have approved it beforehand. Null: it is not approved, or not any more.</summary>
    public async Task<(KeptPlan Plan, bool Created)?> TriggerAutomaticallyAsync(string id, string reason, CancellationToken cancellationToken) =>
        await FindAsync(id, cancellationToken) is { } plan && State(plan) == "approved" ? await StartAsync(AutomaticTrigger.Itself, plan, reason, cancellationToken) : null;

    /// <summary>Starts the run of a plan that was carried out already, from a server's disk: it reads back what was done, and the journal follows.</summary>
    public async Task FollowAsync(Person person, string id, string reason, CancellationToken cancellationToken) =>
        await StartAsync(person, await FindAsync(id, cancellationToken), reason, cancellationToken);

    private async Task<(KeptPlan Plan, bool Created)> StartAsync(Person person, KeptPlan plan, string reason, CancellationToken cancellationToken)
    {
        var id = plan.Id;
        var runbook = await engine.FindRunbookAsync(plan.Plan.Digest, cancellationToken)
            ?? throw Conflict("runbook-not-found", $"The version of runbook {plan.Plan.Runbook} that was approved is not in the journal; make a new plan.");
        // By name, what was approved and what has come since: then nothing hangs on a survey that finds a cluster's API away.
        var now = await NowAsync(plan, cancellationToken);
        var result = await engine.StartAsync(
            new StartRequest(runbook, RunbookCatalog.BindForRequest(runbook, Inputs(runbook, plan, now, reason)), person.Name)
            {
                Id = plan.Run,
                Lane = Lane.Emergency,
                Labels = ImmutableDictionary<string, string>.Empty.Add("emergency", plan.Id),
            },
            cancellationToken);
        if (result.Refusal is { } refusal)
        {
            throw ProblemResponses.Of(refusal);
        }

        // After the start: a plan that was triggered must never wait for its own record. A crash in between leaves the run, which the next trigger finds.
        while (plan.Triggered is null && !await plans.TriggerAsync(plan, person.Name, new EmergencyTriggered(result.Run.ToString(), reason), Now, CancellationToken.None))
        {
            plan = await FindAsync(id, CancellationToken.None);
        }

        return (plans.Find(id)!, result.Created);
    }

    private async Task<KeptPlan> FindAsync(string id, CancellationToken cancellationToken)
    {
        await plans.RefreshAsync(cancellationToken);
        return plans.Find(id) ?? throw ProblemException.NotFound($"emergency plan {id}");
    }

    private static EyesConflict Conflict(Person person, KeptPlan plan) =>
        FourEyes.Check(plan.By, person.Name, null, plan.Approvals.Select(approval => new JournaledDecision(approval.By, null)));

    private static JsonElement Inputs(Runbook runbook, KeptPlan plan, EmergencyPlan now, string reason)
    {
        var inputs = new JsonObject
        {
            ["clusters"] = new JsonArray([.. Ids("cluster", plan.Plan.Scope.Clusters)]),
            ["units"] = new JsonArray([.. Ids("unit", plan.Plan.Scope.Units)]),
            ["reason"] = reason,
        };
        foreach (var name in inputs.Select(input => input.Key).Where(name => runbook.Inputs.All(declared => declared.Name != name)).ToList())
        {
            inputs.Remove(name);
        }

        return JsonSerializer.SerializeToElement(inputs);

        IEnumerable<JsonNode> Ids(string kind, ImmutableArray<string> scope) =>
            (scope.IsEmpty ? plan.Plan.Lines.Concat(now.Lines).Where(line => line.Kind == kind).Select(line => line.Id).Distinct(StringComparer.Ordinal) : scope).Select(id => (JsonNode)id!);
    }

    private static ProblemException Conflict(string code, string detail) => new(StatusCodes.Status409Conflict, code, detail);

    private static ProblemException Forbidden(string code, string detail) => new(StatusCodes.Status403Forbidden, code, detail);
}
