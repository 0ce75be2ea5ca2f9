using System.Collections.Immutable;

namespace Orchestrator.Workflows.Model.Runbooks;

/// <summary>Walks over the steps of a runbook.</summary>
public static class StepTree
{
    /// <summary>Every step, outer before inner, in the order of the file.</summary>
    public static IEnumerable<Step> Flatten(this ImmutableArray<Step> steps) => steps.SelectMany(step => BlocksOf(step).SelectMany(block => block.Flatten()).Prepend(step));

    /// <summary>The blocks directly within a step: branches; then and else; body, catch and finally.</summary>
    public static ImmutableArray<ImmutableArray<Step>> BlocksOf(Step step) => [.. step.Blocks.Select(block => block.Steps)];
}
