using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions.Turns;

/// <summary>What an operator does with the run as a whole: pause, resume, cancel, undo. Null, or why it cannot be done now.</summary>
internal static class Operators
{
    public static StepError? Pause(Turn turn, PauseRun pause)
    {
        var run = turn.Run;
        if (run.IsEnded)
        {
            return Refusals.Ended(run);
        }

        if (run.Paused is not null)
        {
            return Refusals.Refuse("paused", $"The run is paused already, by {run.Paused.By}.");
        }

        if (run.Cancel is not null)
        {
            return Refusals.Refuse("cancelling", "The run is being cancelled; that cannot be paused.");
        }

        turn.Emit(new RunPaused(pause.By, pause.Reason));
        return null;
    }

    public static StepError? Resume(Turn turn, ResumeRun resume)
    {
        var run = turn.Run;
        if (run.IsEnded)
        {
            return Refusals.Ended(run);
        }

        if (run.Paused is null)
        {
            return Refusals.Refuse("not-paused", run.Incidents.Count > 0
                ? $"The run is not paused, but {run.Incidents.Count} incidents wait: retry or skip {Refusals.List([.. run.Incidents.Keys])}."
                : $"The run is not paused: it is {Json.Kebab(run.Status)}.");
        }

        EndPause(turn, resume.By);
        Continuing.GoOn(turn, run.Root);
        return null;
    }

    private static void EndPause(Turn turn, string by)
    {
        turn.Actor = by;
        if (turn.Run.Paused is not null)
        {
            turn.Emit(new RunResumed(by));
        }

        Locks.Regain(turn, by);
    }

    public static StepError? Cancel(Turn turn, CancelRun cancel)
    {
        var run = turn.Run;
        if (run.IsEnded)
        {
            return Refusals.Ended(run);
        }

        if (run.Cancel is not null && (run.Cancel.Force || !cancel.Force))
        {
            return Refusals.Refuse("cancelling", $"{run.Cancel.By} cancels the run already. Force the cancel to leave finally blocks out.");
        }

        turn.Actor = cancel.By;
        if (run.Paused is not null)
        {
            turn.Emit(new RunResumed(cancel.By));
        }

        turn.Emit(new CancelRequested(cancel.By, cancel.Reason) { Force = cancel.Force });
        if (run.UndoReason is not null)
        {
            Undoing.Abandon(turn, run.Root);
        }

        Stopping.StopWithin(turn, run.Root);
        Blocks.Settle(turn);
        // A finally block that still has to run needs its locks back; otherwise the end of the run gave them up.
        if (!run.IsEnded)
        {
            Locks.Regain(turn, cancel.By);
            // What a pause held back in it goes on.
            Continuing.Kick(turn, run.Root);
        }

        return null;
    }

    public static StepError? Undo(Turn turn, UndoRun undo)
    {
        var run = turn.Run;
        if (run.UndoReason is not null && (!run.IsEnded || run.Outcome == RunOutcome.Undone))
        {
            return Refusals.Refuse("undoing", $"The run is {Json.Kebab(run.Status)} already.");
        }

        var ended = run.IsEnded;
        EndPause(turn, undo.By);
        turn.Emit(new UndoStarted(StepPath.Root, undo.Reason ?? $"asked for by {undo.By}", undo.By));
        if (ended && run.Root is { UndoLeft: > 0, Lock: { Status: LockStatus.Released } held })
        {
            Locks.Request(turn, StepPath.Root, held.Resources);
        }

        Stopping.StopWithin(turn, run.Root);
        Blocks.Settle(turn);
        if (!run.IsEnded)
        {
            // What a pause held back in a finally block goes on, and so does an undo that a cancel had cut short.
            Continuing.GoOn(turn, run.Root);
        }

        return null;
    }
}
