using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions.Turns;

/// <summary>How blocks go on: the loop of a decision, and what the kinds of blocks have in common.</summary>
internal static class Blocks
{
    /// <summary>Looks at every block in which something has begun or ended, until nothing more follows.</summary>
    public static void Settle(Turn turn)
    {
        while (turn.NextVisit(out var visit))
        {
            Advance(turn, visit.Block, visit.Ended);
        }
    }

    private static void Advance(Turn turn, StepState block, StepState? ended)
    {
        var run = turn.Run;
        if (run.IsEnded || !(block.IsOpen || block.Parent is null) || block.Status is StepStatus.WaitingForLock or StepStatus.Incident)
        {
            return;
        }

        var stops = Stopping.IsStopping(run, block);
        if (!stops && block.Parent is null && block is { Lock.Status: LockStatus.Requested, Children.Count: 0 })
        {
            return;
        }

        if (stops)
        {
            if (block.Open == 0)
            {
                Stopping.Finish(turn, block);
            }
        }
        else if (block.IsBody)
        {
            AdvanceSteps(turn, block, turn.BodyOf(block), ended);
        }
        else
        {
            var plan = turn.PlanOf(block)!;
            turn.BlockHandlerOf(plan).Advance(turn, block, plan, ended);
        }
    }

    /// <summary>Steps in order: begins the next, or ends the block.</summary>
    public static void AdvanceSteps(Turn turn, StepState block, BlockPlan plan, StepState? ended)
    {
        if (!Raised(turn, block) && BeginNext(turn, block, plan, ended))
        {
            Complete(turn, block);
        }
    }

    /// <summary>Begins the next step of a sequence. True when all have ended.</summary>
    public static bool BeginNext(Turn turn, StepState block, BlockPlan plan, StepState? ended)
    {
        var after = ended is not null && turn.PlanOf(ended) is { } last && last.Block == plan ? last.Index + 1 : 0;
        for (var index = after; index < plan.Steps.Length; index++)
        {
            var next = plan.Steps[index];
            var path = block.Path.Child(next.Step.Id);
            if (turn.Run.Find(path) is { Status: not StepStatus.Pending } state)
            {
                if (state.IsOpen)
                {
                    return false;
                }
            }
            else
            {
                if (StepStarts.MayBegin(turn, block))
                {
                    StepStarts.Begin(turn, new StepSite(block, next, path));
                }

                return false;
            }
        }

        return block.Open == 0;
    }

    /// <summary>A block has begun with its first event.</summary>
    public static void Begun(Turn turn, StepSite site)
    {
        StepStarts.LimitTime(turn, site.Plan, site.Path);
        turn.Visit(turn.Run.Find(site.Path)!);
    }

    /// <summary>Begins an iteration, a round or a branch.</summary>
    public static void BeginBody(Turn turn, StepPath path)
    {
        turn.Emit(new BlockStarted(path, null));
        turn.Visit(turn.Run.Find(path)!);
    }

    public static void Complete(Turn turn, StepState block)
    {
        if (block.Parent is null)
        {
            RunEnds.Finish(turn);
        }
        else
        {
            StepEnds.End(turn, new StepCompleted(block.Path, null));
        }
    }

    /// <summary>A failure that a catch further out will handle leaves the block when nothing in it is open any more. False: there is none.</summary>
    public static bool Raised(Turn turn, StepState block)
    {
        if (block.Failure is not { } failure)
        {
            return false;
        }

        if (block.Open == 0)
        {
            StepEnds.End(turn, new StepFailed(block.Path, failure.Error) { Cause = failure.Cause });
        }

        return true;
    }
}
