using System.Collections.Immutable;
using Orchestrator.Workflows.Model.Bus;

namespace Orchestrator.Workflows.Execution.Workers;

/// <summary>How a worker comes by its tasks, and when it may let go of one: which of the two ways depends on whether the transport outlives a process.</summary>
internal interface ITaskSource
{
    /// <summary>The tags of steps whose tasks it reads; each set of them has a queue of its own.</summary>
    ImmutableArray<string> Tags { get; }

    /// <summary>Those of a message batch that are this worker's from now on. Waits while they would only wait here.</summary>
    ValueTask<List<TaskMessage>> TakeAsync(List<TaskMessage> tasks, LaneSlots slots, CancellationToken cancellationToken);

    /// <summary>Sends a task's result to the engine that has its run.</summary>
    /// <param name="release">Called once with the task when its lease need not be renewed any longer.</param>
    void Report(HeldTask task, ResultMessage result, Action<HeldTask> release);
}
