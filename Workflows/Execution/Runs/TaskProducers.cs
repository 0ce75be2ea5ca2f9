using System.Collections.Concurrent;
using System.Collections.Immutable;
using Orchestrator.Workflows.Execution.Bus;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.State;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>The ways to the queues that workers read, by lane and tags.</summary>
/// <param name="spread">Message batches in which tasks that ask for these tags should go.</param>
internal sealed class TaskProducers(MessageBus bus, Func<ImmutableArray<string>, int> spread)
{
    private readonly ConcurrentDictionary<string, Producer<TaskMessage>> known = new(StringComparer.Ordinal);

    public Producer<TaskMessage> Of(ExecuteTask task)
    {
        var queue = Queues.Tasks(task.Lane, task.Tags);
        if (known.TryGetValue(queue, out var producer)) return producer;

        producer = bus.Producer<TaskMessage>(queue, QueueKind.Shared);
        producer.Spread = () => spread(task.Tags);
        return known.GetOrAdd(queue, producer);
    }
}
