using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Execution.Bus;
using Orchestrator.Workflows.Execution.Membership;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Membership;

namespace Orchestrator.Workflows.Execution.Recovery;

/// <summary>Reads what workers told the engines of servers that are gone, until they are back. There is such a thing only where a queue outlives its server.</summary>
internal sealed partial class OrphanedQueues(MessageBus bus, MembershipTracker map, ILogger<OrphanedQueues> logger) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, IAsyncDisposable> adopted = new(StringComparer.Ordinal);

    /// <summary>Of an engine that is gone. Nothing happens when its queue is read here already.</summary>
    public async Task AdoptAsync(string server, CancellationToken cancellationToken)
    {
        if (adopted.ContainsKey(server) || server == map.Self.Name) return;

        LogAdopted(server);
        adopted[server] = await bus.ReceiveAlsoAsync(Queues.Engine(server), Queues.Engine(map.Self.Name), cancellationToken);
    }

    /// <summary>A server that is back reads its own queue again.</summary>
    public async Task GiveBackAsync(MembershipView view)
    {
        if (adopted.IsEmpty) return;

        foreach (var server in view.Servers)
        {
            if (adopted.TryRemove(server.Info.Name, out var consumer)) await consumer.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var consumer in adopted.Values) await consumer.DisposeAsync();
        adopted.Clear();
    }

    [LoggerMessage(1101, LogLevel.Information, "Reading what the engine of server {Server} was told and has not handled")]
    private partial void LogAdopted(string server);
}
