using System.Collections.Concurrent;
using Orchestrator.Workflows.Execution.Membership;
using Orchestrator.Workflows.Execution.Runs;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Recovery;

/// <summary>Holds those of this server's runs that took processes down, on whichever server that was counted.</summary>
internal sealed class QuarantineKeeper(CrashRecord crashes, MembershipTracker map, IRunRouter router)
{
    private readonly ConcurrentDictionary<RunId, bool> held = new();

    /// <summary>Reads what all servers have counted.</summary>
    public Task RefreshAsync(CancellationToken cancellationToken) => crashes.RefreshAsync(cancellationToken);

    /// <summary>In shards that have just become this server's.</summary>
    public void HoldIn(IReadOnlySet<int> shards)
    {
        foreach (var run in crashes.Quarantined.Where(run => shards.Contains(Shards.Of(run)))) Hold(run);
    }

    /// <summary>Another server may have counted a crash, or been told by an operator, since.</summary>
    public async Task HoldNewAsync(CancellationToken cancellationToken)
    {
        await RefreshAsync(cancellationToken);
        var quarantined = crashes.Quarantined.ToHashSet();
        foreach (var run in held.Keys.Where(run => !quarantined.Contains(run))) held.TryRemove(run, out _);
        foreach (var run in quarantined.Where(run => !held.ContainsKey(run) && map.Owns(run))) Hold(run);
    }

    private void Hold(RunId run)
    {
        held[run] = true;
        router.Post(run, new HoldRequest(crashes.Error(run)));
    }
}
