using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Execution;

namespace Orchestrator.Workflows.Cluster;

/// <summary>
/// This node's part in the cluster: it sees who else is alive, takes its share of the shards and gives the rest up, and
/// joins anew when it was declared dead.
/// </summary>
internal sealed partial class Membership : IAsyncDisposable
{
    private readonly IMembership members;
    private readonly ClusterMap map;
    private readonly ShardKeeper keeper;
    private readonly TimeProvider wall;
    private readonly WorkflowOptions options;
    private readonly Func<string> newInstance;
    private readonly ILogger<Membership> logger;
    private readonly Heartbeat heartbeat;
    private readonly CancellationTokenSource stopping = new();
    private Task beating = Task.CompletedTask;
    private Task settling = Task.CompletedTask;
    private HashSet<int> mine = [];
    private bool lost;

    public Membership(
        IMembership members, ClusterMap map, ShardKeeper keeper, TimeProvider wall, WorkflowOptions options, Func<string> newInstance, ILogger<Membership> logger)
    {
        (this.members, this.map, this.keeper, this.wall, this.options, this.newInstance, this.logger) = (members, map, keeper, wall, options, newInstance, logger);
        heartbeat = new Heartbeat(members, map, wall, options, logger) { Isolated = keeper.LoseTasks };
    }

    /// <summary>Null: the store knows that this node is alive; else what is wrong.</summary>
    public string? Trouble => heartbeat.Trouble;

    /// <summary>Joins, and returns when this node has its first shards. Throws <see cref="NodeNameTakenException"/>.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await JoinAsync(cancellationToken);
        beating = heartbeat.RunAsync(stopping.Token);
        settling = SettleAsync(stopping.Token);
    }

    /// <summary>From the next beat on the others give this node nothing new, and take its shards as it gives them up.</summary>
    public void Retreat() => heartbeat.Draining = true;

    /// <summary>Gives up every shard once nothing in it is half done.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        Retreat();
        await StopAsync();
        await SettleAsync(await members.BeatAsync(map.Self, true, Heartbeat.Never, cancellationToken), cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
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

    private async Task StopAsync()
    {
        stopping.Cancel();
        await beating;
        await settling;
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
                var waited = wall.GetElapsedTime(since) > options.Silence;
                await SettleAsync(
                    await members.BeatAsync(map.Self, heartbeat.Draining, waited ? options.Silence : Heartbeat.Never, cancellationToken), cancellationToken);
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

    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var view in heartbeat.Seen(cancellationToken))
            {
                try
                {
                    if (view is null || lost) await RejoinAsync(cancellationToken);
                    else await SettleAsync(view, cancellationToken);
                }
                catch (FencedException)
                {
                    lost = true;
                }
                catch (Exception error) when (error is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
                {
                    LogUnsettled(error);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The node leaves.
        }
    }

    /// <summary>As another instance: what the old one had is no longer this node's.</summary>
    private async Task RejoinAsync(CancellationToken cancellationToken)
    {
        if (!lost) LogFenced(map.Self.Instance);
        lost = true;
        map.Close(mine);
        keeper.LoseTasks();
        await keeper.CloseAsync(mine, cancellationToken);
        mine = [];
        map.Rejoin(map.Self with { Instance = newInstance() });
        await JoinAsync(cancellationToken);
        lost = false;
    }

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
            heartbeat.ShardsChanged();
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

        foreach (var gone in before.Nodes.Where(node => view.Find(node.Info.Instance) is null && node.Info.Name != map.Self.Name))
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

    [LoggerMessage(LogLevel.Error, "This node ({Instance}) was silent for too long and has been declared dead; it joins again")]
    private partial void LogFenced(string instance);

    [LoggerMessage(LogLevel.Information, "Node {Node} ({Instance}) was a process of this machine that is no more; its work goes on here")]
    private partial void LogExpelled(string node, string instance);

    [LoggerMessage(LogLevel.Error, "A change of the nodes could not be followed; it is tried again with the next beat")]
    private partial void LogUnsettled(Exception error);

    [LoggerMessage(LogLevel.Warning, "This node could not take its leave; the others will notice by its silence")]
    private partial void LogNotLeft(Exception error);
}
