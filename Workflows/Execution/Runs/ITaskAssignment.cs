using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>How tasks get to workers, and their results back: which of the two ways depends on whether the transport outlives a process.</summary>
internal interface ITaskAssignment
{
    /// <summary>Message batches of results that are taken in at once.</summary>
    int ResultBatches { get; }

    /// <summary>The row of a task as the transition that schedules it writes it: who has the task, and until when.</summary>
    PendingTask Assign(RunId run, ExecuteTask task, long token);

    /// <summary>Puts a task on its way once its row is committed.</summary>
    /// <param name="unsent">Called with the task when the transport did not take it.</param>
    void Send(PendingTask task, TaskMessage message, Action<PendingTask> unsent);

    /// <summary>Brings results to their runs; ends when the transport need not keep them any longer. Throws when it is to bring them again.</summary>
    Task AcceptAsync(List<ResultMessage> results, IRunRouter router);
}
