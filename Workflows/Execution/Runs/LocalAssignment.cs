using Orchestrator.Workflows.Execution.Bus;
using Orchestrator.Workflows.Execution.Membership;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>
/// Within one process: a task is leased to the worker beside it in the transaction that schedules it, which saves a claim. What is on its
/// way ends with the process, so nobody keeps it.
/// </summary>
internal sealed class LocalAssignment(MessageBus bus, MembershipTracker map, TimeProvider systemClock, TimeSpan leaseLength) : ITaskAssignment
{
    private readonly TaskProducers producers = new(bus, static _ => 1);

    /// <inheritdoc/>
    public int ResultBatches => 4;

    /// <inheritdoc/>
    public PendingTask Assign(RunId run, ExecuteTask task, long token) =>
        new(run, task, map.Workers(task.Tags) > 0 ? map.Self.Instance : "", token, systemClock.GetUtcNow() + leaseLength);

    /// <inheritdoc/>
    public void Send(PendingTask task, TaskMessage message, Action<PendingTask> unsent) => producers.Of(task.Task).Post(message);

    /// <inheritdoc/>
    public Task AcceptAsync(List<ResultMessage> results, IRunRouter router)
    {
        foreach (var result in results) router.Post(result.TaskToken.Run, new TaskResultRequest(result));
        return Task.CompletedTask;
    }
}
