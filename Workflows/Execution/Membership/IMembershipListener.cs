using Orchestrator.Workflows.Model.Membership;

namespace Orchestrator.Workflows.Execution.Membership;

/// <summary>What has to be done on this server as shards come and go and other servers do. Called by <see cref="OwnMembership"/>, one call at a time.</summary>
internal interface IMembershipListener
{
    /// <summary>The shards are this server's: whatever is unfinished in them goes on here.</summary>
    Task OpenAsync(IReadOnlySet<int> shards, CancellationToken cancellationToken);

    /// <summary>The shards are another's, or about to be: returns when nothing in them is under way here.</summary>
    Task CloseAsync(IReadOnlySet<int> shards, CancellationToken cancellationToken);

    /// <summary>Another server has left or died: its worker's tasks go to others, and what its engine was told is read here.</summary>
    Task ServerGoneAsync(ServerInfo server, CancellationToken cancellationToken);

    /// <summary>Who is alive now: a server that is back reads its own messages again.</summary>
    Task ServersSeenAsync(MembershipView view);

    /// <summary>The tasks that this server's worker has are no longer its own.</summary>
    void LoseTasks();
}
