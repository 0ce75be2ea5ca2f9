using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions.Turns;

/// <summary>An operator tries a step again: one that has an incident, or one with which the run ended.</summary>
internal static class Retrying
{
    public static StepError? Retry(Turn turn, RetryStep retry)
    {
        var run = turn.Run;
        turn.Actor = retry.By;
        if (run.Find(retry.Path) is not { } step)
        {
            return Refusals.Refuse("not-begun", $"{Refusals.Name(retry.Path)} has not begun, so there is nothing to retry.");
        }

        if (run.IsEnded)
        {
            return Reopen(turn, step, retry);
        }

        if (!run.Incidents.TryGetValue(retry.Path, out var incident))
        {
            return Refusals.Refuse("no-incident", $"{Refusals.Name(retry.Path)} is {Json.Kebab(step.Status)}: only a step with an incident can be retried while the run goes on.");
        }

        if (incident.Error.Code == ErrorCodes.LocksLost)
        {
            return Refusals.Refuse("paused", "The locks were taken over: resume the run to ask for them again.");
        }

        turn.Emit(new IncidentClosed(retry.Path, IncidentResolution.Retry, retry.By, retry.Reason));
        TakeUp(turn, step);
        return null;
    }

    private static StepError? Reopen(Turn turn, StepState step, RetryStep retry)
    {
        var run = turn.Run;
        if (run.Outcome is not (RunOutcome.Failed or RunOutcome.UndoIncomplete) || !(step.Status == StepStatus.UndoFailed || step.Tolerated))
        {
            return Refusals.Refuse("run-ended", $"The run is {Json.Kebab(run.Status)} and {Refusals.Name(retry.Path)} is {Json.Kebab(step.Status)}: only a step that failed, or whose undo did, can be retried, in a run that ended failed or undo-incomplete.");
        }

        turn.Emit(new RunReopened(retry.Path, retry.By, retry.Reason));
        for (var block = step.Parent; block is not null; block = block.Parent)
        {
            if (block.Lock is { Status: LockStatus.Released } held)
            {
                Locks.Request(turn, block.Path, held.Resources);
            }
        }

        TakeUp(turn, step);
        return null;
    }

    /// <summary>Begins a step again, or its undo, as soon as pause and locks allow.</summary>
    private static void TakeUp(Turn turn, StepState step)
    {
        if (step.Status == StepStatus.Undoing || step.UndoLeft > 0 && !step.IsOpen)
        {
            Undoing.TakeUp(turn, turn.Run.Root);
            return;
        }

        if (step.Begun && turn.PlanOf(step) is { } plan)
        {
            StepStarts.LimitTime(turn, plan, step.Path);
        }

        Continuing.Kick(turn, step);
    }
}
