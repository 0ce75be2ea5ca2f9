using Orchestrator.Workflows.Language.Expressions;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions.Turns;

/// <summary>Where a step stands in its run, whether it has begun or not.</summary>
/// <param name="Block">The run itself, the block, the iteration, round or branch around it.</param>
internal readonly record struct StepSite(StepState Block, StepPlan Plan, StepPath Path)
{
    /// <summary>Of a step that has begun.</summary>
    public static StepSite Of(Turn turn, StepState step) => new(step.Parent!, turn.PlanOf(step)!, step.Path);

    /// <summary>The names that its expressions can use.</summary>
    public Scope Names(Turn turn) => turn.Names.In(Block, Plan.Block);
}
