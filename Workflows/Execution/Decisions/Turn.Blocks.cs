using System.Diagnostics;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions;

internal sealed partial class Turn
{
    /// <summary>Looks what comes next in a block, after <paramref name="ended"/> or, without it, wherever it stands. Does nothing twice.</summary>
    private void Advance(StepState block, StepState? ended)
    {
        if (run.IsEnded || !(block.IsOpen || block.Parent is null) || block.Status is StepStatus.WaitingForLock or StepStatus.Incident)
        {
            return;
        }

        if (block.Parent is null && run.Root.Lock is { Status: LockStatus.Requested } && run.Root.Children.Count == 0 && !IsStopping(block))
        {
            return;
        }

        if (IsStopping(block))
        {
            if (block.Open == 0)
            {
                FinishStopped(block);
            }

            return;
        }

        if (block.Parent is null || block.Kind == StepKind.Body)
        {
            AdvanceSteps(block, BlocksOf(block)[0], ended);
            return;
        }

        var plan = PlanOf(block)!;
        switch (plan.Step)
        {
            case SequenceStep:
                AdvanceSteps(block, plan.Blocks[0], ended);
                break;
            case IfStep:
                AdvanceSteps(block, plan.Blocks[block.Then == true ? 0 : 1], ended);
                break;
            case ParallelStep:
                AdvanceParallel(block);
                break;
            case ForEachStep loop:
                AdvanceLoop(block, loop);
                break;
            case RepeatStep repeat:
                AdvanceRepeat(block, plan, repeat);
                break;
            case TryStep:
                AdvanceTry(block, plan, ended);
                break;
            default:
                throw new UnreachableException($"{block.Path} is no block.");
        }
    }

    private void AdvanceSteps(StepState block, BlockPlan plan, StepState? ended)
    {
        if (block.Failure is { } failure)
        {
            RaiseFrom(block, failure);
        }
        else if (BeginNext(block, plan, ended))
        {
            CompleteBlock(block);
        }
    }

    /// <summary>Begins the next step of a sequence. True when all have ended.</summary>
    private bool BeginNext(StepState block, BlockPlan plan, StepState? ended)
    {
        var after = ended is not null && PlanOf(ended) is { } last && last.Block == plan ? last.Index + 1 : 0;
        for (var index = after; index < plan.Steps.Length; index++)
        {
            var next = plan.Steps[index];
            var path = block.Path.Child(next.Step.Id);
            if (run.Find(path) is { Status: not StepStatus.Pending } state)
            {
                if (state.IsOpen)
                {
                    return false;
                }
            }
            else
            {
                if (MayBegin(block))
                {
                    BeginStep(block, next, path);
                }

                return false;
            }
        }

        return block.Open == 0;
    }

    private void CompleteBlock(StepState block)
    {
        if (block.Parent is null)
        {
            FinishRun();
        }
        else
        {
            End(new StepCompleted(block.Path, null));
        }
    }

    /// <summary>A failure that a catch further out will handle leaves this block.</summary>
    private void RaiseFrom(StepState block, Failure failure)
    {
        if (block.Open == 0)
        {
            End(new StepFailed(block.Path, failure.Error) { Cause = failure.Cause });
        }
    }

    private void BeginParallel(StepState block, ParallelStep parallel)
    {
        foreach (var branch in parallel.Branches)
        {
            BeginBody(block.Path.Child(branch.Id));
        }

        looks.Enqueue((block, null));
    }

    private void BeginBody(StepPath path)
    {
        Emit(new BlockStarted(path, null));
        looks.Enqueue((run.Find(path)!, null));
    }

    private void AdvanceParallel(StepState block)
    {
        if (block.Failure is { } failure)
        {
            RaiseFrom(block, failure);
        }
        else if (block.Open == 0)
        {
            CompleteBlock(block);
        }
    }

