using Orchestrator.Workflows.Execution.Decisions.Turns;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;

namespace Orchestrator.Workflows.Execution.Decisions.Handlers;

/// <summary><c>if</c>: its condition is evaluated once, and chooses one of two blocks.</summary>
internal sealed class IfHandler : IBlockHandler
{
    public bool HoldsSteps => true;

    public void Enter(Turn turn, StepSite site)
    {
        var condition = turn.Expressions.EvaluateCondition(((IfStep)site.Plan.Step).Condition, site.Names(turn));
        if (condition.Error is { } error)
        {
            Failures.Fail(turn, site, error.ToStepError());
            return;
        }

        turn.Emit(new BranchChosen(site.Path, condition.IsTruthy));
        Blocks.Begun(turn, site);
    }

    public void Advance(Turn turn, StepState block, StepPlan plan, StepState? ended) =>
        Blocks.AdvanceSteps(turn, block, plan.Blocks[((ChoiceState)block.Own!).Then ? 0 : 1], ended);
}
