using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Execution.Bus;
using Orchestrator.Workflows.Execution.Membership;
using Orchestrator.Workflows.Execution.Workers;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Membership;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>What a change of the cluster means for the work on this node.</summary>
internal sealed partial class ShardKeeper(RunDirectory directory, Sweeper sweeper, MessageBus bus, Worker? worker, ILogger<ShardKeeper> logger) : IMembershipListener, IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, IAsyncDisposable> adopted = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public Task OpenAsync(IReadOnlySet<int> shards, CancellationToken cancellationToken) => sweeper.RecoverAsync(shards, cancellationToken);

    /// <inheritdoc/>
    public async Task CloseAsync(IReadOnlySet<int> shards, CancellationToken cancellationToken)
    {
        directory.Dispatcher.Timers.Forget(shards);
        await directory.ReleaseAsync(shards, cancellationToken);
        // Once more: what was decided last may have set some.
        directory.Dispatcher.Timers.Forget(shards);
        directory.Leases.Forget(shards);
    }

    /// <inheritdoc/>
    public async Task NodeGoneAsync(NodeInfo node, CancellationToken cancellationToken)
    {
        var engine = directory.Map.Self.Roles.HasFlag(NodeRoles.Engine);
        if (engine && node.Roles.HasFlag(NodeRoles.Worker)) await sweeper.TakeFromAsync(node.Instance, cancellationToken);
        if (!engine || !bus.IsDurable || !node.Roles.HasFlag(NodeRoles.Engine) || adopted.ContainsKey(node.Name) || node.Name == directory.Map.Self.Name) return;

        LogAdopted(node.Name);
        adopted[node.Name] = await bus.ReceiveAlsoAsync(Queues.Engine(node.Name), Queues.Engine(directory.Map.Self.Name), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task NodesSeenAsync(ClusterView view)
    {
        if (adopted.IsEmpty) return;

        foreach (var node in view.Nodes)
        {
            if (adopted.TryRemove(node.Info.Name, out var inlet)) await inlet.DisposeAsync();
        }
    }

    /// <inheritdoc/>
    public void LoseTasks() => worker?.LoseAll();

    public async ValueTask DisposeAsync()
    {
        foreach (var inlet in adopted.Values) await inlet.DisposeAsync();
        adopted.Clear();
    }

    [LoggerMessage(1101, LogLevel.Information, "Reading what the engine of node {Node} was told and has not handled")]
    private partial void LogAdopted(string node);
}
