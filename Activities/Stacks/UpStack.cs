using System.Collections.Immutable;
using System.ComponentModel;
using System.Text.Json;
using Orchestrator.Activities.Journaling;
using Orchestrator.Activities.Provision;
using Orchestrator.Fleet.Facts;
using Orchestrator.Infra.Provisioning;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Stacks;

/// <summary>Brings a stack up. Whether it held anything before is in the journal before the first resource is asked for: only what was new is destroyed by an undo.</summary>
internal sealed class UpStack(IStacks stacks, ProgramFolders programs) : IActivity<StackArguments, UpStackResult>
{
    public async Task<UpStackResult> ExecuteAsync(StackArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        var task = await StackTask.OfAsync(arguments, programs, context.IdempotencyKey);
        var held = await UnitStacks.GuardedAsync(task.What, () => stacks.ResourcesAsync(task.Project, arguments.Stack, cancellationToken));
        var begun = await context.RecordAsync(
            "begun", new StackBegun(task.Project, arguments.Stack, Existed: held is { IsEmpty: false }) { At = context.Clock.GetUtcNow() }, cancellationToken);
        var outcome = await UnitStacks.RunAsync(task.What, onEvent => stacks.UpAsync(task.Request, onEvent, cancellationToken), context);
        return new UpStackResult
        {
            Project = task.Project,
            Stack = arguments.Stack,
            Created = !begun.Existed,
            Changes = outcome.Changes.ToImmutableSortedDictionary(StringComparer.Ordinal),
            Outputs = outcome.Outputs.ToImmutableSortedDictionary(output => output.Key, output => JsonSerializer.SerializeToElement(output.Value), StringComparer.Ordinal),
            Seconds = Math.Round(outcome.Elapsed.TotalSeconds, 1),
        };
    }
}

/// <summary>A stack that is as its program says.</summary>
public sealed record UpStackResult
{
    [Description("The program's project name.")]
    public required string Project { get; init; }

    public required string Stack { get; init; }

    [Description("True: the stack held nothing before this step, so that an undo destroys it.")]
    public required bool Created { get; init; }

    [Description("Resources by what was done with them: same, create, update, replace, delete.")]
    public required ImmutableSortedDictionary<string, int> Changes { get; init; }

    [Description("The program's outputs; [secret] in place of each secret.")]
    public required ImmutableSortedDictionary<string, JsonElement> Outputs { get; init; }

    [Description("How long it took, on the environment clock.")]
    public required double Seconds { get; init; }
}
