using System.Collections.Immutable;
using System.ComponentModel;
using Orchestrator.Activities.Provision;
using Orchestrator.Infra.Provisioning;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Stacks;

/// <summary>Reads a stack's resources back.</summary>
internal sealed class RefreshStack(IStacks stacks, ProgramFolders programs) : IActivity<StackArguments, RefreshStackResult>
{
    public async Task<RefreshStackResult> ExecuteAsync(StackArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        var task = await StackTask.OfAsync(arguments, programs, context.IdempotencyKey);
        var outcome = await UnitStacks.RunAsync(task.What, onEvent => stacks.RefreshAsync(task.Request, onEvent, cancellationToken), context);
        return new RefreshStackResult { Project = task.Project, Stack = arguments.Stack, Gone = outcome.Changes.GetValueOrDefault("delete"), Changes = outcome.Changes.ToImmutableSortedDictionary(StringComparer.Ordinal) };
    }
}

/// <summary>A stack whose state is as the clouds say.</summary>
public sealed record RefreshStackResult
{
    [Description("The program's project name.")]
    public required string Project { get; init; }

    public required string Stack { get; init; }

    [Description("Resources that were there and are gone.")]
    public required int Gone { get; init; }

    [Description("Resources by what was found: refresh, delete.")]
    public required ImmutableSortedDictionary<string, int> Changes { get; init; }
}
