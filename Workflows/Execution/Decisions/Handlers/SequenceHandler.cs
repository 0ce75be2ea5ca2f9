using Orchestrator.Workflows.Execution.Decisions.Turns;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;

namespace Orchestrator.Workflows.Execution.Decisions.Handlers;

/// <summary><c>steps</c>: one after the other.</summary>
internal sealed class SequenceHandler : IBlockHandler
{
    public bool HoldsSteps => true;

    public void Enter(Turn turn, StepSite site)
    {
        turn.Emit(new StepStarted(site.Path));
        Blocks.Begun(turn, site);
    }

    public void Advance(Turn turn, StepState block, StepPlan plan, StepState? ended) => Blocks.AdvanceSteps(turn, block, plan.Blocks[0], ended);
}
