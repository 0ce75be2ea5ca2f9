using System.Text.Json;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.People;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions;

internal sealed partial class Turn
{
    private void BeginApproval(StepState block, StepPlan plan, StepPath path, ApprovalStep approval)
    {
        var scope = ScopeIn(block, plan.Block);
        var (question, problem) = expressions.EvaluateText(approval.Question, scope);
        JsonElement? evidence = null;
        if (problem is null && approval.Evidence is { } template)
        {
            var evaluation = expressions.Evaluate(template, scope);
            (evidence, problem) = (evaluation.Value, evaluation.Error);
        }

        if (problem is not null)
        {
            Fail(block, path, plan, problem.ToStepError());
            return;
        }

        var deadline = now + approval.Timeout;
        Emit(new ApprovalRequested(path, question!, evidence, approval.Roles, approval.Quorum, deadline));
        if (deadline is { } due)
        {
            Set(path, TimerPurpose.Deadline, due);
        }
    }

    private StepError? DecideOn(DecideApproval input)
    {
        if ((NameProblem(input.By) ?? (input.OnBehalfOf is { } other ? NameProblem(other) : null)) is { } bad)
        {
            return Refusal("bad-name", bad);
        }

        if (run.Find(input.Path) is not { Approval: { } approval } step)
        {
            return Refusal("no-approval", $"{Name(input.Path)} asks for no approval now. See `runs show` for what waits.");
        }

        if (step.Status != StepStatus.WaitingForApproval)
        {
            return approval.Decisions.Any(earlier => FourEyes.Same(earlier.By, input.By) && earlier.Approved == input.Approved)
                ? null
                : Refusal("approval-closed", $"{Name(input.Path)} is decided already: it is {Json.Kebab(step.Status)}.");
        }

        // A rejection counts after one's own approval too.
        var counted = approval.Decisions.Where(earlier => earlier.Approved == input.Approved).Select(earlier => new RecordedDecision(earlier.By, earlier.OnBehalfOf));
        var conflict = FourEyes.Check(run.Started!.StartedBy, input.By, input.OnBehalfOf, counted);
        if (conflict == EyesConflict.OwnRequest)
        {
            return Refusal("four-eyes", $"{run.Started.StartedBy} started this run and cannot decide on it. Ask someone else with one of the roles {string.Join(", ", approval.Roles)}.");
        }

        if (input.Roles.FirstOrDefault(approval.Roles.Contains) is not { } role)
        {
            return Refusal("role-missing", $"{input.By} has none of the roles {string.Join(", ", approval.Roles)}.");
        }

        if (conflict == EyesConflict.CountedBefore)
        {
            return approval.Decisions.Any(earlier => FourEyes.Same(earlier.By, input.By) && PersonOrNull(earlier.OnBehalfOf) == PersonOrNull(input.OnBehalfOf))
                ? null
                : Refusal("already-decided", $"{input.By} has a decision here already, and each approval needs another person. {approval.Missing} more needed.");
        }

        Emit(new ApprovalDecided(input.Path, input.By, role, input.Approved, input.Comment, input.OnBehalfOf));
        if (!input.Approved)
        {
            Reject(step, $"{input.By} rejected: {input.Comment ?? "no comment given"}");
        }
        else if (step.Approval!.Missing == 0)
        {
            End(new StepCompleted(step.Path, ApprovalResult(step.Approval)));
        }

        return null;
    }

    private static string? NameProblem(string name) => PersonId.TryParse(name, out _, out var problem) ? null : $"This is no person's name: {problem}.";

    private static PersonId? PersonOrNull(string? name) => name is null ? null : PersonId.Of(name);

    /// <summary>Nobody decided in time: other roles are asked once, then it counts as a rejection.</summary>
    private void ApprovalDeadline(StepState step)
    {
        var plan = (ApprovalStep)PlanOf(step)!.Step;
        if (step.Approval!.Escalated || plan.EscalateTo.IsEmpty)
        {
            Reject(step, $"{Approvals(step.Approval)} when its time was up.");
            return;
        }

        var deadline = now + plan.Timeout;
        Emit(new ApprovalEscalated(step.Path, plan.EscalateTo, deadline));
        if (deadline is { } due)
        {
            Set(step.Path, TimerPurpose.Deadline, due);
        }
    }

    private static string Approvals(ApprovalState approval) => $"It had {approval.Request.Quorum - approval.Missing} of {approval.Request.Quorum} approvals";

    private void Reject(StepState step, string reason) =>
        Fail(step.Parent!, step.Path, PlanOf(step)!, new StepError(ErrorCodes.Rejected, $"{step.Approval!.Request.Question} {reason}")
        {
            Retryable = false,
            Detail = ApprovalResult(step.Approval),
        });

    private static JsonElement ApprovalResult(ApprovalState approval) => Json.Object(writer =>
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
