using System.Collections.Immutable;
using Orchestrator.Workflows.Model.Membership;

namespace Orchestrator.Workflows.Execution.Membership;

/// <summary>Which shards a server should take and give up, so that all engines come to have as many as the others.</summary>
internal sealed record ShardPlan(ImmutableArray<int> Claim, ImmutableArray<int> Release)
{
    /// <summary>
    /// What a server does about a view of the cluster. Every engine decides alone and keeps what it has as far as its
    /// share goes, so that few runs move; two that claim one shard are told apart by the store.
    /// </summary>
    public static ShardPlan Decide(MembershipView view, string me)
    {
        var engines = view.Servers
            .Where(server => !server.Draining && server.Info.Roles.HasFlag(ServerRoles.Engine))
            .Select(server => server.Info)
            .OrderBy(server => server.Name, StringComparer.Ordinal)
            .ToList();
        // The last engine keeps what it has until it leaves: there is nobody to go on with it.
        if (engines.Count == 0) return new ShardPlan([], []);

        var place = engines.FindIndex(engine => engine.Instance == me);
        var share = place < 0 ? 0 : Shards.Count / engines.Count + (place < Shards.Count % engines.Count ? 1 : 0);
        var mine = Numbers(view, owner => owner == me);
        if (mine.Length > share) return new ShardPlan([], mine[share..]);

        var free = Numbers(view, owner => owner is null);
        // Each begins at another place, so that two seldom want the same.
        var start = free.IsEmpty || place < 0 ? 0 : place * free.Length / engines.Count;
        return new ShardPlan([.. free[start..].Concat(free[..start]).Take(share - mine.Length)], []);
    }

    private static ImmutableArray<int> Numbers(MembershipView view, Func<string?, bool> wanted) =>
        [.. Enumerable.Range(0, Shards.Count).Where(shard => wanted(view.Owners[shard]))];
}
