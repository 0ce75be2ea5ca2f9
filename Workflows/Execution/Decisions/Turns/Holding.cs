using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions.Turns;

/// <summary>A run that is held: no expression of it is evaluated, since that is what failed, or took the process down.</summary>
internal static class Holding
{
    public static void Hold(Turn turn, StepError error)
    {
        if (!turn.Run.IsEnded && turn.Run.Held?.Code != error.Code)
        {
            turn.Emit(new IncidentOpened(StepPath.Root, error));
        }
    }

    /// <summary>The run goes on where it was.</summary>
    public static void Lift(Turn turn, RetryStep retry)
    {
        turn.Actor = retry.By;
        turn.Emit(new IncidentClosed(StepPath.Root, IncidentResolution.Retry, retry.By, retry.Reason));
        if (turn.Run.Root is { Children.Count: 0, Lock: null, Stopping: Stop.No })
        {
            RunStarts.Begin(turn);
        }
        else
        {
            Continuing.GoOn(turn, turn.Run.Root);
        }
    }

    /// <summary>The only way to end a held run: whatever would have to be evaluated is left out.</summary>
    public static StepError? Cancel(Turn turn, CancelRun cancel)
    {
        turn.EvaluatesNothing = true;
        turn.Emit(new IncidentClosed(StepPath.Root, IncidentResolution.Cancel, cancel.By, cancel.Reason));
        return Operators.Cancel(turn, cancel with { Force = true });
    }

    public static StepError Refuse(StepError held) =>
        Refusals.Refuse(held.Code, $"The run is held, and only trying the run again or cancelling it does something. {held.Message}");
}
