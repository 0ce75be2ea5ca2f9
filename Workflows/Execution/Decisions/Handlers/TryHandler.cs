using Orchestrator.Workflows.Execution.Decisions.Turns;
using Orchestrator.Workflows.Language.Expressions;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;

namespace Orchestrator.Workflows.Execution.Decisions.Handlers;

/// <summary><c>try</c>: its steps, after a failure its catch block, and in any case its finally block.</summary>
internal sealed class TryHandler : IBlockHandler
{
    public bool HoldsSteps => true;

    public void Enter(Turn turn, StepSite site)
    {
        turn.Emit(new StepStarted(site.Path));
        Blocks.Begun(turn, site);
    }

    public void Advance(Turn turn, StepState block, StepPlan plan, StepState? ended)
    {
        if (block.Phase == TryPhase.Body)
        {
            if (block.Failure is null && !Blocks.BeginNext(turn, block, plan.Blocks[0], ended))
            {
                return;
            }

            turn.Emit(new BlockStarted(block.Path, block.Failure is not null && plan.Catches ? "catch" : "finally"));
        }

        if (block.Phase == TryPhase.Catch)
        {
            if (block.Failure is null && !Blocks.BeginNext(turn, block, plan.Blocks[1], ended))
            {
                return;
            }

            turn.Emit(new BlockStarted(block.Path, "finally"));
        }

        if (block.Failure is null && !Blocks.BeginNext(turn, block, plan.Blocks[2], ended))
        {
            return;
        }

        End(turn, block);
    }

    private static void End(Turn turn, StepState block)
    {
        var stops = Stopping.IsStopping(turn.Run, block.Parent!);
        if (block.StopError is { } stop && !stops)
        {
            Failures.Fail(turn, block, stop);
        }
        else if ((block.Failure ?? (block.Own as TryState)?.Pending) is { } failure)
        {
            StepEnds.End(turn, new StepFailed(block.Path, failure.Error) { Cause = failure.Cause });
        }
        else
        {
            StepEnds.End(turn, stops ? new StepCancelled(block.Path) : new StepCompleted(block.Path, null));
        }
    }

    public bool BeginFinally(Turn turn, StepState block, StepPlan plan)
    {
        if (((TryStep)plan.Step).Finally.IsEmpty || block.Phase == TryPhase.Finally)
        {
            return false;
        }

        turn.Emit(new BlockStarted(block.Path, "finally"));
        return true;
    }

    public Scope NamesWithin(Scope outer, StepState step, StepState body, BlockPlan block) => block.Role == BlockRole.Catch && step.Own is TryState { Caught: { } caught }
        ? outer.With("error", StepScope.Error(caught.Error, caught.Cause))
        : outer;
}
