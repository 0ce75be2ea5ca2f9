using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Bus;
using Orchestrator.Workflows.Cluster;
using Orchestrator.Workflows.Tasks;

namespace Orchestrator.Workflows.Execution;

/// <summary>What a change of the cluster means for the work on this node.</summary>
internal sealed partial class ShardKeeper(RunDirectory directory, Sweeper sweeper, MessageBus bus, Worker? worker, ILogger<ShardKeeper> logger) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, IAsyncDisposable> adopted = new(StringComparer.Ordinal);

    /// <summary>The shards are this node's: whatever is unfinished in them goes on here.</summary>
    public Task OpenAsync(IReadOnlySet<int> shards, CancellationToken cancellationToken) => sweeper.RecoverAsync(shards, cancellationToken);

    /// <summary>The shards are another's, or about to be: returns when nothing in them is under way here.</summary>
    public async Task CloseAsync(IReadOnlySet<int> shards, CancellationToken cancellationToken)
    {
        directory.Dispatcher.Timers.Forget(shards);
        await directory.ReleaseAsync(shards, cancellationToken);
        // Once more: what was decided last may have set some.
        directory.Dispatcher.Timers.Forget(shards);
        directory.Leases.Forget(shards);
    }

    /// <summary>Another node has left or died: its worker's tasks go to others, and what its engine was told is read here.</summary>
    public async Task NodeGoneAsync(NodeInfo node, CancellationToken cancellationToken)
    {
        var engine = directory.Map.Self.Roles.HasFlag(NodeRoles.Engine);
        if (engine && node.Roles.HasFlag(NodeRoles.Worker)) await sweeper.TakeFromAsync(node.Instance, cancellationToken);
        if (!engine || !bus.IsDurable || !node.Roles.HasFlag(NodeRoles.Engine) || adopted.ContainsKey(node.Name) || node.Name == directory.Map.Self.Name) return;

        LogAdopted(node.Name);
        adopted[node.Name] = await bus.ReceiveAlsoAsync(Queues.Engine(node.Name), Queues.Engine(directory.Map.Self.Name), cancellationToken);
    }

    /// <summary>Nodes that are back read their mail themselves.</summary>
    public async Task NodesSeenAsync(ClusterView view)
    {
        if (adopted.IsEmpty) return;

        foreach (var node in view.Nodes)
        {
            if (adopted.TryRemove(node.Info.Name, out var inlet)) await inlet.DisposeAsync();
        }
    }

    /// <summary>The tasks that this node's worker has are no longer its own.</summary>
    public void LoseTasks() => worker?.LoseAll();

    public async ValueTask DisposeAsync()
    {
        foreach (var inlet in adopted.Values) await inlet.DisposeAsync();
        adopted.Clear();
    }

    [LoggerMessage(LogLevel.Information, "Reading what the engine of node {Node} was told and has not handled")]
    private partial void LogAdopted(string node);
}
