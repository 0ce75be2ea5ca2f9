using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions;

// A run that is held: no expression of it is evaluated, since that is what failed, or took the process down.
internal sealed partial class Turn
{
    /// <summary>The run is given up while it is held: what its steps would have to evaluate is left out.</summary>
    private bool evaluatesNothing;

    private void Hold(StepError error)
    {
        if (!run.IsEnded && run.Held?.Code != error.Code)
        {
            Emit(new IncidentOpened(StepPath.Root, error));
        }
    }

    /// <summary>What an operator may do with a held run, and what a task may still record; all else waits.</summary>
    private StepError? HandleHeld(Input input, StepError held)
    {
        switch (input)
        {
            case RetryStep { Path.IsRoot: true } retry:
                Lift(retry);
                return null;
            case CancelRun cancel:
                evaluatesNothing = true;
                Emit(new IncidentClosed(StepPath.Root, IncidentResolution.Cancel, cancel.By, cancel.Reason));
                return Cancel(cancel with { Force = true });
            case PauseRun pause:
                return Pause(pause);
            case ResumeRun resume when run.Paused is not null:
                Emit(new RunResumed(resume.By));
                return null;
            case ReportFact fact:
                Report(fact);
                return null;
            case ResumeRun or UndoRun or RetryStep or SkipStep or DecideApproval or ReceiveSignal:
                return Refusal(held.Code, $"The run is held, and only trying the run again or cancelling it does something. {held.Message}");
            default:
                return null;
        }
    }

    private void Lift(RetryStep retry)
    {
        actor = retry.By;
        Emit(new IncidentClosed(StepPath.Root, IncidentResolution.Retry, retry.By, retry.Reason));
        if (run.Root is { Children.Count: 0, Lock: null, Stopping: Stop.No })
        {
            Begin();
            return;
        }

        Kick(run.Root);
        if (run.UndoReason is not null && run.OpenSteps == 0)
        {
            KickUndo(run.Root);
        }
    }
}
