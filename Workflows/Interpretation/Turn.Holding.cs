using Orchestrator.Workflows.Journals;

namespace Orchestrator.Workflows.Interpretation;

// A run that is held: no expression of it is evaluated, since that is what failed, or took the process down.
internal sealed partial class Turn
{
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
                Lift(retry.By, retry.Reason);
                return null;
            case ResumeRun resume:
                Lift(resume.By, null);
                return null;
            case CancelRun { Force: true } cancel:
                Emit(new IncidentClosed(StepPath.Root, IncidentResolution.Cancel, cancel.By, cancel.Reason));
                return Cancel(cancel);
            case ReportFact fact:
                Report(fact);
                return null;
            case PauseRun or CancelRun or UndoRun or RetryStep or SkipStep or DecideApproval or ReceiveSignal:
                return Refusal(held.Code, $"The run is held and decides on nothing: {held.Message}");
            default:
                return null;
        }
    }

    private void Lift(string by, string? reason)
    {
        actor = by;
        Emit(new IncidentClosed(StepPath.Root, IncidentResolution.Retry, by, reason));
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
