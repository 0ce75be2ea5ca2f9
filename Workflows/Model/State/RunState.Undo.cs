using System.Text.Json;
using Orchestrator.Workflows.Model.Events;

namespace Orchestrator.Workflows.Model.State;

public sealed partial class RunState
{
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

        step.Rank = ++Completions;
        step.UndoLeft++;
        for (var inner = step; inner.Parent is { } block; inner = block)
        {
            block.UndoLeft++;
            inner.Rank = step.Rank;
            if (!inner.UndoBegun)
            {
                Unqueue(inner, block);
                (block.ToUndo ??= new()).AddLast(inner.UndoEntry ??= new(inner));
            }
        }
    }

    private void EndUndo(StepState step, StepStatus status, DateTimeOffset at)
    {
        step.Own = step.Own?.Ended();
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
        if (inner.UndoEntry is { List: not null } entry)
        {
            block.ToUndo!.Remove(entry);
        }
    }

    /// <summary>A child run or a task may have done something even when it did not end done: its undo knows.</summary>
    /// <param name="undoArguments">Of a task; null: it has no way back.</param>
    private void KeepPart(StepState step, JsonElement? undoArguments)
    {
        if (undoArguments is not null)
        {
            (TaskOf(step).UndoArguments, TaskOf(step).HalfWay) = (undoArguments, true);
            AddUndoable(step);
        }
        else if (step.Own is ChildState && step.Error?.Code != ErrorCodes.ChildUndone)
        {
            AddUndoable(step);
        }
    }

    /// <summary>A task that is tried again has no part to take back until it has ended once more.</summary>
    private static void ForgetPart(StepState step)
    {
        if (step.Own is TaskState { HalfWay: true } task)
        {
            RemoveUndoable(step);
            (task.UndoArguments, task.HalfWay) = (null, false);
        }
    }
}
