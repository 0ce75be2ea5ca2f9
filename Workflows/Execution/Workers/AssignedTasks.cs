using System.Collections.Immutable;
using Orchestrator.Workflows.Model.Bus;

namespace Orchestrator.Workflows.Execution.Workers;

/// <summary>Within one process: the engine has leased to this worker what it sends, whatever tags it asks for, and a result cannot be lost before the process is.</summary>
internal sealed class AssignedTasks(EngineReplies engine) : ITaskSource
{
    /// <inheritdoc/>
    public ImmutableArray<string> Tags => [];

    /// <inheritdoc/>
    public ValueTask<List<TaskMessage>> TakeAsync(List<TaskMessage> tasks, LaneSlots slots, CancellationToken cancellationToken) => ValueTask.FromResult(tasks);

    /// <inheritdoc/>
    public void Report(HeldTask task, ResultMessage result, Action<HeldTask> release)
    {
        engine.Post(result, sent: null);
        release(task);
    }
}
