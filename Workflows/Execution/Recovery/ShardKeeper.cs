using Orchestrator.Workflows.Execution.Membership;
using Orchestrator.Workflows.Execution.Runs;
using Orchestrator.Workflows.Execution.Workers;
using Orchestrator.Workflows.Model.Membership;

namespace Orchestrator.Workflows.Execution.Recovery;

/// <summary>What a change of the membership means for the work on this server.</summary>
/// <param name="orphaned">Null: what an engine was told ends with its process.</param>
/// <param name="worker">Null: this server executes no tasks.</param>
internal sealed class ShardKeeper(
    ShardRecovery recovery, ActivationRegistry activations, TimerLoop timers, LeaseTable leases, MembershipTracker map, OrphanedQueues? orphaned, Worker? worker) : IMembershipListener
{
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
    public async Task ServerGoneAsync(ServerInfo server, CancellationToken cancellationToken)
    {
        if (!map.Self.Roles.HasFlag(ServerRoles.Engine)) return;

        if (server.Roles.HasFlag(ServerRoles.Worker)) await recovery.TakeFromAsync(server.Instance, cancellationToken);
        if (orphaned is not null && server.Roles.HasFlag(ServerRoles.Engine)) await orphaned.AdoptAsync(server.Name, cancellationToken);
    }

    /// <inheritdoc/>
    public Task ServersSeenAsync(MembershipView view) => orphaned?.GiveBackAsync(view) ?? Task.CompletedTask;

    /// <inheritdoc/>
    public void LoseTasks() => worker?.LoseAll();
}
