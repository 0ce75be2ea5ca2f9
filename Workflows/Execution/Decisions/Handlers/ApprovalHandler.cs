using System.Text.Json;
using Orchestrator.Workflows.Execution.Decisions.Turns;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.People;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions.Handlers;

/// <summary><c>approval</c>: waits for the decisions of people. Nobody in time: other roles are asked once, then it counts as a rejection.</summary>
internal sealed class ApprovalHandler : IStepHandler
{
    public void Enter(Turn turn, StepSite site)
    {
        var approval = (ApprovalStep)site.Plan.Step;
        var names = site.Names(turn);
        var (question, diagnostic) = turn.Expressions.EvaluateText(approval.Question, names);
        JsonElement? evidence = null;
        if (diagnostic is null && approval.Evidence is { } template)
        {
            var evaluation = turn.Expressions.Evaluate(template, names);
            (evidence, diagnostic) = (evaluation.Value, evaluation.Error);
        }

        if (diagnostic is not null)
        {
            Failures.Fail(turn, site, diagnostic.ToStepError());
            return;
        }

        var deadline = turn.Now + approval.Timeout;
        turn.Emit(new ApprovalRequested(site.Path, question!, evidence, approval.Roles, approval.Quorum, deadline));
        if (deadline is { } due)
        {
            Timers.Set(turn, site.Path, TimerPurpose.Deadline, due);
        }
    }

    /// <summary>A person decides. Null, or why that does not count.</summary>
    public static StepError? Decide(Turn turn, DecideApproval input)
    {
        if ((NameDiagnostic(input.By) ?? (input.OnBehalfOf is { } other ? NameDiagnostic(other) : null)) is { } bad)
        {
            return Refusals.Refuse("bad-name", bad);
        }

        if (turn.Run.Find(input.Path) is not { Approval: { } approval } step)
        {
            return Refusals.Refuse("no-approval", $"{Refusals.Name(input.Path)} asks for no approval now. See `runs show` for what waits.");
        }

        if (step.Status != StepStatus.WaitingForApproval)
        {
            return approval.Decisions.Any(earlier => FourEyes.Same(earlier.By, input.By) && earlier.Approved == input.Approved)
                ? null
                : Refusals.Refuse("approval-closed", $"{Refusals.Name(input.Path)} is decided already: it is {Json.Kebab(step.Status)}.");
        }

        // A rejection counts after one's own approval too.
        var counted = approval.Decisions.Where(earlier => earlier.Approved == input.Approved).Select(earlier => new JournaledDecision(earlier.By, earlier.OnBehalfOf));
        var starter = turn.Run.Started!.StartedBy;
        var conflict = FourEyes.Check(starter, input.By, input.OnBehalfOf, counted);
        if (conflict == EyesConflict.OwnRequest)
        {
            return Refusals.Refuse("four-eyes", $"{starter} started this run and cannot decide on it. Ask someone else with one of the roles {string.Join(", ", approval.Roles)}.");
        }

        if (input.Roles.FirstOrDefault(approval.Roles.Contains) is not { } role)
        {
            return Refusals.Refuse("role-missing", $"{input.By} has none of the roles {string.Join(", ", approval.Roles)}.");
        }

        if (conflict == EyesConflict.CountedBefore)
        {
            return approval.Decisions.Any(earlier => FourEyes.Same(earlier.By, input.By) && PersonOrNull(earlier.OnBehalfOf) == PersonOrNull(input.OnBehalfOf))
                ? null
                : Refusals.Refuse("already-decided", $"{input.By} has a decision here already, and each approval needs another person. {approval.Missing} more needed.");
        }

        turn.Emit(new ApprovalDecided(input.Path, input.By, role, input.Approved, input.Comment, input.OnBehalfOf));
        if (!input.Approved)
        {
            Reject(turn, step, $"{input.By} rejected: {input.Comment ?? "no comment given"}");
        }
        else if (step.Approval!.Missing == 0)
        {
            StepEnds.End(turn, new StepCompleted(step.Path, Result(step.Approval)));
        }

        return null;
    }

    private static string? NameDiagnostic(string name) => PersonId.TryParse(name, out _, out var diagnostic) ? null : $"This is no person's name: {diagnostic}.";

    private static PersonId? PersonOrNull(string? name) => name is null ? null : PersonId.Of(name);

    public void Fire(Turn turn, StepState step, TimerPurpose purpose)
    {
        var approval = (ApprovalStep)turn.PlanOf(step)!.Step;
        var asked = step.Approval!;
        if (asked.Escalated || approval.EscalateTo.IsEmpty)
        {
            Reject(turn, step, $"It had {asked.Request.Quorum - asked.Missing} of {asked.Request.Quorum} approvals when its time was up.");
            return;
        }

        var deadline = turn.Now + approval.Timeout;
        turn.Emit(new ApprovalEscalated(step.Path, approval.EscalateTo, deadline));
        if (deadline is { } due)
        {
            Timers.Set(turn, step.Path, TimerPurpose.Deadline, due);
        }
    }

    private static void Reject(Turn turn, StepState step, string reason) =>
        Failures.Fail(turn, step, new StepError(ErrorCodes.Rejected, $"{step.Approval!.Request.Question} {reason}")
        {
            Retryable = false,
            Detail = Result(step.Approval),
        });

    private static JsonElement Result(ApprovalState approval) => Json.Object(writer =>
    {
        writer.WriteBoolean("approved", approval.Missing == 0 && approval.Decisions.All(decision => decision.Approved));
        writer.WriteStartArray("by");
        foreach (var decision in approval.Decisions)
        {
            writer.WriteStartObject();
            writer.WriteString("user", decision.By);
            writer.WriteString("role", decision.Role);
            writer.WriteString("comment", decision.Comment);
            if (decision.OnBehalfOf is not null)
            {
                writer.WriteString("onBehalfOf", decision.OnBehalfOf);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });
}
