using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;

namespace Orchestrator.Workflows.Execution.Decisions.Turns;

/// <summary>Takes up what a pause, a lock, a hold or an incident held back.</summary>
internal static class Continuing
{
    /// <summary>At or within a step; and the undo, when nothing is open that it has to wait for.</summary>
    public static void GoOn(Turn turn, StepState step)
    {
        Kick(turn, step);
        if (turn.Run.UndoReason is not null && turn.Run.OpenSteps == 0)
        {
            Undoing.TakeUp(turn, turn.Run.Root);
        }
    }

    /// <summary>At or within a step.</summary>
    public static void Kick(Turn turn, StepState step)
    {
        if (step.Parent is { } block)
        {
            if (!step.IsOpen || step.Status == StepStatus.Incident)
            {
                return;
            }

            if (!step.Begun)
            {
                TryEnter(turn, step, block);
                return;
            }
        }

        foreach (var child in step.Children.ToArray())
        {
            Kick(turn, child);
        }

        Timers.FireDue(turn, step);
        if (!step.IsLeaf)
        {
            turn.Visit(step);
        }
    }

    private static void TryEnter(Turn turn, StepState step, StepState block)
    {
        if (step.Lock is { Status: LockStatus.Requested or LockStatus.Lost } || !StepStarts.MayBegin(turn, block) || Stopping.IsStopping(turn.Run, block))
        {
            return;
        }

        var site = StepSite.Of(turn, step);
        if (step.Lock is { Status: LockStatus.Held })
        {
            StepStarts.Enter(turn, site);
        }
        else
        {
            StepStarts.Begin(turn, site);
        }
    }
}
