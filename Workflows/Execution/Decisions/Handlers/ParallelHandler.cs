using System.Diagnostics;
using Orchestrator.Workflows.Execution.Decisions.Turns;
using Orchestrator.Workflows.Language.Expressions;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;

namespace Orchestrator.Workflows.Execution.Decisions.Handlers;

/// <summary><c>parallel</c>: branches side by side. After a failure the others go on to their end.</summary>
internal sealed class ParallelHandler : IBlockHandler
{
    public IEnumerable<string> Members => ["steps", "branches"];

    public void Enter(Turn turn, StepSite site)
    {
        turn.Emit(new StepStarted(site.Path));
        StepStarts.LimitTime(turn, site.Plan, site.Path);
        foreach (var branch in ((ParallelStep)site.Plan.Step).Branches)
        {
            Blocks.BeginBody(turn, site.Path.Child(branch.Id));
        }

        turn.Visit(turn.Run.Find(site.Path)!);
    }

    public void Advance(Turn turn, StepState block, StepPlan plan, StepState? ended)
    {
        if (!Blocks.Raised(turn, block) && block.Open == 0)
        {
            Blocks.Complete(turn, block);
        }
    }

    public BlockPlan BodyOf(StepPlan plan, string name)
    {
        var branches = ((ParallelStep)plan.Step).Branches;
        for (var index = 0; index < branches.Length; index++)
        {
            if (branches[index].Id == name)
            {
                return plan.Blocks[index];
            }
        }

        throw new UnreachableException($"{plan.Step.Id} has no branch {name}.");
    }

    public int UndoWidth(StepPlan plan) => int.MaxValue;

    public ScopeValue? Member(Turn turn, StepState step, string name) => name switch
    {
        "steps" => new StepMembers(turn, step.Children),
        "branches" => new StepMembers(turn, [step]),
        _ => null,
    };
}
