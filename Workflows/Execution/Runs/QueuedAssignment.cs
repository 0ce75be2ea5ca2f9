using Orchestrator.Workflows.Execution.Bus;
using Orchestrator.Workflows.Execution.Membership;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>
/// Over a broker: a task goes to the queue of its lane and tags, and the worker that takes it from there claims it in the store. The lease in
/// its row is the time in which that must happen. A message batch of results stays with the broker until they are durable.
/// </summary>
internal sealed class QueuedAssignment(MessageBus bus, MembershipTracker map, TimeProvider systemClock, TimeSpan leaseLength) : ITaskAssignment
{
    // In a queue a task may wait long for a worker, and is safe there; one that did not get there is told of by the bus.
    private const int LeasesInQueue = 4;

    // Two message batches a worker, so that the idle find some too.
    private readonly TaskProducers producers = new(bus, tags => 2 * map.Workers(tags));

    /// <summary>Each waits for a commit that it shares with others.</summary>
    public int ResultBatches => 32;

    /// <inheritdoc/>
    public PendingTask Assign(RunId run, ExecuteTask task, long token) => new(run, task, "", token, systemClock.GetUtcNow() + leaseLength * LeasesInQueue);

    /// <inheritdoc/>
    public void Send(PendingTask task, TaskMessage message, Action<PendingTask> unsent) => producers.Of(task.Task).Post(message, sent =>
    {
        if (!sent) unsent(task);
    });

    /// <inheritdoc/>
    public async Task AcceptAsync(List<ResultMessage> results, IRunRouter router)
    {
        var settled = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var (left, all) = (results.Count, true);
        foreach (var result in results) router.Post(result.TaskToken.Run, new TaskResultRequest(result, Settle));
        if (!await settled.Task) throw new InvalidOperationException("Not every result of a message batch could be written; it is to come again.");

        void Settle(bool durable)
        {
            if (!durable) Volatile.Write(ref all, false);
            if (Interlocked.Decrement(ref left) == 0) settled.TrySetResult(Volatile.Read(ref all));
        }
    }
}
