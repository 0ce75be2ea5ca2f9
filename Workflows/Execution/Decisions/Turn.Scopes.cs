using System.Globalization;
using Orchestrator.Workflows.Language.Expressions;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions;

internal sealed partial class Turn
{
    private Scope? baseScope;
    private readonly Dictionary<StepPath, Scope> loopScopes = [];

    private Scope BaseScope => baseScope ??= Scope.Empty.With("inputs", run.Started!.Inputs).With("run", new RunScope(run));

    /// <summary>The names that a step within one of a block's blocks can use.</summary>
    private Scope ScopeIn(StepState block, BlockPlan plan) => NamesIn(block, plan).With("steps", new StepsScope(block, PlanOf));

    private Scope NamesIn(StepState block, BlockPlan plan)
    {
        if (plan.Owner is not { } owner)
        {
            return BaseScope;
        }

        var step = block.Kind == StepKind.Body ? block.Parent! : block;
        if (!loopScopes.TryGetValue(step.Path, out var outer))
        {
            // Ten thousand iterations share what stands outside their loop.
            loopScopes[step.Path] = outer = NamesIn(step.Parent!, owner.Block);
        }

        return owner.Step switch
        {
            ForEachStep loop when block.Index < step.Items.Length => outer.With("index", Json.Of(block.Index)).With(loop.As, step.Items[block.Index].Value),
            RepeatStep => outer.With("round", Json.Of(int.Parse(block.Path.Name, CultureInfo.InvariantCulture))),
            TryStep when plan.Role == BlockRole.Catch && step.Caught is { } caught => outer.With("error", StepScope.Error(caught.Error, caught.Cause)),
            _ => outer,
        };
    }
}
