using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Execution.Settings;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Store;

namespace Orchestrator.Workflows.Execution.Membership;

/// <summary>
/// This server's part in the cluster: it announces itself, sees who else is alive, takes its share of the shards and
/// gives the rest up, and joins anew when it was evicted.
/// </summary>
internal sealed partial class OwnMembership(IMembership members, MembershipTracker map, IMembershipListener listener, TimeProvider systemClock, WorkflowOptions options, Func<string> newInstance, ILogger<OwnMembership> logger)
    : IAsyncDisposable
{
    // After an unavailability of the store everybody was silent: nobody is judged before all had the time to speak again.
    private const int HeartbeatsBeforeEviction = 3;

    // Not Timeout.InfiniteTimeSpan: that is a negative time, and a store compares it as it stands.
    private static readonly TimeSpan never = TimeSpan.FromDays(365);

    private readonly CancellationTokenSource stopping = new();
    private readonly TaskCompletionSource<ProtocolVersionRefusedException> refused = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Other instances that were alive and have not been evicted.
    private readonly Dictionary<string, ServerInfo> known = new(StringComparer.Ordinal);

    // Shards that are open here.
    private readonly HashSet<int> mine = [];
    private Task heartbeatLoop = Task.CompletedTask;
    private Task settling = Task.CompletedTask;
    private int heartbeatsInTime;
    private long lastHeartbeat;
    private bool fenced;
    private volatile StoreUnavailable? unavailable;
    private volatile bool draining;

    /// <summary>Null: the store knows that this server is alive; else what is wrong.</summary>
    public StoreUnavailable? Unavailable => unavailable;

    /// <summary>Completes when this server was evicted and may not come back: the others write in a format by now that it does not know.</summary>
    public Task<ProtocolVersionRefusedException> Refused => refused.Task;

    /// <summary>Joins, and returns when this server has its first shards. Throws <see cref="ServerNameTakenException"/> and <see cref="ProtocolVersionRefusedException"/>.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await JoinAsync(cancellationToken);
        heartbeatLoop = HeartbeatAsync(stopping.Token);
    }

    /// <summary>From the next beat on the others give this server nothing new, and take its shards as it gives them up.</summary>
    public void Drain() => draining = true;

    /// <summary>Gives up every shard once nothing in it is half done.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        Drain();
        stopping.Cancel();
        await heartbeatLoop;
        await settling;
        await SettleAsync(await members.HeartbeatAsync(map.Self, draining, never, cancellationToken), cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        stopping.Cancel();
        await heartbeatLoop;
        await settling;
        try
        {
            await members.LeaveAsync(CancellationToken.None);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // The others notice by its silence.
            LogNotLeft(error);
        }

        stopping.Dispose();
    }

    /// <summary>A server that was killed has left its name behind: it is free again as soon as its process is known to be gone.</summary>
    private async Task JoinAsync(CancellationToken cancellationToken)
    {
        var since = systemClock.GetTimestamp();
        while (true)
        {
            try
            {
                // Who has waited for so long has seen that the store was there for the others to speak to.
                var failureTimeout = systemClock.GetElapsedTime(since) > options.FailureTimeout ? options.FailureTimeout : never;
                await SettleAsync(await members.HeartbeatAsync(map.Self, draining, failureTimeout, cancellationToken), cancellationToken);
                return;
            }
            catch (ServerNameTakenException taken) when (ProcessOrigin.IsGone(taken.Holder.Origin))
            {
                LogEvictedElsewhere(taken.Holder.Name, taken.Holder.Instance);
                await members.EvictAsync(taken.Holder.Instance, cancellationToken);
            }
            catch (ServerNameTakenException) when (systemClock.GetElapsedTime(since) < options.FailureTimeout + options.HeartbeatInterval * 2)
            {
                await Task.Delay(options.HeartbeatInterval / 2, systemClock, cancellationToken);
            }
        }
    }

    private async Task HeartbeatAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(options.HeartbeatInterval, systemClock);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                try
                {
                    if (fenced) await BeginAnewAsync(cancellationToken);
                    await HeartbeatOnceAsync(cancellationToken);
                }
                catch (FencedException dead)
                {
                    LogFenced(dead.Message);
                    fenced = true;
                }
                catch (ProtocolVersionRefusedException newer)
                {
                    LogRefused(newer.Message);
                    unavailable = new StoreUnavailable(newer.Message, systemClock.GetUtcNow(), OnlyWrites: true);
                    refused.TrySetResult(newer);
                    return;
                }
                catch (Exception error) when (error is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
                {
                    heartbeatsInTime = 0;
                    if (unavailable is null) LogSilent(error);
                    var what = error is ServerNameTakenException ? error.Message : $"the store does not answer: {error.Message}";
                    unavailable = new StoreUnavailable(what, unavailable?.Since ?? systemClock.GetUtcNow(), OnlyWrites: true);
                    if (lastHeartbeat != 0 && systemClock.GetElapsedTime(lastHeartbeat) > options.LeaseLength / 2) listener.LoseTasks();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The server leaves.
        }
    }

    private async Task HeartbeatOnceAsync(CancellationToken cancellationToken)
    {
        var begun = systemClock.GetTimestamp();
        var onTime = lastHeartbeat != 0 && systemClock.GetElapsedTime(lastHeartbeat, begun) < options.HeartbeatInterval * 2;
        heartbeatsInTime = onTime ? heartbeatsInTime + 1 : 0;
        var failureTimeout = heartbeatsInTime >= HeartbeatsBeforeEviction ? options.FailureTimeout : never;
        // What is seen while shards change hands may show them as they were before.
        var still = settling.IsCompleted;
        var view = await members.HeartbeatAsync(map.Self, draining, failureTimeout, cancellationToken);
        lastHeartbeat = begun;
        if (unavailable is not null) LogHeard();
        unavailable = null;
        // Beside the beats: to take over much, or to let go of what is slow, must not look like death.
        if (still) settling = TrySettleAsync(view, cancellationToken);
    }

    /// <summary>As another instance: what the old one had is no longer this server's.</summary>
    private async Task BeginAnewAsync(CancellationToken cancellationToken)
    {
        // All of them: one that was being opened is open, though it is not counted yet.
        var lost = Enumerable.Range(0, Shards.Count).ToHashSet();
        map.Close(lost);
        listener.LoseTasks();
        await settling;
        map.Close(lost);
        await listener.CloseAsync(lost, cancellationToken);
        mine.Clear();
        heartbeatsInTime = 0;
        map.Rejoin(map.Self with { Instance = newInstance() });
        fenced = false;
    }

    /// <summary>What fails is done at the next beat.</summary>
    private async Task TrySettleAsync(MembershipView view, CancellationToken cancellationToken)
    {
        try
        {
            await SettleAsync(view, cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            LogUnsettled(error);
        }
        catch (OperationCanceledException)
        {
            // The server leaves.
        }
    }

    /// <summary>Takes and gives up shards until the share is right, and sees off those that are gone.</summary>
    private async Task SettleAsync(MembershipView view, CancellationToken cancellationToken)
    {
        var me = map.Self.Instance;
        foreach (var server in view.Servers)
        {
            if (server.Info.Instance != me) known[server.Info.Instance] = server.Info;
        }

        map.See(view);
        while (map.Self.Roles.HasFlag(ServerRoles.Engine))
        {
            var plan = ShardPlan.Decide(view, me);
            if (!plan.Release.IsEmpty)
            {
                map.Close(plan.Release);
                // Before it is done: one that stays this server's after all is opened again.
                mine.ExceptWith(plan.Release);
                await listener.CloseAsync(plan.Release.ToHashSet(), cancellationToken);
            }

            if (!plan.Claim.IsEmpty || !plan.Release.IsEmpty)
            {
                view = await members.ChangeShardsAsync(plan.Claim, plan.Release, cancellationToken);
                map.See(view);
            }

            // What the store says, not what was asked for: the answer to an earlier claim may have been lost, or its taking over failed.
            var taken = Enumerable.Range(0, Shards.Count).Where(shard => view.Owners[shard] == me && !mine.Contains(shard)).ToHashSet();
            if (taken.Count > 0)
            {
                await listener.OpenAsync(taken, cancellationToken);
                mine.UnionWith(taken);
                LogTaken(taken.Count, mine.Count);
            }

            // Others may have been quicker; what is free at the next beat is tried then.
            if (plan.Release.IsEmpty && (plan.Claim.IsEmpty || taken.Count == 0)) break;
        }

        foreach (var gone in known.Values.Where(server => view.Find(server.Instance) is null).ToList())
        {
            LogGone(gone.Name, gone.Instance);
            await listener.ServerGoneAsync(gone, cancellationToken);
            known.Remove(gone.Instance);
        }

        await listener.ServersSeenAsync(view);
    }

    [LoggerMessage(1011, LogLevel.Information, "Shards acquired: {Taken}; this server owns {Count} now")]
    private partial void LogTaken(int taken, int count);

    [LoggerMessage(1012, LogLevel.Warning, "Member evicted: server {Server} ({Instance})")]
    private partial void LogGone(string server, string instance);

    [LoggerMessage(1013, LogLevel.Error, "{Reason} This server joins again")]
    private partial void LogFenced(string reason);

    [LoggerMessage(1014, LogLevel.Error, "This server was evicted and cannot join again: {Reason}")]
    private partial void LogRefused(string reason);

    [LoggerMessage(1015, LogLevel.Information, "Server {Server} ({Instance}) was a process of this machine that is no more; its work goes on here")]
    private partial void LogEvictedElsewhere(string server, string instance);

    [LoggerMessage(1016, LogLevel.Warning, "What the last heartbeat asks of this server could not be done; the next heartbeat tries again")]
    private partial void LogUnsettled(Exception error);

    [LoggerMessage(1017, LogLevel.Error, "Heartbeat missed: the store is unavailable; the next one tries again")]
    private partial void LogSilent(Exception error);

    [LoggerMessage(1018, LogLevel.Information, "Heartbeat accepted again")]
    private partial void LogHeard();

    [LoggerMessage(1019, LogLevel.Warning, "This server could not deregister; the others evict it after its failure timeout")]
    private partial void LogNotLeft(Exception error);
}
