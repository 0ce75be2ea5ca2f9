using System.Text.Json;
using Orchestrator.Workflows.Execution.Decisions.Turns;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions.Handlers;

/// <summary><c>runbook</c>: a child run. It is told to start, to cancel or to undo itself, and its end is the answer.</summary>
internal sealed class RunbookHandler : IStepHandler
{
    public void Enter(Turn turn, StepSite site)
    {
        var (step, path) = ((RunbookStep)site.Plan.Step, site.Path);
        var inputs = turn.Expressions.Evaluate(step.With, site.Names(turn));
        if (inputs.Value is not { } value)
        {
            Failures.Fail(turn, site, inputs.Error!.ToStepError());
            return;
        }

        var child = ChildIds.Of(turn.Run.Id, path, (turn.Run.Find(path)?.Attempt ?? 0) + 1, turn.Now);
        turn.Emit(new ChildRequested(path, child, step.Runbook, value));
        turn.Issue(new StartChild(path, child, step.Runbook, value));
        StepStarts.LimitTime(turn, site.Plan, path);
    }

    public void Fire(Turn turn, StepState step, TimerPurpose purpose)
    {
        Stopping.BeginTimeout(turn, step);
        StopChild(turn, step);
    }

    public void Stop(Turn turn, StepState step, Stop how)
    {
        if (step.Own is not ChildState { Asked: not ChildAsk.Nothing })
        {
            StepEnds.End(turn, new StepCancelled(step.Path));
        }
        else
        {
            StopChild(turn, step);
        }
    }

    /// <summary>A child under way is told to cancel, or when its parent is undone, to undo itself. Its end is awaited.</summary>
    private static void StopChild(Turn turn, StepState step)
    {
        var run = turn.Run;
        var state = (ChildState)step.Own!;
        var child = state.Latest;
        if (Stopping.IsForced(run))
        {
            turn.Issue(new CancelChild(step.Path, child, "the parent run is cancelled"));
            StepEnds.End(turn, new StepCancelled(step.Path));
        }
        else if (run.UndoReason is not null && run.Cancel is null && run.Root.Stopping == Model.State.Stop.Drain)
        {
            if (state.Asked != ChildAsk.Undo)
            {
                AskToUndo(turn, step, child);
            }
        }
        else if (state.Asked == ChildAsk.Start)
        {
            var reason = step.StopError?.Message ?? run.Cancel?.Reason ?? "the parent run stops";
            turn.Emit(new ChildCancelRequested(step.Path, child, reason));
            turn.Issue(new CancelChild(step.Path, child, reason));
        }
    }

    public void Undo(Turn turn, StepState step, StepPlan plan) => AskToUndo(turn, step, ((ChildState)step.Own!).Latest);

    private static void AskToUndo(Turn turn, StepState step, RunId child)
    {
        // Of what was to be done: nothing limits the time of its undo.
        Timers.Clear(turn, step);
        var reason = turn.Run.UndoReason!;
        turn.Emit(new ChildUndoRequested(step.Path, child, reason));
        turn.Issue(new UndoChild(step.Path, child, reason));
    }

    public void AbandonUndo(Turn turn, StepState step)
    {
        if (step.Own is ChildState { Asked: ChildAsk.Undo, ToUndo: { } asked })
        {
            turn.Issue(new CancelChild(step.Path, asked, "the parent run is cancelled"));
        }
    }

    /// <summary>A child run has ended.</summary>
    public static void Take(Turn turn, EndChild end)
    {
        if (turn.Run.Find(end.Path) is not { Own: ChildState state } step || !state.Runs.Contains(end.Child))
        {
            return;
        }

        var isLatest = state.Latest == end.Child;
        switch (state.Asked)
        {
            case ChildAsk.Undo when state.ToUndo == end.Child && AnswersUndo(end):
                EndOfUndo(turn, step, end);
                break;
            case ChildAsk.Start or ChildAsk.Cancel when isLatest:
                EndOfRun(turn, step, end);
                break;
            case ChildAsk.Nothing when isLatest && end.Outcome == RunOutcome.Done && step.Status == StepStatus.Incident:
                // An operator fixed the child itself.
                turn.Emit(new IncidentClosed(step.Path, IncidentResolution.Retry, $"run {end.Child}", "the child run is done"));
                StepEnds.End(turn, new StepCompleted(step.Path, Result(end)));
                break;
        }
    }

    /// <summary>A child that had ended in its own way before the request reached it will end again.</summary>
    private static bool AnswersUndo(EndChild end) =>
        end.Outcome is RunOutcome.Undone or RunOutcome.UndoIncomplete or RunOutcome.Cancelled or RunOutcome.Rejected || end.Error?.Code == ErrorCodes.UndoIncomplete;

    private static void EndOfRun(Turn turn, StepState step, EndChild end)
    {
        if (end.Outcome == RunOutcome.Done && step.StopError is null)
        {
            StepEnds.End(turn, new StepCompleted(step.Path, Result(end)));
        }
        else if (Stopping.IsStopping(turn.Run, step.Parent!))
        {
            StepEnds.End(turn, new StepCancelled(step.Path));
        }
        else
        {
            Timers.Clear(turn, step);
            Failures.Fail(turn, step, step.StopError ?? Error(end));
        }
    }

    private static void EndOfUndo(Turn turn, StepState step, EndChild end)
    {
        var runs = ((ChildState)step.Own!).Runs;
        var index = runs.IndexOf(end.Child);
        if (step.Status != StepStatus.Undoing && (index == 0 || end.Outcome is not RunOutcome.Undone))
        {
            StepEnds.End(turn, new StepFailed(step.Path, Error(end)));
        }
        else if (end.Outcome == RunOutcome.UndoIncomplete)
        {
            // It has gone as far as it can, and says what stands.
            Undoing.GiveUp(turn, step, Error(end));
        }
        else if (end.Outcome is RunOutcome.Failed or RunOutcome.Cancelled)
        {
            Undoing.Fail(turn, step, Error(end));
        }
        else if (index > 0)
        {
            AskToUndo(turn, step, runs[index - 1]);
        }
        else
        {
            Undoing.Complete(turn, step);
        }
    }

    private static JsonElement Result(EndChild end) => Json.Object(writer =>
    {
        writer.WriteString("runId", end.Child.Value);
        writer.WriteString("outcome", Json.Kebab(end.Outcome));
    });

    /// <summary>A child's rejection is the parent's: a gate within the child said no.</summary>
    private static StepError Error(EndChild end)
    {
        var (code, what) = end.Outcome switch
        {
            RunOutcome.Rejected => (ErrorCodes.Rejected, "was rejected"),
            RunOutcome.Cancelled => (ErrorCodes.ChildCancelled, "was cancelled"),
            RunOutcome.Undone => (ErrorCodes.ChildUndone, "was undone"),
            RunOutcome.UndoIncomplete => (ErrorCodes.UndoIncomplete, "left something in place"),
            _ => (ErrorCodes.ChildFailed, "failed"),
        };
        return new StepError(code, $"Child run {end.Child} {what}{(end.Error is { } error ? $": {error.Message}" : ".")}") { Retryable = false };
    }
}
