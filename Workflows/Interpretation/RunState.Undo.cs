using Orchestrator.Workflows.Journals;

namespace Orchestrator.Workflows.Interpretation;

public sealed partial class RunState
{
    private long completions;

    /// <summary>
    /// Every block knows how many of its steps can be taken back, and its children in the order of their latest completion,
    /// so that the next one to undo is found without a search.
    /// </summary>
    private void AddUndoable(StepState step)
    {
        if (step.UndoLeft > 0)
        {
            return;
        }

        step.Rank = ++completions;
        step.UndoLeft++;
        for (var inner = step; inner.Parent is { } block; inner = block)
        {
            block.UndoLeft++;
            inner.Rank = step.Rank;
            if (!inner.UndoBegun)
            {
                Unqueue(inner, block);
                (block.ToUndo ??= new()).AddLast(inner.UndoNode ??= new(inner));
            }
        }
    }

    private void EndUndo(StepState step, StepStatus status, DateTimeOffset at)
    {
        step.Task = null;
        step.RetryAt = null;
        step.ChildAsked = ChildAsk.Nothing;
        SetStatus(step, status, at);
        RemoveUndoable(step);
    }

    private static void RemoveUndoable(StepState step)
    {
        if (step.UndoLeft == 0)
        {
            return;
        }

        step.UndoLeft--;
        for (var inner = step; inner.Parent is { } block; inner = block)
        {
            block.UndoLeft--;
            if (inner.UndoLeft > 0)
            {
                continue;
            }

            if (inner.UndoBegun)
            {
                inner.UndoBegun = false;
                block.UndoActive--;
            }
            else
            {
                Unqueue(inner, block);
            }
        }
    }

    private static void MarkUndoBegun(StepState step)
    {
        for (var inner = step; inner is { UndoBegun: false, Parent: { } block }; inner = block)
        {
            inner.UndoBegun = true;
            Unqueue(inner, block);
            block.UndoActive++;
        }
    }

    private static void Unqueue(StepState inner, StepState block)
    {
        if (inner.UndoNode is { List: not null } node)
        {
            block.ToUndo!.Remove(node);
        }
    }

    /// <summary>Steps that ended half-way and that nothing takes back, in the order in which they began.</summary>
    internal IEnumerable<StepPath> HalfWayForGood => steps.Values.Where(step => step is { IsHalfWay: true, UndoArguments: null }).Select(step => step.Path);

    private void KeepHalfWay(StepState step, HalfWay? halfWay)
    {
        step.IsHalfWay = halfWay is not null;
        if (halfWay is { UndoArguments: { } arguments })
        {
            step.UndoArguments = arguments;
            AddUndoable(step);
        }
    }

    /// <summary>The step begins again: what it left half-way is its next attempt's to complete.</summary>
    private static void ForgetHalfWay(StepState step)
    {
        if (!step.IsHalfWay)
        {
            return;
        }

        step.IsHalfWay = false;
        step.UndoArguments = null;
        RemoveUndoable(step);
    }

    /// <summary>A child run may have done something even when it did not end done: its undo knows.</summary>
    private void KeepChild(StepState step)
    {
        if (step.ChildRuns.Length > 0 && step.Error?.Code != ErrorCodes.ChildUndone)
        {
            AddUndoable(step);
        }
    }
}