    /// <summary>After a failure no further iteration begins, and those under way go on to their end.</summary>
    private void AdvanceLoop(StepState block, ForEachStep loop)
    {
        if (block.Failure is { } failure)
        {
            RaiseFrom(block, failure);
            return;
        }

        if (block.Children.Count < block.Items.Length && MayBegin(block))
        {
            var width = loop.AtMost ?? int.MaxValue;
            while (block.Open < width && block.Children.Count < block.Items.Length)
            {
                BeginBody(block.Path.Child(block.Items[block.Children.Count].Key));
            }
        }

        if (block.Open == 0 && block.Children.Count == block.Items.Length)
        {
            CompleteBlock(block);
        }
    }

    private void AdvanceRepeat(StepState block, StepPlan plan, RepeatStep repeat)
    {
        if (block.Failure is { } failure)
        {
            RaiseFrom(block, failure);
            return;
        }

        if (block.Open > 0 || block.Wait is not null || !MayBegin(block))
        {
            return;
        }

        var rounds = block.Children.Count;
        if (rounds > block.AttemptBase)
        {
            if (repeat.Until is { } until)
            {
                var condition = expressions.EvaluateCondition(until, ScopeIn(block.Children[^1], plan.Blocks[0]));
                if (condition.Error is { } error)
                {
                    Fail(block.Parent!, block.Path, plan, error.ToStepError());
                    return;
                }

                if (condition.IsTruthy)
                {
                    CompleteBlock(block);
                    return;
                }
            }

            if (rounds - block.AttemptBase >= repeat.AtMost)
            {
                if (repeat.Until is null)
                {
                    CompleteBlock(block);
                }
                else
                {
                    Fail(block.Parent!, block.Path, plan, new StepError(
                        ErrorCodes.RepeatExhausted,
                        $"`until` was not met in {repeat.AtMost} rounds. Retry the step for as many rounds again, or skip it.") { Retryable = false });
                }

                return;
            }

            if (repeat.Delay > TimeSpan.Zero)
            {
                Emit(new WaitStarted(block.Path, now + repeat.Delay, null, null));
                Set(block.Path, TimerPurpose.Delay, now + repeat.Delay);
                return;
            }
        }

        if (run.Steps.Count >= RunBounds.MostSteps)
        {
            Fail(block.Parent!, block.Path, plan, RunBounds.TooLarge("Another round"));
            return;
        }

        BeginRound(block);
    }

    private void BeginRound(StepState block) => BeginBody(block.Path.Child((block.Children.Count + 1).ToString(System.Globalization.CultureInfo.InvariantCulture)));

    private void AdvanceTry(StepState block, StepPlan plan, StepState? ended)
    {
        if (block.Phase == TryPhase.Body)
        {
            if (block.Failure is null && !BeginNext(block, plan.Blocks[0], ended))
            {
                return;
            }

            if (block.Failure is null || plan.Blocks[1].Steps.IsEmpty)
            {
                BeginFinally(block);
            }
            else
            {
                Emit(new BlockStarted(block.Path, "catch"));
            }
        }

        if (block.Phase == TryPhase.Catch)
        {
            if (block.Failure is null && !BeginNext(block, plan.Blocks[1], ended))
            {
                return;
            }

            BeginFinally(block);
        }

        if (block.Failure is null && !BeginNext(block, plan.Blocks[2], ended))
        {
            return;
        }

        if (block.StopError is { } stop && !IsStopping(block.Parent!))
        {
            Fail(block.Parent!, block.Path, plan, stop);
        }
        else if ((block.Failure ?? block.Pending) is { } failure)
        {
            End(new StepFailed(block.Path, failure.Error) { Cause = failure.Cause });
        }
        else
        {
            End(IsStopping(block.Parent!) ? new StepCancelled(block.Path) : new StepCompleted(block.Path, null));
        }
    }

    private void BeginFinally(StepState block) => Emit(new BlockStarted(block.Path, "finally"));
}
