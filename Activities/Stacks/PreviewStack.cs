using System.Collections.Immutable;
using System.ComponentModel;
using Orchestrator.Activities.Provision;
using Orchestrator.Infra.Provisioning;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Stacks;

/// <summary>Tells what an up would do.</summary>
internal sealed class PreviewStack(IStacks stacks, ProgramFolders programs) : IActivity<StackArguments, PreviewStackResult>
{
    /// <summary>So many changes are kept in the journal.</summary>
    private const int MostChanges = 1_000;

    public async Task<PreviewStackResult> ExecuteAsync(StackArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        var task = await StackTask.OfAsync(arguments, programs, context.IdempotencyKey);
        var preview = await UnitStacks.GuardedAsync(task.What, () => stacks.PreviewAsync(task.Request, cancellationToken));
        return new PreviewStackResult
        {
            Project = task.Project,
            Stack = arguments.Stack,
            Empty = preview.IsEmpty,
            Changes = preview.Steps.CountBy(step => step.Operation).ToImmutableSortedDictionary(StringComparer.Ordinal),
            Steps = [.. preview.Steps.Where(step => step is not { Operation: "same", Note: null }).Take(MostChanges).Select(step => new PreviewedChange
            {
                Name = StackResource.NameOf(step.Urn), Type = step.Type, Operation = step.Operation, Differences = step.Differences, Note = step.Note,
            })],
        };
    }
}

/// <summary>What an up would do.</summary>
public sealed record PreviewStackResult
{
    [Description("The program's project name.")]
    public required string Project { get; init; }

    public required string Stack { get; init; }

    [Description("True when nothing would change.")]
    public required bool Empty { get; init; }

    [Description("Resources by what would be done with them: same, create, update, replace, delete, resume, forget.")]
    public required ImmutableSortedDictionary<string, int> Changes { get; init; }

    [Description("Each change, at most 1,000; what stays the same is left out.")]
    public required ImmutableArray<PreviewedChange> Steps { get; init; }
}

/// <summary>One change of a preview.</summary>
public sealed record PreviewedChange
{
    public required string Name { get; init; }

    public required string Type { get; init; }

    public required string Operation { get; init; }

    [Description("Paths of the inputs that differ.")]
    public required ImmutableArray<string> Differences { get; init; }

    [Description("What else has to be known of it.")]
    public string? Note { get; init; }
}
