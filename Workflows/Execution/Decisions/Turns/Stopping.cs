using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions.Turns;

/// <summary>What is open in a block is stopped: because the run is cancelled, undone or rejected, or the block's time is up.</summary>
internal static class Stopping
{
    public static bool IsForced(RunState run) => run.Cancel is { Force: true };

    /// <summary>Whether a block, or one around it, is being stopped. A finally block under way is not, unless the cancel is forced.</summary>
    public static bool IsStopping(RunState run, StepState block)
    {
        for (var at = block; at is not null; at = at.Parent)
        {
            if (at.Phase == TryPhase.Finally && !IsForced(run))
            {
                return false;
            }

            if (at.Stopping != Stop.No)
            {
                return true;
            }
        }

        return false;
    }

    public static bool IsStoppingAbove(StepState block)
    {
        for (var at = block; at is not null; at = at.Parent)
        {
            if (at.Stopping != Stop.No)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Ends what can be ended at once within a block that is being stopped. The rest ends when its answer comes.</summary>
    public static void StopWithin(Turn turn, StepState origin) => StopWithin(turn, origin, origin.Stopping);

    private static void StopWithin(Turn turn, StepState block, Stop how)
    {
        foreach (var child in block.Children.ToArray())
        {
            if (!child.IsOpen)
            {
                continue;
            }

            if (child.Status == StepStatus.Incident)
            {
                StopIncident(turn, child);
            }
            else if (child.IsLeaf || !child.Begun)
            {
                turn.HandlerOf(turn.PlanOf(child)!).Stop(turn, child, how);
            }
            else if (child.Phase != TryPhase.Finally || IsForced(turn.Run))
            {
                StopWithin(turn, child, how);
            }
        }

        turn.Visit(block);
    }

    private static void StopIncident(Turn turn, StepState step)
    {
        var error = turn.Run.Incidents[step.Path].Error;
        turn.Emit(new IncidentClosed(step.Path, turn.Run.UndoReason is null ? IncidentResolution.Cancel : IncidentResolution.Undo, turn.Actor, null));
        StepEnds.End(turn, new StepFailed(step.Path, error));
    }

    /// <summary>All within a stopped block has ended: its finally block is next, then its own end.</summary>
    public static void Finish(Turn turn, StepState block)
    {
        if (block.Parent is null)
        {
            RunEnds.Finish(turn);
            return;
        }

        var plan = turn.PlanOf(block);
        if (plan is not null && !IsForced(turn.Run) && turn.BlockHandlerOf(plan).BeginFinally(turn, block, plan))
        {
            turn.Visit(block);
        }
        else if (block.StopError is { } error)
        {
            Failures.Fail(turn, block, error);
        }
        else
        {
            StepEnds.End(turn, new StepCancelled(block.Path));
        }
    }

    /// <summary>The time of a block is up.</summary>
    public static void TimeOut(Turn turn, StepState block)
    {
        BeginTimeout(turn, block);
        if (block.Phase != TryPhase.Finally)
        {
            StopWithin(turn, block);
        }
    }

    /// <summary>The time of a block or child run is up: it will end with this error.</summary>
    public static void BeginTimeout(Turn turn, StepState step)
    {
        var limit = turn.PlanOf(step)!.Step.Timeout!.Value;
        turn.Emit(new StopStarted(step.Path, Failures.Timeout($"Not done within {Duration.Format(limit)}.")));
    }
}
