using System.Collections.Immutable;
using System.ComponentModel;
using Orchestrator.Activities.Journaling;
using Orchestrator.Activities.Provision;
using Orchestrator.Fleet.Facts;
using Orchestrator.Infra.Provisioning;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Events;

namespace Orchestrator.Activities.Stacks;

/// <summary>
/// Destroys a stack. As an undo it takes back an up: a stack that held nothing before this run is destroyed; one that stood before stays as it is, and the result
/// says so, since the program and the configuration that it was made with are not known any more; one that this run never touched is left alone.
/// </summary>
internal sealed class DestroyStack(IStacks stacks, ProgramFolders programs) : IActivity<StackArguments, DestroyStackResult>
{
    public async Task<DestroyStackResult> ExecuteAsync(StackArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        var task = await StackTask.OfAsync(arguments, programs, context.IdempotencyKey);
        if (context.Undo)
        {
            switch (await BegunAsync(task.Project, arguments.Stack, context, cancellationToken))
            {
                case null:
                    return Result(0);
                case { Existed: true }:
                    return Result(0) with { Left = [new LeftInPlace(task.What, "it stood before this run, which changed it; it stays as it is. Bring it up again with the program and the configuration of before, or destroy it by hand")] };
            }
        }

        var outcome = await UnitStacks.RunAsync(task.What, onEvent => stacks.DestroyAsync(task.Request, onEvent, cancellationToken), context);
        // What the engine says is read back: nothing is told to be gone that the state still holds.
        var left = await UnitStacks.GuardedAsync(task.What, () => stacks.ResourcesAsync(task.Project, arguments.Stack, cancellationToken)) ?? [];
        return Result(outcome.Changes.GetValueOrDefault("delete")) with
        {
            Left = [.. left.Select(resource => new LeftInPlace($"{task.What}: {resource.Name}", "the stack's state still holds it"))],
        };

        DestroyStackResult Result(int deleted) => new() { Project = task.Project, Stack = arguments.Stack, Deleted = deleted };
    }

    /// <summary>The first time that this run, its parent or a child changed the stack; null: none did.</summary>
    private static async Task<StackBegun?> BegunAsync(string project, string stack, TaskContext context, CancellationToken cancellationToken)
    {
        await foreach (var recorded in context.FactsAsync(cancellationToken))
        {
            if (FactRecording.Read(recorded.Fact) is StackBegun begun && begun.Project == project && begun.Stack == stack)
            {
                return begun;
            }
        }

        return null;
    }
}

/// <summary>What a destroy did.</summary>
public sealed record DestroyStackResult : IUndoResult
{
    [Description("The program's project name.")]
    public required string Project { get; init; }

    public required string Stack { get; init; }

    [Description("Resources deleted.")]
    public required int Deleted { get; init; }

    [Description("What stands, each with the reason: in an undo a stack that was there before the run. The run then ends undo-incomplete.")]
    public ImmutableArray<LeftInPlace> Left { get; init; } = [];
}
