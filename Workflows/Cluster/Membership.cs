using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Execution;

namespace Orchestrator.Workflows.Cluster;

/// <summary>
/// This node's part in the cluster: it announces itself, sees who else is alive, takes its share of the shards and
/// gives the rest up, and joins anew when it was declared dead.
/// </summary>
internal sealed partial class Membership(IMembership members, ClusterMap map, ShardKeeper keeper, TimeProvider wall, WorkflowOptions options, ILogger<Membership> logger)
    : IAsyncDisposable
{
    // After an outage of the store everybody was silent: nobody is judged before all had the time to speak again.
    private const int BeatsBeforeJudging = 3;

    private readonly CancellationTokenSource stopping = new();
    private Task beating = Task.CompletedTask;
    private HashSet<int> mine = [];
    private int beatsInTime;
    private long lastBeat;
    private volatile string? trouble;
    private volatile bool draining;

    /// <summary>Null: the store knows that this node is alive; else what is wrong.</summary>
    public string? Trouble => trouble;

    /// <summary>Joins, and returns when this node has its first shards. Throws <see cref="NodeNameTakenException"/>.</summary>
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
        await stopping.CancelAsync();
        await beating;
        await SettleAsync(await members.BeatAsync(map.Self, draining, Timeout.InfiniteTimeSpan, cancellationToken), cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await beating;
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

    /// <summary>Of an operator's own process a name is free again as soon as the one before is noticed to be dead.</summary>
    private async Task JoinAsync(CancellationToken cancellationToken)
    {
        var since = wall.GetTimestamp();
        while (true)
        {
            try
            {
                await SettleAsync(await members.BeatAsync(map.Self, draining, options.Silence, cancellationToken), cancellationToken);
                return;
            }
            catch (NodeNameTakenException) when (wall.GetElapsedTime(since) < options.Silence + options.BeatInterval)
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
                    await BeatOnceAsync(cancellationToken);
                }
                catch (FencedException fenced)
                {
                    LogFenced(fenced.Message);
                    await RejoinAsync(cancellationToken);
                }
                catch (Exception error) when (error is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
                {
                    beatsInTime = 0;
                    if (trouble is null) LogSilent(error);
                    trouble = $"the store does not answer: {error.Message}";
                    if (lastBeat != 0 && wall.GetElapsedTime(lastBeat) > options.LeaseLength / 2) keeper.LoseTasks();
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
        var silence = beatsInTime >= BeatsBeforeJudging ? options.Silence : Timeout.InfiniteTimeSpan;
        var view = await members.BeatAsync(map.Self, draining, silence, cancellationToken);
        lastBeat = begun;
        if (trouble is not null) LogHeard();
        trouble = null;
        await SettleAsync(view, cancellationToken);
    }

    /// <summary>As another instance: what the old one had is no longer this node's.</summary>
    private async Task RejoinAsync(CancellationToken cancellationToken)
    {
        var lost = mine;
        mine = [];
        map.Close(lost);
        keeper.LoseTasks();
        await keeper.CloseAsync(lost, cancellationToken);
        beatsInTime = 0;
        map.Rejoin(map.Self with { Instance = NewInstance() });
        await JoinAsync(cancellationToken);
    }

    public static string NewInstance() => Guid.NewGuid().ToString("N")[..12];

    /// <summary>Takes and gives up shards until the share is right.</summary>
    private async Task SettleAsync(ClusterView view, CancellationToken cancellationToken)
    {
        var before = map.View;
        map.See(view);
        while (map.Self.Roles.HasFlag(NodeRoles.Engine))
        {
            var plan = ShardPlan.Decide(view, map.Self.Instance);
            if (plan.Claim.IsEmpty && plan.Release.IsEmpty) break;

            if (!plan.Release.IsEmpty)
            {
                map.Close(plan.Release);
                await keeper.CloseAsync(plan.Release.ToHashSet(), cancellationToken);
            }

            view = await members.ChangeShardsAsync(plan.Claim, plan.Release, cancellationToken);
            map.See(view);
            var now = Enumerable.Range(0, Shards.Count).Where(shard => view.Owners[shard] == map.Self.Instance).ToHashSet();
            var taken = now.Except(mine).ToHashSet();
            mine = now;
            if (taken.Count > 0)
            {
                LogTaken(taken.Count, mine.Count);
                map.Open(taken);
                await keeper.OpenAsync(taken, cancellationToken);
            }
            else if (plan.Release.IsEmpty)
            {
                // Others were quicker; what is free at the next beat is tried then.
                break;
            }
        }

        foreach (var gone in before.Nodes.Where(node => view.Find(node.Info.Instance) is null && node.Info.Instance != map.Self.Instance))
        {
            LogGone(gone.Info.Name, gone.Info.Instance);
            await keeper.NodeGoneAsync(gone.Info, cancellationToken);
        }

        await keeper.NodesSeenAsync(view);
    }

    [LoggerMessage(LogLevel.Information, "Took {Taken} shards; this node has {Count} now")]
    private partial void LogTaken(int taken, int count);

    [LoggerMessage(LogLevel.Warning, "Node {Node} ({Instance}) is gone")]
    private partial void LogGone(string node, string instance);

    [LoggerMessage(LogLevel.Error, "{Reason} This node joins again")]
    private partial void LogFenced(string reason);

    [LoggerMessage(LogLevel.Error, "The store does not hear this node; it tries again every beat")]
    private partial void LogSilent(Exception error);

    [LoggerMessage(LogLevel.Information, "The store hears this node again")]
    private partial void LogHeard();

    [LoggerMessage(LogLevel.Warning, "This node could not take its leave; the others will notice by its silence")]
    private partial void LogNotLeft(Exception error);
}
