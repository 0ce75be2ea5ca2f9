using System.Collections.Concurrent;
using Orchestrator.Workflows.Execution.Bus;
using Orchestrator.Workflows.Execution.Membership;
using Orchestrator.Workflows.Model.Bus;

namespace Orchestrator.Workflows.Execution.Workers;

/// <summary>The way of results and facts to the engines that have their runs. While nobody has a run they wait.</summary>
internal sealed class EngineReplies
{
    private readonly MessageBus bus;
    private readonly MembershipTracker map;
    private readonly ConcurrentDictionary<string, (Producer<ResultMessage> Results, Producer<FactMessage> Facts)> engines = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<(ResultMessage Result, Action<bool>? Sent)> unrouted = new();

    public EngineReplies(MessageBus bus, MembershipTracker map)
    {
        (this.bus, this.map) = (bus, map);
        map.Changed += Retry;
    }

    /// <param name="sent">Called once with true when the result is safe on the bus, with false when it is lost.</param>
    public void Post(ResultMessage result, Action<bool>? sent)
    {
        if (map.EngineOf(result.TaskToken.Run) is { } engine) To(engine).Results.Post(result, sent);
        else unrouted.Enqueue((result, sent));
    }

    /// <summary>Whoever reports says it again until it is confirmed.</summary>
    public void Post(FactMessage fact)
    {
        if (map.EngineOf(fact.TaskToken.Run) is { } engine) To(engine).Facts.Post(fact);
    }

    private void Retry()
    {
        for (var left = unrouted.Count; left > 0 && unrouted.TryDequeue(out var waiting); left--) Post(waiting.Result, waiting.Sent);
    }

    private (Producer<ResultMessage> Results, Producer<FactMessage> Facts) To(string engine) => engines.TryGetValue(engine, out var known) ? known : engines.GetOrAdd(
        engine,
        static (name, bus) => (bus.Producer<ResultMessage>(Queues.Engine(name), QueueKind.Server), bus.Producer<FactMessage>(Queues.Engine(name), QueueKind.Server)),
        bus);
}
