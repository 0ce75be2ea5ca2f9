using Orchestrator.Workflows.Execution.Bus;
using Orchestrator.Workflows.Execution.Membership;
using Orchestrator.Workflows.Model.Bus;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>Takes in what workers report to the engine of this server: results and facts.</summary>
internal sealed class TaskReportConsumer(MessageBus bus, ClusterMap map, IRunRouter router)
{
    // Each waits for a commit that it shares with others.
    private const int Batches = 32;

    /// <summary>Before the bus starts.</summary>
    public void Listen()
    {
        var queue = Queues.Engine(map.Self.Name);
        bus.Receive<ResultMessage>(queue, QueueKind.Node, bus.IsDurable ? TakeAsync : Take, bus.IsDurable ? Batches : 4);
        bus.Receive<FactMessage>(queue, QueueKind.Node, facts =>
        {
            foreach (var fact in facts) router.Post(fact.Stamp.Run, new FactMail(fact, Answer));
            return Task.CompletedTask;
        });
    }

    private Task Take(List<ResultMessage> results)
    {
        foreach (var result in results) router.Post(result.Stamp.Run, new ResultMail(result));
        return Task.CompletedTask;
    }

    /// <summary>Ends when every result is durable, so that a message batch is acknowledged only then. Throws when one must come again.</summary>
    private async Task TakeAsync(List<ResultMessage> results)
    {
        var settled = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var (left, all) = (results.Count, true);
        foreach (var result in results) router.Post(result.Stamp.Run, new ResultMail(result, Settle));
        if (!await settled.Task) throw new InvalidOperationException("Not every result of a message batch could be written; it is to come again.");

        void Settle(bool durable)
        {
            if (!durable) Volatile.Write(ref all, false);
            if (Interlocked.Decrement(ref left) == 0) settled.TrySetResult(Volatile.Read(ref all));
        }
    }

    private void Answer(FactMessage fact, bool recorded) => bus.Outlet<NoteMessage>(Queues.Node(fact.Worker), QueueKind.Passing).Post(
        new NoteMessage(recorded ? NoteKind.FactRecorded : NoteKind.TaskLost, fact.Stamp, fact.Report));
}
