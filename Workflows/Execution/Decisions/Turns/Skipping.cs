using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions.Turns;

/// <summary>An operator passes over a step that has an incident, waits, or has not begun. Nobody passes over an approval.</summary>
internal static class Skipping
{
    public static StepError? Skip(Turn turn, SkipStep skip)
    {
        var run = turn.Run;
        turn.Actor = skip.By;
        if (run.IsEnded)
        {
            return Refusals.Ended(run);
        }

        if (string.IsNullOrWhiteSpace(skip.Reason))
        {
            return Refusals.Refuse("reason-missing", "A skip needs a reason: it stands in the journal.");
        }

        if (run.Find(skip.Path) is not { Status: not StepStatus.Pending } step)
        {
            return SkipAhead(turn, skip);
        }

        if (step.Status == StepStatus.Undoing && run.Incidents.ContainsKey(skip.Path))
        {
            turn.Emit(new IncidentClosed(skip.Path, IncidentResolution.Skip, skip.By, skip.Reason));
            Undoing.GiveUp(turn, step, new StepError(ErrorCodes.UndoAbandoned, $"{skip.By} left it in place: {skip.Reason}"));
            return null;
        }

        if (turn.PlanOf(step) is not { } plan)
        {
            return Refusals.Refuse("not-a-step", $"{Refusals.Name(skip.Path)} is no step of the runbook.");
        }

        if (plan.Holds<ApprovalStep>())
        {
            return RefuseApproval(skip.Path);
        }

        switch (step.Status)
        {
            case StepStatus.Incident:
                turn.Emit(new IncidentClosed(skip.Path, IncidentResolution.Skip, skip.By, skip.Reason));
                break;
            case StepStatus.WaitingForLock or StepStatus.Retrying or StepStatus.WaitingForSignal or StepStatus.Waiting:
                break;
            default:
                return Refusals.Refuse("not-skippable", step.IsOpen
                    ? $"{skip.Path} is {Json.Kebab(step.Status)}: let it end, or cancel the run."
                    : $"{skip.Path} is {Json.Kebab(step.Status)} already.");
        }

        StepEnds.End(turn, new StepSkipped(skip.Path, skip.By, skip.Reason));
        return null;
    }

    /// <summary>A step that has not begun is passed over when its turn comes.</summary>
    private static StepError? SkipAhead(Turn turn, SkipStep skip)
    {
        if (skip.Path.IsRoot || turn.Run.Find(skip.Path.Parent) is not { } block || !(block.Begun || block.Parent is null) || turn.PlanWithin(block, skip.Path.Name) is not { } plan)
        {
            return Refusals.Refuse("unknown-step", $"{Refusals.Name(skip.Path)} is no step of a block that has begun. Skip it when its block has, or skip the block.");
        }

        if (block.Parent is not null && !block.IsOpen)
        {
            return Refusals.Refuse("not-skippable", $"{Refusals.Name(block.Path)} is {Json.Kebab(block.Status)} already.");
        }

        if (plan.Holds<ApprovalStep>())
        {
            return RefuseApproval(skip.Path);
        }

        turn.Emit(new StepSkipped(skip.Path, skip.By, skip.Reason));
        return null;
    }

    private static StepError RefuseApproval(StepPath path) =>
        Refusals.Refuse("approval-not-skippable", $"{path} holds an approval, and nobody passes over one: decide it, or cancel the run.");
}
