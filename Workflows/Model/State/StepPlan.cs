using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Workflows.Model.State;

/// <summary>Steps that run one after the other.</summary>
internal sealed class BlockPlan
{
    public BlockPlan(BlockRole role, StepPlan? owner, ImmutableArray<Step> steps)
    {
        Role = role;
        Owner = owner;
        Steps = [.. steps.Select((step, index) => new StepPlan(step, this, index))];
        byId = Steps.ToFrozenDictionary(plan => plan.Step.Id, StringComparer.Ordinal);
    }

    private readonly FrozenDictionary<string, StepPlan> byId;

    public BlockRole Role { get; }

    /// <summary>The step around it; null for the runbook's own block.</summary>
    public StepPlan? Owner { get; }

    public ImmutableArray<StepPlan> Steps { get; }

    public StepPlan? Find(string id) => byId.GetValueOrDefault(id);
}

/// <summary>A step with its place in the runbook.</summary>
internal sealed class StepPlan
{
    private static readonly ConditionalWeakTable<Runbook, BlockPlan> Plans = [];

    public StepPlan(Step step, BlockPlan block, int index)
    {
        Step = step;
        Block = block;
        Index = index;
        Arguments = step is RunStep task ? TemplateConstant.Of(task.With) : null;
        Blocks = [.. step.Blocks.Select(block => new BlockPlan(block.Role, this, block.Steps))];
        Catches = Blocks.Any(within => within is { Role: BlockRole.Catch, Steps.IsEmpty: false });
    }

    public Step Step { get; }

    public BlockPlan Block { get; }

    /// <summary>Place in its block, from 0.</summary>
    public int Index { get; }

    /// <summary>An activity's arguments when no expression stands in them; else null.</summary>
    public JsonElement? Arguments { get; }

    /// <summary>The blocks within: one a branch of a parallel step; then and else; body, catch and finally.</summary>
    public ImmutableArray<BlockPlan> Blocks { get; }

    /// <summary>A failure in its body goes to a catch block.</summary>
    public bool Catches { get; }

    /// <summary>The outermost block of a runbook; made once for each.</summary>
    public static BlockPlan Of(Runbook runbook) => Plans.GetValue(runbook, static book => new BlockPlan(BlockRole.Body, null, book.Steps));

    /// <summary>This step or one within it is of the type.</summary>
    public bool Holds<T>() where T : Step => Step is T || Blocks.Any(block => block.Steps.Any(step => step.Holds<T>()));
}
