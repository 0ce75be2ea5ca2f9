using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Execution.Settings;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Store;

namespace Orchestrator.Workflows.Execution.Membership;

/// <summary>
/// This node's part in the cluster: it announces itself, sees who else is alive, takes its share of the shards and
/// gives the rest up, and joins anew when it was declared dead.
/// </summary>
internal sealed partial class OwnMembership(IMembership members, ClusterMap map, IMembershipListener listener, TimeProvider wall, WorkflowOptions options, Func<string> newInstance, ILogger<OwnMembership> logger)
    : IAsyncDisposable
{
    // After an outage of the store everybody was silent: nobody is judged before all had the time to speak again.
    private const int BeatsBeforeJudging = 3;

    // Not Timeout.InfiniteTimeSpan: that is a negative time, and a store compares it as it stands.
    private static readonly TimeSpan never = TimeSpan.FromDays(365);

    private readonly CancellationTokenSource stopping = new();
    private readonly TaskCompletionSource<FormatRefusedException> refused = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Other instances that were alive and have not been seen off.
    private readonly Dictionary<string, NodeInfo> known = new(StringComparer.Ordinal);

    // Shards that are open here.
    private readonly HashSet<int> mine = [];
    private Task beating = Task.CompletedTask;
    private Task settling = Task.CompletedTask;
    private int beatsInTime;
    private long lastBeat;
    private bool fenced;
    private volatile StoreTrouble? trouble;
    private volatile bool draining;

    /// <summary>Null: the store knows that this node is alive; else what is wrong.</summary>
    public StoreTrouble? Trouble => trouble;

    /// <summary>Completes when this node was declared dead and may not come back: the others write in a format by now that it does not know.</summary>
    public Task<FormatRefusedException> Refused => refused.Task;

    /// <summary>Joins, and returns when this node has its first shards. Throws <see cref="NodeNameTakenException"/> and <see cref="FormatRefusedException"/>.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await JoinAsync(cancellationToken);
        beating = BeatAsync(stopping.Token);
    }

    /// <summary>From the next beat on the others give this node nothing new, and take its shards as it gives them up.</summary>
    public void Retreat() => draining = true;

    /// <summary>Gives up every shard once nothing in it is half done.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        Retreat();
        stopping.Cancel();
        await beating;
        await settling;
        await SettleAsync(await members.BeatAsync(map.Self, draining, never, cancellationToken), cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        stopping.Cancel();
        await beating;
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

    /// <summary>A node that was killed has left its name behind: it is free again as soon as its process is known to be gone.</summary>
    private async Task JoinAsync(CancellationToken cancellationToken)
    {
        var since = wall.GetTimestamp();
        while (true)
        {
            try
            {
                // Who has waited for so long has seen that the store was there for the others to speak to.
                var silence = wall.GetElapsedTime(since) > options.Silence ? options.Silence : never;
                await SettleAsync(await members.BeatAsync(map.Self, draining, silence, cancellationToken), cancellationToken);
                return;
            }
            catch (NodeNameTakenException taken) when (ProcessOrigin.IsGone(taken.Holder.Origin))
            {
                LogExpelled(taken.Holder.Name, taken.Holder.Instance);
                await members.ExpelAsync(taken.Holder.Instance, cancellationToken);
            }
            catch (NodeNameTakenException) when (wall.GetElapsedTime(since) < options.Silence + options.BeatInterval * 2)
            {
                await Task.Delay(options.BeatInterval / 2, wall, cancellationToken);
            }
        }
    }

    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(options.BeatInterval, wall);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                try
                {
                    if (fenced) await BeginAnewAsync(cancellationToken);
                    await BeatOnceAsync(cancellationToken);
                }
                catch (FencedException dead)
                {
                    LogFenced(dead.Message);
                    fenced = true;
                }
                catch (FormatRefusedException newer)
                {
                    LogRefused(newer.Message);
                    trouble = new StoreTrouble(newer.Message, wall.GetUtcNow(), OnlyWrites: true);
                    refused.TrySetResult(newer);
                    return;
                }
                catch (Exception error) when (error is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
                {
                    beatsInTime = 0;
                    if (trouble is null) LogSilent(error);
                    var what = error is NodeNameTakenException ? error.Message : $"the store does not answer: {error.Message}";
                    trouble = new StoreTrouble(what, trouble?.Since ?? wall.GetUtcNow(), OnlyWrites: true);
                    if (lastBeat != 0 && wall.GetElapsedTime(lastBeat) > options.LeaseLength / 2) listener.LoseTasks();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The node leaves.
        }
    }

    private async Task BeatOnceAsync(CancellationToken cancellationToken)
    {
        var begun = wall.GetTimestamp();
        var onTime = lastBeat != 0 && wall.GetElapsedTime(lastBeat, begun) < options.BeatInterval * 2;
        beatsInTime = onTime ? beatsInTime + 1 : 0;
        var silence = beatsInTime >= BeatsBeforeJudging ? options.Silence : never;
        // What is seen while shards change hands may show them as they were before.
        var still = settling.IsCompleted;
        var view = await members.BeatAsync(map.Self, draining, silence, cancellationToken);
        lastBeat = begun;
        if (trouble is not null) LogHeard();
        trouble = null;
        // Beside the beats: to take over much, or to let go of what is slow, must not look like death.
        if (still) settling = TrySettleAsync(view, cancellationToken);
    }

    /// <summary>As another instance: what the old one had is no longer this node's.</summary>
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
        beatsInTime = 0;
        map.Rejoin(map.Self with { Instance = newInstance() });
        fenced = false;
    }

    /// <summary>What fails is done at the next beat.</summary>
    private async Task TrySettleAsync(ClusterView view, CancellationToken cancellationToken)
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
            // The node leaves.
        }
    }

    /// <summary>Takes and gives up shards until the share is right, and sees off those that are gone.</summary>
    private async Task SettleAsync(ClusterView view, CancellationToken cancellationToken)
    {
        var me = map.Self.Instance;
        foreach (var node in view.Nodes)
        {
            if (node.Info.Instance != me) known[node.Info.Instance] = node.Info;
        }

        map.See(view);
        while (map.Self.Roles.HasFlag(NodeRoles.Engine))
        {
            var plan = ShardPlan.Decide(view, me);
            if (!plan.Release.IsEmpty)
            {
                map.Close(plan.Release);
                // Before it is done: one that stays this node's after all is opened again.
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

        foreach (var gone in known.Values.Where(node => view.Find(node.Instance) is null).ToList())
        {
            LogGone(gone.Name, gone.Instance);
            await listener.NodeGoneAsync(gone, cancellationToken);
            known.Remove(gone.Instance);
        }

        await listener.NodesSeenAsync(view);
    }

    [LoggerMessage(1011, LogLevel.Information, "Took {Taken} shards; this node has {Count} now")]
    private partial void LogTaken(int taken, int count);

    [LoggerMessage(1012, LogLevel.Warning, "Node {Node} ({Instance}) is gone")]
    private partial void LogGone(string node, string instance);

    [LoggerMessage(1013, LogLevel.Error, "{Reason} This node joins again")]
    private partial void LogFenced(string reason);

    [LoggerMessage(1014, LogLevel.Error, "This node was declared dead and cannot come back: {Reason}")]
    private partial void LogRefused(string reason);

    [LoggerMessage(1015, LogLevel.Information, "Node {Node} ({Instance}) was a process of this machine that is no more; its work goes on here")]
    private partial void LogExpelled(string node, string instance);

    [LoggerMessage(1016, LogLevel.Warning, "What the last beat asks of this node could not be done; the next beat tries again")]
    private partial void LogUnsettled(Exception error);

    [LoggerMessage(1017, LogLevel.Error, "The store does not hear this node; it tries again every beat")]
    private partial void LogSilent(Exception error);

    [LoggerMessage(1018, LogLevel.Information, "The store hears this node again")]
    private partial void LogHeard();

    [LoggerMessage(1019, LogLevel.Warning, "This node could not take its leave; the others will notice by its silence")]
    private partial void LogNotLeft(Exception error);
}
