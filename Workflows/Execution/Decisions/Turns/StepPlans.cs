using Orchestrator.Workflows.Model.State;

namespace Orchestrator.Workflows.Execution.Decisions.Turns;

/// <summary>Finds what the runbook says of a step.</summary>
internal static class StepPlans
{
    /// <summary>The runbook's step; null for the run itself, an iteration, a round or a branch.</summary>
    public static StepPlan? PlanOf(this Turn turn, StepState step)
    {
        if (step.Plan is null && step.Kind != StepKind.Body && step.Parent is { } parent)
        {
            step.Plan = turn.PlanWithin(parent, step.Path.Name);
        }

        return step.Plan;
    }

    /// <summary>The step directly within a block.</summary>
    public static StepPlan? PlanWithin(this Turn turn, StepState block, string id)
    {
        if (block.IsBody)
        {
            return turn.BodyOf(block).Find(id);
        }

        if (turn.PlanOf(block) is { } plan && turn.HandlerOf(plan) is IBlockHandler { HoldsSteps: true })
        {
            foreach (var inner in plan.Blocks)
            {
                if (inner.Find(id) is { } found)
                {
                    return found;
                }
            }
        }

        return null;
    }

    /// <summary>The steps of the run itself, or of an iteration, a round or a branch.</summary>
    public static BlockPlan BodyOf(this Turn turn, StepState body)
    {
        if (body.Parent is not { } parent)
        {
            return turn.Outermost;
        }

        var owner = turn.PlanOf(parent)!;
        return turn.BlockHandlerOf(owner).BodyOf(owner, body.Path.Name);
    }
}
