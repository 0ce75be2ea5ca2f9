using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions;

internal sealed partial class Turn
{
    private static StepError Refusal(string code, string message) => new(code, message) { Retryable = false };

    private StepError RefuseEnded() => Refusal("run-ended", $"The run has ended: it is {Json.Kebab(run.Status)}. Start it anew, retry a failed step, or undo it.");

    private static string Name(StepPath path) => path.IsRoot ? "The run" : path.Value;

    private StepError? Pause(PauseRun pause)
    {
        if (run.IsEnded)
        {
            return RefuseEnded();
        }

        if (run.Paused is not null)
        {
            return Refusal("paused", $"The run is paused already, by {run.Paused.By}.");
        }

        if (run.Cancel is not null)
        {
            return Refusal("cancelling", "The run is being cancelled; that cannot be paused.");
        }

        Emit(new RunPaused(pause.By, pause.Reason));
        return null;
    }

    private StepError? Resume(ResumeRun resume)
    {
        if (run.IsEnded)
        {
            return RefuseEnded();
        }

        if (run.Paused is null)
        {
            return Refusal("not-paused", run.Incidents.Count > 0
                ? $"The run is not paused, but {run.Incidents.Count} incidents wait: retry or skip {List([.. run.Incidents.Keys])}."
                : $"The run is not paused: it is {Json.Kebab(run.Status)}.");
        }

        GoOn(resume.By);
        Kick(run.Root);
        if (run.UndoReason is not null && run.OpenSteps == 0)
        {
            KickUndo(run.Root);
        }

        return null;
    }

    private void GoOn(string by)
    {
        actor = by;
        if (run.Paused is not null)
        {
            Emit(new RunResumed(by));
        }

        RegainLocks(by);
    }

    private StepError? Cancel(CancelRun cancel)
    {
        if (run.IsEnded)
        {
            return RefuseEnded();
        }

        if (run.Cancel is not null && (run.Cancel.Force || !cancel.Force))
        {
            return Refusal("cancelling", $"{run.Cancel.By} cancels the run already. Force the cancel to leave finally blocks out.");
        }

        actor = cancel.By;
        if (run.Paused is not null)
        {
            Emit(new RunResumed(cancel.By));
        }

        Emit(new CancelRequested(cancel.By, cancel.Reason) { Force = cancel.Force });
        if (run.UndoReason is not null)
        {
            AbandonUndo(run.Root);
        }

        StopWithin(run.Root);
        Settle();
        // A finally block that still has to run needs its locks back; otherwise the end of the run gave them up.
        if (!run.IsEnded)
        {
            RegainLocks(cancel.By);
            // What a pause held back in it goes on.
            Kick(run.Root);
        }

        return null;
    }

    private StepError? Undo(UndoRun undo)
    {
        if (run.UndoReason is not null && (!run.IsEnded || run.Outcome == RunOutcome.Undone))
        {
            return Refusal("undoing", $"The run is {Json.Kebab(run.Status)} already.");
        }

        var ended = run.IsEnded;
        GoOn(undo.By);
        Emit(new UndoStarted(StepPath.Root, undo.Reason ?? $"asked for by {undo.By}", undo.By));
        if (ended && run.Root is { UndoLeft: > 0, Lock: { Status: LockStatus.Released } held })
        {
            Request(StepPath.Root, held.Resources);
        }

        StopWithin(run.Root);
        Settle();
        if (!run.IsEnded)
        {
            // What a pause held back in a finally block goes on, and so does an undo that a cancel had cut short.
            Kick(run.Root);
            if (run.OpenSteps == 0)
            {
                KickUndo(run.Root);
            }
        }

        return null;
    }

    private StepError? Retry(RetryStep retry)
    {
        actor = retry.By;
        if (run.Find(retry.Path) is not { } step)
        {
            return Refusal("not-begun", $"{Name(retry.Path)} has not begun, so there is nothing to retry.");
        }

        if (run.IsEnded)
        {
            return Reopen(step, retry);
        }

        if (!run.Incidents.TryGetValue(retry.Path, out var incident))
        {
            return Refusal("no-incident", $"{Name(retry.Path)} is {Json.Kebab(step.Status)}: only a step with an incident can be retried while the run goes on.");
        }

        if (incident.Error.Code == ErrorCodes.LocksLost)
        {
            return Refusal("paused", "The locks were taken over: resume the run to ask for them again.");
        }

        Emit(new IncidentClosed(retry.Path, IncidentResolution.Retry, retry.By, retry.Reason));
        TakeUp(step);
        return null;
    }

    private StepError? Reopen(StepState step, RetryStep retry)
    {
        if (run.Outcome is not (RunOutcome.Failed or RunOutcome.LeftInPlace) || !(step.Status == StepStatus.UndoFailed || step.Tolerated))
        {
            return Refusal("run-ended", $"The run is {Json.Kebab(run.Status)} and {Name(retry.Path)} is {Json.Kebab(step.Status)}: only a step that failed, or whose undo did, can be retried, in a run that ended failed or left-in-place.");
        }

        Emit(new RunReopened(retry.Path, retry.By, retry.Reason));
        for (var block = step.Parent; block is not null; block = block.Parent)
        {
            if (block.Lock is { Status: LockStatus.Released } held)
            {
                Request(block.Path, held.Resources);
            }
        }

        TakeUp(step);
        return null;
    }

    /// <summary>Begins a step again, or its undo, as soon as pause and locks allow.</summary>
    private void TakeUp(StepState step)
    {
        if (step.Status == StepStatus.Undoing || step.UndoLeft > 0 && !step.IsOpen)
        {
            KickUndo(run.Root);
            return;
        }

        if (step.Begun && PlanOf(step) is { } plan)
        {
            LimitTime(plan, step.Path);
        }

        Kick(step);
    }

    /// <summary>Takes up what a pause, a lock or a retry held back at or within a step.</summary>
    private void Kick(StepState step)
    {
        if (step.Parent is { } block)
        {
            if (!step.IsOpen || step.Status == StepStatus.Incident)
            {
                return;
            }

            if (!step.Begun)
            {
                TryEnter(step, block);
                return;
            }
        }

        foreach (var child in step.Children.ToArray())
        {
            Kick(child);
        }

        FireDue(step);
        if (!step.IsLeaf)
        {
            looks.Enqueue((step, null));
        }
    }

    private void TryEnter(StepState step, StepState block)
    {
        if (step.Lock is { Status: LockStatus.Requested or LockStatus.Lost } || !MayBegin(block) || IsStopping(block))
        {
            return;
        }

        var plan = PlanOf(step)!;
        if (step.Lock is { Status: LockStatus.Held })
        {
            EnterStep(block, plan, step.Path);
        }
        else
        {
            BeginStep(block, plan, step.Path);
        }
    }
}
