using Orchestrator.Server.Api;
using Orchestrator.Server.Approvals;
using Orchestrator.Server.Emergency;
using Orchestrator.Server.Identity;
using Orchestrator.Server.Environments;
using Orchestrator.Server.Runs;
using Orchestrator.Server.Schedules;
using Orchestrator.Server.Work;
using Orchestrator.Workflows.Model.People;
using Orchestrator.Workflows.Scheduling;
using Orchestrator.Workflows.Scheduling.Policy;

namespace Orchestrator.Server.Decisions;

/// <summary>Everything that waits for people's decision, of all kinds, what is due first at its head.</summary>
internal sealed class DecisionInbox(
    OpenApprovals approvals, OpenWork openWork, EmergencyPlans plans, EmergencyTrigger trigger, Workflows.Scheduling.Schedules schedules, AccessTable access, PromotionEnvironment environment)
{
    /// <summary>Most incidents of one run that are listed; a loop may have thousands, and one decision is like the next.</summary>
    private const int MostIncidents = 20;

    /// <param name="person">Who asks; null when it is not known.</param>
    /// <param name="entitled">Judges approvals for the person.</param>
    public async Task<List<PendingDecision>> ListAsync(Person? person, Func<OpenApproval, Entitlement>? entitled, CancellationToken cancellationToken)
    {
        var all = new List<PendingDecision>();
        all.AddRange((await approvals.ListAsync(cancellationToken)).Select(open => Of(open, entitled?.Invoke(open))));
        all.AddRange(await openWork.ReadAsync(runs => runs.SelectMany(run => Incidents(run, person)).ToList(), cancellationToken));
        await plans.RefreshAsync(cancellationToken);
        if (plans.Latest is { } plan && trigger.State(plan) == "open")
        {
            all.Add(Of(plan, person));
        }

        all.AddRange(await PoliciesAsync(person, cancellationToken));
        return [.. all.OrderBy(one => one.Deadline ?? DateTimeOffset.MaxValue).ThenBy(one => one.At).ThenBy(one => one.Id, StringComparer.Ordinal)];
    }

    /// <summary>What stopped and waits for an operator: retry, skip, undo or cancel.</summary>
    private IEnumerable<PendingDecision> Incidents(OpenRun run, Person? person)
    {
        var roles = access.RolesOf(Privilege.ControlRuns);
        var mine = person is null ? null
            : access.Has(person, Privilege.ControlRuns) ? new MineResponse(true, person.Roles.FirstOrDefault(roles.Contains), [], null, null)
            : new MineResponse(false, null, [], "role-missing", AccessGuard.Reason(person, Words.Of(Privilege.ControlRuns), roles));
        return run.Incidents.OrderBy(pair => pair.Value.At).Take(MostIncidents).Select(pair => new PendingDecision(
            "incident", $"{run.Run} {pair.Key.Value}", run.Started.Runbook, run.Started.StartedBy, pair.Value.At, null, roles, 1, 1, mine)
        {
            Incident = new IncidentToDecide(run.Run.ToString(), pair.Key.Value, ErrorResponse.Of(pair.Value.Error)!),
        });
    }

    private static PendingDecision Of(OpenApproval open, Entitlement? mine)
    {
        var answer = ApprovalResponse.Of(open, mine);
        return new PendingDecision(
            "approval", $"{answer.Run} {answer.Path}", answer.Runbook, answer.StartedBy, answer.RequestedAt, answer.Deadline, answer.Roles, answer.Quorum, answer.Missing, answer.Mine)
        {
            Approval = answer,
        };
    }

    private PendingDecision Of(KeptPlan plan, Person? person)
    {
        var refusal = person is null ? null : trigger.WhyNotApprove(person, plan);
        return new PendingDecision(
            "emergency-plan", plan.Id, trigger.Confirm, plan.By, plan.At, trigger.ValidUntil(plan), trigger.Roles, trigger.Quorum, trigger.Missing(plan),
            person is null ? null : new MineResponse(refusal is null, refusal is null ? person.Roles.First(trigger.Roles.Contains) : null, [], refusal?.Code, refusal?.Message))
        {
            EmergencyPlan = new PlanToApprove(plan.Plan.Lines, plan.Plan.Saves, plan.Plan.Currency, plan.Approvals),
        };
    }

    /// <summary>What is asked of freeze windows. A process that has no schedules open has none of these.</summary>
    private async Task<IEnumerable<PendingDecision>> PoliciesAsync(Person? person, CancellationToken cancellationToken)
    {
        try
        {
            var windows = (await schedules.FreezesAsync(cancellationToken: cancellationToken)).ToDictionary(window => window.Id, window => window.Name);
            var overrides = (await schedules.OverridesAsync(cancellationToken: cancellationToken))
                .Where(asked => asked.Status == OverrideStatus.Requested)
                .Select(asked => new PendingDecision(
                    "freeze-override", asked.Id.ToString(), asked.Trigger.Runbook, asked.RequestedBy, asked.RequestedAt, asked.ExpiresAt, ScheduleAdmin.Approvers, 1, 1,
                    Mine(person, asked.RequestedBy, $"{asked.RequestedBy} asked for this override; somebody else decides about it."))
                {
                    FreezeOverride = OverrideResponse.Of(asked, environment.Time.GetUtcNow()),
                    Freeze = windows.GetValueOrDefault(asked.Freeze),
                });
            var removals = (await schedules.RemovalsAsync(cancellationToken))
                .Where(asked => asked.Status == RemovalStatus.Requested)
                .Select(asked => new PendingDecision(
                    "freeze-removal", asked.Id.ToString("D"), windows.GetValueOrDefault(asked.Freeze) ?? asked.Freeze.ToString(), asked.RequestedBy, asked.RequestedAt, null,
                    ScheduleAdmin.Approvers, 1, 1, Mine(person, asked.RequestedBy, $"{asked.RequestedBy} asked to remove this freeze window; somebody else approves it."))
                {
                    FreezeRemoval = RemovalResponse.Of(asked),
                    Freeze = windows.GetValueOrDefault(asked.Freeze),
                });
            return [.. overrides, .. removals];
        }
        catch (SchedulesUnavailableException)
        {
            return [];
        }
    }

    private static MineResponse? Mine(Person? person, string askedBy, string own)
    {
        if (person is null)
        {
            return null;
        }

        if (FourEyes.Check(askedBy, person.Name, null, []) == EyesConflict.OwnRequest)
        {
            return new MineResponse(false, null, [], "four-eyes", own);
        }

        var role = ScheduleAdmin.Approvers.FirstOrDefault(role => person.Roles.Contains(role));
        return role is null
            ? new MineResponse(false, null, [], "role-missing", $"{person.Name} has none of the roles {string.Join(", ", ScheduleAdmin.Approvers)}.")
            : new MineResponse(true, role, [], null, null);
    }
}
