using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Execution.Bus;
using Orchestrator.Workflows.Execution.Membership;
using Orchestrator.Workflows.Execution.Workers;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Membership;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>What a change of the membership means for the work on this server.</summary>
internal sealed partial class ShardKeeper(
    ShardRecovery recovery, ActivationRegistry activations, TimerLoop timers, LeaseTable leases, ClusterMap map, MessageBus bus, Worker? worker, ILogger<ShardKeeper> logger)
    : IMembershipListener, IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, IAsyncDisposable> adopted = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public Task OpenAsync(IReadOnlySet<int> shards, CancellationToken cancellationToken) => recovery.OpenAsync(shards, cancellationToken);

    /// <inheritdoc/>
    public async Task CloseAsync(IReadOnlySet<int> shards, CancellationToken cancellationToken)
    {
        timers.Forget(shards);
        await activations.ReleaseAsync(shards, cancellationToken);
        // Once more: what was decided last may have set some.
        timers.Forget(shards);
        leases.Forget(shards);
    }

    /// <inheritdoc/>
    public async Task NodeGoneAsync(NodeInfo node, CancellationToken cancellationToken)
    {
        var engine = map.Self.Roles.HasFlag(NodeRoles.Engine);
        if (engine && node.Roles.HasFlag(NodeRoles.Worker)) await recovery.TakeFromAsync(node.Instance, cancellationToken);
        if (!engine || !bus.IsDurable || !node.Roles.HasFlag(NodeRoles.Engine) || adopted.ContainsKey(node.Name) || node.Name == map.Self.Name) return;

        LogAdopted(node.Name);
        adopted[node.Name] = await bus.ReceiveAlsoAsync(Queues.Engine(node.Name), Queues.Engine(map.Self.Name), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task NodesSeenAsync(ClusterView view)
    {
        if (adopted.IsEmpty) return;

        foreach (var node in view.Nodes)
        {
            if (adopted.TryRemove(node.Info.Name, out var consumer)) await consumer.DisposeAsync();
        }
    }

    /// <inheritdoc/>
    public void LoseTasks() => worker?.LoseAll();

    public async ValueTask DisposeAsync()
    {
        foreach (var consumer in adopted.Values) await consumer.DisposeAsync();
        adopted.Clear();
    }

    [LoggerMessage(LogLevel.Information, "Reading what the engine of node {Node} was told and has not handled")]
    private partial void LogAdopted(string node);
}
