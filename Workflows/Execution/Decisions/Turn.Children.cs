using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions;

internal sealed partial class Turn
{
    private void BeginChild(StepState block, StepPlan plan, StepPath path, RunbookStep step)
    {
        var inputs = expressions.Evaluate(step.With, ScopeIn(block, plan.Block));
        if (inputs.Value is not { } value)
        {
            Fail(block, path, plan, inputs.Error!.ToStepError());
            return;
        }

        var child = ChildIds.Of(run.Id, path, (run.Find(path)?.Attempt ?? 0) + 1, now);
        Emit(new ChildRequested(path, child, step.Runbook, value));
        commands.Add(new StartChild(path, child, step.Runbook, value));
        LimitTime(plan, path);
    }

    /// <summary>A child under way is told to cancel, or when its parent is undone, to undo itself. Its end is awaited.</summary>
    private void StopChild(StepState step)
    {
        var child = step.ChildRuns[^1];
        if (IsForced)
        {
            commands.Add(new CancelChild(step.Path, child, "the parent run is cancelled"));
            End(new StepCancelled(step.Path));
        }
        else if (run.UndoReason is not null && run.Cancel is null && run.Root.Stopping == Stop.Drain)
        {
            if (step.ChildAsked != ChildAsk.Undo)
            {
                AskChildToUndo(step, child);
            }
        }
        else if (step.ChildAsked == ChildAsk.Start)
        {
            var reason = step.StopError?.Message ?? run.Cancel?.Reason ?? "the parent run stops";
            Emit(new ChildCancelRequested(step.Path, child, reason));
            commands.Add(new CancelChild(step.Path, child, reason));
        }
    }

    private void AskChildToUndo(StepState step, RunId child)
    {
        // Of what was to be done: nothing limits the time of its undo.
        ClearTimers(step);
        Emit(new ChildUndoRequested(step.Path, child, run.UndoReason!));
        commands.Add(new UndoChild(step.Path, child, run.UndoReason!));
    }

    private void EndOfChild(EndChild end)
    {
        if (run.Find(end.Path) is not { } step || !step.ChildRuns.Contains(end.Child))
        {
            return;
        }

        var isLatest = step.ChildRuns[^1] == end.Child;
        switch (step.ChildAsked)
        {
            case ChildAsk.Undo when step.ChildToUndo == end.Child && AnswersUndo(end):
                EndOfChildUndo(step, end);
                break;
            case ChildAsk.Start or ChildAsk.Cancel when isLatest:
                EndOfChildRun(step, end);
                break;
            case ChildAsk.Nothing when isLatest && end.Outcome == RunOutcome.Done && step.Status == StepStatus.Incident:
                // An operator mended the child itself.
                Emit(new IncidentClosed(step.Path, IncidentResolution.Retry, $"run {end.Child}", "the child run is done"));
                End(new StepCompleted(step.Path, ChildResult(end)));
                break;
        }
    }

    /// <summary>A child that had ended in its own way before the request reached it will end again.</summary>
    private static bool AnswersUndo(EndChild end) =>
        end.Outcome is RunOutcome.Undone or RunOutcome.LeftInPlace or RunOutcome.Cancelled or RunOutcome.Rejected || end.Error?.Code == ErrorCodes.LeftInPlace;

    private void EndOfChildRun(StepState step, EndChild end)
    {
        var plan = PlanOf(step)!;
        if (end.Outcome == RunOutcome.Done && step.StopError is null)
        {
            End(new StepCompleted(step.Path, ChildResult(end)));
        }
        else if (IsStopping(step.Parent!))
        {
            End(new StepCancelled(step.Path));
        }
        else
        {
            ClearTimers(step);
            Fail(step.Parent!, step.Path, plan, step.StopError ?? ChildError(end));
        }
    }

    private void EndOfChildUndo(StepState step, EndChild end)
    {
        var plan = PlanOf(step)!;
        var index = step.ChildRuns.IndexOf(end.Child);
        if (step.Status != StepStatus.Undoing && (index == 0 || end.Outcome is not RunOutcome.Undone))
        {
            End(new StepFailed(step.Path, ChildError(end)));
        }
        else if (end.Outcome is RunOutcome.Failed or RunOutcome.LeftInPlace or RunOutcome.Cancelled)
        {
            FailUndoFinally(step, plan, ChildError(end));
        }
        else if (index > 0)
        {
            AskChildToUndo(step, step.ChildRuns[index - 1]);
        }
        else
        {
            CompleteUndo(step);
        }
    }

    private static System.Text.Json.JsonElement ChildResult(EndChild end) => Json.Object(writer =>
    {
        writer.WriteString("runId", end.Child.Value);
        writer.WriteString("outcome", Json.Kebab(end.Outcome));
    });

    /// <summary>A child's rejection is the parent's: a gate within the child said no.</summary>
    private static StepError ChildError(EndChild end)
    {
        var (code, what) = end.Outcome switch
        {
            RunOutcome.Rejected => (ErrorCodes.Rejected, "was rejected"),
            RunOutcome.Cancelled => (ErrorCodes.ChildCancelled, "was cancelled"),
            RunOutcome.Undone => (ErrorCodes.ChildUndone, "was undone"),
            RunOutcome.LeftInPlace => (ErrorCodes.LeftInPlace, "left something in place"),
            _ => (ErrorCodes.ChildFailed, "failed"),
        };
        return new StepError(code, $"Child run {end.Child} {what}{(end.Error is { } error ? $": {error.Message}" : ".")}") { Retryable = false };
    }
}
