using System.Collections.Immutable;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions.Turns;

/// <summary>
/// Takes a run back once nothing in it is open: in a sequence the step that was done last, in a parallel step and a loop as
/// many side by side as ran side by side.
/// </summary>
internal static class Undoing
{
    /// <summary>Begins the next undo within a block.</summary>
    private static void Continue(Turn turn, StepState block)
    {
        if (turn.Run.Cancel is not null || !StepStarts.MayBegin(turn, block))
        {
            return;
        }

        var width = block.IsBody || turn.PlanOf(block) is not { } plan ? 1 : turn.BlockHandlerOf(plan).UndoWidth(plan);
        while (block.UndoActive < width && block.ToUndo?.Last?.Value is { } next)
        {
            if (next.Lock is { Status: LockStatus.Released } held)
            {
                Locks.Request(turn, next.Path, held.Resources);
            }
            else
            {
                Enter(turn, next);
            }
        }
    }

    private static void Enter(Turn turn, StepState step)
    {
        if (!step.IsLeaf)
        {
            Continue(turn, step);
            return;
        }

        var plan = turn.PlanOf(step)!;
        turn.HandlerOf(plan).Undo(turn, step, plan);
    }

    public static void Complete(Turn turn, StepState step)
    {
        Timers.Clear(turn, step);
        turn.Emit(new StepUndone(step.Path));
        Ended(turn, step);
    }

    /// <summary>With policy pause an operator decides; else the undo of the other steps goes on and the run will end failed.</summary>
    public static void Fail(Turn turn, StepState step, StepError error)
    {
        Timers.Clear(turn, step);
        if (step.Task is { } task)
        {
            turn.Emit(new AttemptFailed(step.Path, task.Attempt, error, null, Undo: true));
        }

        if (turn.Run.Cancel is null && Failures.PolicyOf(turn, turn.PlanOf(step)!) == FailurePolicy.Pause)
        {
            turn.Emit(new IncidentOpened(step.Path, error));
        }
        else
        {
            GiveUp(turn, step, error);
        }
    }

    /// <param name="left">What stands, when the rest was taken back.</param>
    public static void GiveUp(Turn turn, StepState step, StepError error, ImmutableArray<LeftInPlace> left = default)
    {
        Timers.Clear(turn, step);
        turn.Emit(new UndoFailed(step.Path, error) { Left = left });
        Ended(turn, step);
    }

    private static void Ended(Turn turn, StepState step)
    {
        Locks.Release(turn, step);
        for (var block = step.Parent!; ; block = block.Parent)
        {
            if (block.UndoLeft > 0)
            {
                // A child may be back before a finally block has run: the rest waits for it, and goes on when nothing is open.
                if (turn.Run.OpenSteps == 0)
                {
                    Continue(turn, block);
                }

                return;
            }

            if (block.Parent is null)
            {
                turn.Visit(block);
                return;
            }

            Locks.Release(turn, block);
        }
    }

    /// <summary>Begins the undo within a block, and takes up what a pause or a lost lock held back.</summary>
    public static void TakeUp(Turn turn, StepState block)
    {
        if (!StepStarts.MayBegin(turn, block))
        {
            return;
        }

        foreach (var child in block.Children.ToArray())
        {
            if (!child.UndoBegun || turn.Run.Incidents.ContainsKey(child.Path))
            {
                continue;
            }

            if (!child.IsLeaf)
            {
                TakeUp(turn, child);
            }
            else if (child.Own is not { IsUnderWay: true } && StepStarts.MayBegin(turn, child))
            {
                Enter(turn, child);
            }
            else
            {
                Timers.FireDue(turn, child);
            }
        }

        Continue(turn, block);
    }

    /// <summary>A cancel while the run is being undone: what has not been taken back stays.</summary>
    public static void Abandon(Turn turn, StepState block)
    {
        foreach (var child in block.Children.Where(child => child.UndoBegun).ToArray())
        {
            if (!child.IsLeaf)
            {
                Abandon(turn, child);
                continue;
            }

            if (turn.Run.Incidents.ContainsKey(child.Path))
            {
                turn.Emit(new IncidentClosed(child.Path, IncidentResolution.Cancel, turn.Actor, null));
            }

            turn.HandlerOf(turn.PlanOf(child)!).AbandonUndo(turn, child);
            GiveUp(turn, child, new StepError(ErrorCodes.UndoAbandoned, $"Its undo was given up: {turn.Actor} cancelled the run."));
        }
    }

    /// <summary>Steps at or within a block that can still be taken back, the last done first.</summary>
    public static IEnumerable<StepPath> Left(StepState step)
    {
        if (step.UndoLeft == 0)
        {
            return [];
        }

        return step.IsLeaf ? [step.Path] : step.Children.Where(child => child.UndoLeft > 0).OrderByDescending(child => child.Rank).SelectMany(Left);
    }

    /// <summary>Steps that nothing takes back although they have had an effect, or may have had a part of it; the last first.</summary>
    public static List<StepPath> Irreversible(Turn turn) =>
        [.. turn.Run.Steps.Values
            .Where(step => turn.PlanOf(step) is { } plan && turn.HandlerOf(plan).IsIrreversible(step, plan))
            .OrderByDescending(step => step.EndedAt)
            .Select(step => step.Path)];

    /// <summary>Steps that ended half-way with an effect that is known or likely, and that cannot be taken back: nothing else would name them.</summary>
    public static IEnumerable<StepPath> PartsLeft(Turn turn) =>
        turn.Run.Steps.Values
            .Where(step => turn.PlanOf(step) is { } plan && turn.HandlerOf(plan).LeavesPart(step, plan))
            .Select(step => step.Path);
}
