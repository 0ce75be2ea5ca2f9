using Orchestrator.Workflows.Language.Expressions;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions.Turns;

/// <summary>The names that the expressions of a step can use.</summary>
internal sealed class StepNames(Turn turn)
{
    private readonly Dictionary<StepPath, Scope> around = [];

    /// <summary>Those of the run's own locks.</summary>
    public Scope OfRun { get; } = Scope.Empty.With("inputs", turn.Run.Started!.Inputs).With("run", new RunScope(turn.Run));

    /// <summary>Those of a step within one of a block's blocks.</summary>
    public Scope In(StepState block, BlockPlan plan) => Around(block, plan).With("steps", new StepsScope(turn, block));

    private Scope Around(StepState block, BlockPlan plan)
    {
        if (plan.Owner is not { } owner)
        {
            return OfRun;
        }

        var step = block.Kind == StepKind.Body ? block.Parent! : block;
        if (!around.TryGetValue(step.Path, out var outer))
        {
            // Ten thousand iterations share what stands outside their loop.
            around[step.Path] = outer = Around(step.Parent!, owner.Block);
        }

        return turn.BlockHandlerOf(owner).NamesWithin(outer, step, block, plan);
    }
}
