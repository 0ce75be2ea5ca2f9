using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions;

internal sealed partial class Turn
{
    /// <summary>
    /// Begins the next undo within a block: in a sequence the step that was done last, in a parallel step and a loop as
    /// many side by side as ran side by side.
    /// </summary>
    private void ContinueUndo(StepState block)
    {
        if (run.Cancel is not null || !MayBegin(block))
        {
            return;
        }

        var width = block.Parent is null || block.Kind == StepKind.Body ? 1 : PlanOf(block)!.Step switch
        {
            ParallelStep => int.MaxValue,
            ForEachStep loop => loop.AtMost ?? int.MaxValue,
            _ => 1,
        };
        while (block.UndoActive < width && block.ToUndo?.Last?.Value is { } next)
        {
            if (next.Lock is { Status: LockStatus.Released } held)
            {
                Request(next.Path, held.Resources);
            }
            else
            {
                EnterUndo(next);
            }
        }
    }

    private void EnterUndo(StepState step)
    {
        if (!step.IsLeaf)
        {
            ContinueUndo(step);
        }
        else if (step.Kind == StepKind.Child)
        {
            AskChildToUndo(step, step.ChildRuns[^1]);
        }
        else
        {
            ScheduleUndo(step, ((RunStep)PlanOf(step)!.Step).Undo!);
        }
    }

    /// <summary>
    /// A task that was handed out may have had a part of its effect, however it ended: its undo can take it back, unless its
    /// arguments need the result that it has not given.
    /// </summary>
    private StepEvent WithWayBack(StepState step, StepEvent last)
    {
        if (evaluatesNothing || step is not { Kind: StepKind.Task, Attempt: > 0 } || last is StepCompleted || PlanOf(step) is not { Step: RunStep { Undo: { } undo } } plan)
        {
            return last;
        }

        var arguments = expressions.Evaluate(undo.With, ScopeIn(step.Parent!, plan.Block).With("result", Json.Null)).Value;
        return last switch
        {
            StepFailed failed => failed with { UndoArguments = arguments },
            StepCancelled cancelled => cancelled with { UndoArguments = arguments },
            StepSkipped skipped => skipped with { UndoArguments = arguments },
            _ => last,
        };
    }

    private void ScheduleUndo(StepState step, Undo undo) =>
        Schedule(step.Path, step.UndoAttempt + 1, undo.Activity, step.UndoArguments!.Value, step.Tags, undo.Timeout, undo: true);

    private void CompleteUndo(StepState step)
    {
        ClearTimers(step);
        Emit(new StepUndone(step.Path));
        UndoEnded(step);
    }

    /// <summary>With policy pause an operator decides; else the undo of the other steps goes on and the run will end failed.</summary>
    private void FailUndoFinally(StepState step, StepPlan plan, StepError error)
    {
        ClearTimers(step);
        if (step.Task is { } task)
        {
            Emit(new AttemptFailed(step.Path, task.Attempt, error, null, Undo: true));
        }

        if (run.Cancel is null && PolicyOf(plan) == FailurePolicy.Pause)
        {
            Emit(new IncidentOpened(step.Path, error));
        }
        else
        {
            GiveUpUndo(step, error);
        }
    }

    private void GiveUpUndo(StepState step, StepError error)
    {
        ClearTimers(step);
        Emit(new UndoFailed(step.Path, error));
        UndoEnded(step);
    }

    private void UndoEnded(StepState step)
    {
        Release(step);
        for (var block = step.Parent!; ; block = block.Parent)
        {
            if (block.UndoLeft > 0)
            {
                // A child may be back before a finally block has run: the rest waits for it, and goes on when nothing is open.
                if (run.OpenSteps == 0)
                {
                    ContinueUndo(block);
                }

                return;
            }

            if (block.Parent is null)
            {
                looks.Enqueue((block, null));
                return;
            }

            Release(block);
        }
    }

    /// <summary>Takes up every undo that a pause or a lost lock held back.</summary>
    private void KickUndo(StepState block)
    {
        if (!MayBegin(block))
        {
            return;
        }

        foreach (var child in block.Children.ToArray())
        {
            if (!child.UndoBegun || run.Incidents.ContainsKey(child.Path))
            {
                continue;
            }

            if (!child.IsLeaf)
            {
                KickUndo(child);
            }
            else if (child.Task is null && child.RetryAt is null && child.ChildAsked == ChildAsk.Nothing && MayBegin(child))
            {
                EnterUndo(child);
            }
            else
            {
                FireDue(child);
            }
        }

        ContinueUndo(block);
    }

    /// <summary>A cancel while the run is being undone: what has not been taken back stays.</summary>
    private void AbandonUndo(StepState block)
    {
        foreach (var child in block.Children.Where(child => child.UndoBegun).ToArray())
        {
            if (!child.IsLeaf)
            {
                AbandonUndo(child);
                continue;
            }

            if (run.Incidents.ContainsKey(child.Path))
            {
                Emit(new IncidentClosed(child.Path, IncidentResolution.Cancel, actor, null));
            }

            if (child.Task is { } task)
            {
                commands.Add(new AbandonTask(child.Path, task.Attempt, Undo: true));
            }
            else if (child is { ChildAsked: ChildAsk.Undo, ChildToUndo: { } asked })
            {
                commands.Add(new CancelChild(child.Path, asked, "the parent run is cancelled"));
            }

            GiveUpUndo(child, new StepError(ErrorCodes.UndoAbandoned, $"Its undo was given up: {actor} cancelled the run."));
        }
    }

    public UndoPlan PlanUndo() => new([.. UndoPlan.Left(run.Root)], Irreversible());

    /// <summary>Tasks that nothing takes back although they have had an effect, or may have had a part of it; the last first.</summary>
    private List<StepPath> Irreversible() =>
        [.. run.Steps.Values
            .Where(step => step is { Kind: StepKind.Task, Attempt: > 0, UndoArguments: null, IsOpen: false } && PlanOf(step)?.Step is RunStep { Irreversible: true })
            .OrderByDescending(step => step.EndedAt)
            .Select(step => step.Path)];

    /// <summary>Tasks that ended half-way with an effect that is known or likely, and that cannot be taken back: nothing else would name them.</summary>
    private IEnumerable<StepPath> PartsLeft() =>
        run.Steps.Values
            .Where(step => step is { Kind: StepKind.Task, Attempt: > 0, UndoArguments: null, Status: StepStatus.Failed or StepStatus.Cancelled or StepStatus.Skipped }
                && PlanOf(step)?.Step is RunStep task && (task.Undo is not null || step.Facts.Count > 0 && !task.Irreversible))
            .Select(step => step.Path);
}
