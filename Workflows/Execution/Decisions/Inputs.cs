using System.Diagnostics;
using Orchestrator.Workflows.Execution.Decisions.Handlers;
using Orchestrator.Workflows.Execution.Decisions.Turns;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;

namespace Orchestrator.Workflows.Execution.Decisions;

/// <summary>Which part of a decision each kind of input goes to. Null unless a person asks for what cannot be done now.</summary>
internal static class Inputs
{
    public static StepError? Take(Turn turn, Input input)
    {
        if (input is HoldRun hold)
        {
            Holding.Hold(turn, hold.Error);
            return null;
        }

        return turn.Run.Held is { } held ? TakeHeld(turn, input, held) : input switch
        {
            PauseRun pause => Operators.Pause(turn, pause),
            ResumeRun resume => Operators.Resume(turn, resume),
            CancelRun cancel => Operators.Cancel(turn, cancel),
            UndoRun undo => Operators.Undo(turn, undo),
            RetryStep retry => Retrying.Retry(turn, retry),
            SkipStep skip => Skipping.Skip(turn, skip),
            DecideApproval decision => ApprovalHandler.Decide(turn, decision),
            ReceiveSignal signal => Signals.Receive(turn, signal),
            _ => TakeAnswer(turn, input),
        };
    }

    /// <summary>What a command or a timer of the run comes back with; after its end nothing waits for it.</summary>
    private static StepError? TakeAnswer(Turn turn, Input input)
    {
        if (turn.Run.IsEnded)
        {
            return null;
        }

        switch (input)
        {
            case StartRun:
                break;
            case GrantLocks grant:
                Locks.Grant(turn, grant);
                break;
            case LoseLocks loss:
                Locks.Lose(turn, loss);
                break;
            case CompleteTask result:
                RunHandler.Complete(turn, result);
                break;
            case FailTask failure:
                RunHandler.Fail(turn, failure);
                break;
            case ReportFact fact:
                RunHandler.Report(turn, fact);
                break;
            case FireTimer fire:
                Timers.Fire(turn, fire.Timer);
                break;
            case EndChild end:
                RunbookHandler.Take(turn, end);
                break;
            default:
                throw new UnreachableException($"No decision for {input.GetType().Name}.");
        }

        return null;
    }

    /// <summary>What an operator may do with a held run, and what a task may still record; all else waits.</summary>
    private static StepError? TakeHeld(Turn turn, Input input, StepError held)
    {
        switch (input)
        {
            case RetryStep { Path.IsRoot: true } retry:
                Holding.Lift(turn, retry);
                return null;
            case CancelRun cancel:
                return Holding.Cancel(turn, cancel);
            case PauseRun pause:
                return Operators.Pause(turn, pause);
            case ResumeRun resume when turn.Run.Paused is not null:
                turn.Emit(new RunResumed(resume.By));
                return null;
            case ReportFact fact:
                RunHandler.Report(turn, fact);
                return null;
            case ResumeRun or UndoRun or RetryStep or SkipStep or DecideApproval or ReceiveSignal:
                return Holding.Refuse(held);
            default:
                return null;
        }
    }
}
