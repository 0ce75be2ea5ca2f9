using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions;

internal sealed partial class Turn
{
    private StepError? Skip(SkipStep skip)
    {
        actor = skip.By;
        if (run.IsEnded)
        {
            return RefuseEnded();
        }

        if (string.IsNullOrWhiteSpace(skip.Reason))
        {
            return Refusal("reason-missing", "A skip needs a reason: it stands in the journal.");
        }

        if (run.Find(skip.Path) is not { Status: not StepStatus.Pending } step)
        {
            return SkipAhead(skip);
        }

        if (step.Status == StepStatus.Undoing && run.Incidents.ContainsKey(skip.Path))
        {
            Emit(new IncidentClosed(skip.Path, IncidentResolution.Skip, skip.By, skip.Reason));
            GiveUpUndo(step, new StepError(ErrorCodes.UndoAbandoned, $"{skip.By} left it in place: {skip.Reason}"));
            return null;
        }

        if (PlanOf(step) is not { } plan)
        {
            return Refusal("not-a-step", $"{Name(skip.Path)} is no step of the runbook.");
        }

        if (plan.Holds<ApprovalStep>())
        {
            return RefuseApproval(skip.Path);
        }

        switch (step.Status)
        {
            case StepStatus.Incident:
                Emit(new IncidentClosed(skip.Path, IncidentResolution.Skip, skip.By, skip.Reason));
                break;
            case StepStatus.WaitingForLock or StepStatus.Retrying or StepStatus.WaitingForSignal or StepStatus.Waiting:
                break;
            default:
                return Refusal("not-skippable", step.IsOpen
                    ? $"{skip.Path} is {Json.Kebab(step.Status)}: let it end, or cancel the run."
                    : $"{skip.Path} is {Json.Kebab(step.Status)} already.");
        }

        End(new StepSkipped(skip.Path, skip.By, skip.Reason));
        return null;
    }

    /// <summary>A step that has not begun is passed over when its turn comes.</summary>
    private StepError? SkipAhead(SkipStep skip)
    {
        if (skip.Path.IsRoot || run.Find(skip.Path.Parent) is not { } block || !(block.Begun || block.Parent is null) || PlanWithin(block, skip.Path.Name) is not { } plan)
        {
            return Refusal("unknown-step", $"{Name(skip.Path)} is no step of a block that has begun. Skip it when its block has, or skip the block.");
        }

        if (block.Parent is not null && !block.IsOpen)
        {
            return Refusal("not-skippable", $"{Name(block.Path)} is {Json.Kebab(block.Status)} already.");
        }

        if (plan.Holds<ApprovalStep>())
        {
            return RefuseApproval(skip.Path);
        }

        Emit(new StepSkipped(skip.Path, skip.By, skip.Reason));
        return null;
    }

    private static StepError RefuseApproval(StepPath path) =>
        Refusal("approval-not-skippable", $"{path} holds an approval, and nobody passes over one: decide it, or cancel the run.");
}
