using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Execution.Bus;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>Where the engine of a node hears from workers and from other engines.</summary>
internal sealed partial class EngineDesk(RunDirectory directory, MessageBus bus, ILogger<EngineDesk> logger)
{
    // Each waits for a commit that it shares with others.
    private const int Parcels = 32;

    /// <summary>Before the bus starts.</summary>
    public void Listen()
    {
        var queue = Queues.Engine(directory.Map.Self.Name);
        var parcels = bus.IsDurable ? Parcels : 4;
        bus.Receive<ResultMessage>(queue, QueueKind.Node, bus.IsDurable ? TakeAsync : Take, parcels);
        bus.Receive<FactMessage>(queue, QueueKind.Node, facts =>
        {
            foreach (var fact in facts) directory.Post(fact.Stamp.Run, new FactMail(fact, Answer));
            return Task.CompletedTask;
        });
        bus.Receive<RelayMessage>(Queues.Node(directory.Map.Self.Name), QueueKind.Passing, relayed =>
        {
            foreach (var message in relayed) _ = ReceiveAsync(message);
            return Task.CompletedTask;
        });
    }

    private Task Take(List<ResultMessage> results)
    {
        foreach (var result in results) directory.Post(result.Stamp.Run, new ResultMail(result));
        return Task.CompletedTask;
    }

    /// <summary>Ends when every result is durable, so that a parcel is let go of only then. Throws when one must come again.</summary>
    private async Task TakeAsync(List<ResultMessage> results)
    {
        var settled = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var (left, all) = (results.Count, true);
        foreach (var result in results) directory.Post(result.Stamp.Run, new ResultMail(result, Settle));
        if (!await settled.Task) throw new InvalidOperationException("Not every result of a parcel could be written; it is to come again.");

        void Settle(bool durable)
        {
            if (!durable) Volatile.Write(ref all, false);
            if (Interlocked.Decrement(ref left) == 0) settled.TrySetResult(Volatile.Read(ref all));
        }
    }

    private async Task ReceiveAsync(RelayMessage message)
    {
        try
        {
            await directory.Relay.ReceiveAsync(message);
        }
        catch (Exception error)
        {
            // Whoever waits gives up after a while; what is between runs the sweep says again.
            LogFailed(error, message.Run);
        }
    }

    private void Answer(FactMessage fact, bool recorded) => directory.Dispatcher.Note(
        fact.Worker, new NoteMessage(recorded ? NoteKind.FactRecorded : NoteKind.TaskLost, fact.Stamp, fact.Report));

    [LoggerMessage(1051, LogLevel.Warning, "Mail for run {RunId} that another node sent could not be answered")]
    private partial void LogFailed(Exception error, RunId runId);
}
