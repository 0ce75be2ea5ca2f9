using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Execution;

namespace Orchestrator.Workflows.Cluster;

/// <summary>
/// Announces the node every beat, whatever else it is doing, and passes on what it sees of the others: a node that is busy
/// with its shards must not seem dead.
/// </summary>
internal sealed partial class Heartbeat(IMembership members, ClusterMap map, TimeProvider wall, WorkflowOptions options, ILogger logger)
{
    // After an outage of the store everybody was silent: nobody is judged before all had the time to speak again.
    private const int BeatsBeforeJudging = 3;

    // Not Timeout.InfiniteTimeSpan: that is a negative time, and a store compares it as it stands.
    public static readonly TimeSpan Never = TimeSpan.FromDays(365);

    // Only the newest counts.
    private readonly Channel<ClusterView?> seen = Channel.CreateBounded<ClusterView?>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
    private int beatsInTime;
    private long lastBeat;
    private long shardChanges;
    private volatile string? trouble;

    /// <summary>What is seen of the cluster, the newest at a time; null: this node has been declared dead.</summary>
    public IAsyncEnumerable<ClusterView?> Seen(CancellationToken cancellationToken) => seen.Reader.ReadAllAsync(cancellationToken);

    /// <summary>Null: the store knows that this node is alive; else what is wrong.</summary>
    public string? Trouble => trouble;

    /// <summary>True: from the next beat on the others give this node nothing new.</summary>
    public volatile bool Draining;

    /// <summary>Called when the store has been out of reach for so long that others may have the tasks of this node's worker.</summary>
    public Action Isolated { get; init; } = () => { };

    /// <summary>What was seen before this is old news.</summary>
    public void ShardsChanged() => Interlocked.Increment(ref shardChanges);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(options.BeatInterval, wall);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken)) await BeatAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The node leaves.
        }
    }

    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        var begun = wall.GetTimestamp();
        var changes = Interlocked.Read(ref shardChanges);
        try
        {
            var onTime = lastBeat != 0 && wall.GetElapsedTime(lastBeat, begun) < options.BeatInterval * 2;
            beatsInTime = onTime ? beatsInTime + 1 : 0;
            var view = await members.BeatAsync(map.Self, Draining, beatsInTime >= BeatsBeforeJudging ? options.Silence : Never, cancellationToken);
            lastBeat = begun;
            if (trouble is not null) LogHeard();
            trouble = null;
            if (changes == Interlocked.Read(ref shardChanges)) seen.Writer.TryWrite(view);
        }
        catch (FencedException fenced)
        {
            // Again with each beat until the node has joined anew.
            trouble = fenced.Message;
            beatsInTime = 0;
            seen.Writer.TryWrite(null);
        }
        catch (NodeNameTakenException taken)
        {
            trouble = taken.Message;
        }
        catch (Exception error) when (error is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            beatsInTime = 0;
            if (trouble is null) LogSilent(error);
            trouble = $"the store does not answer: {error.Message}";
            if (lastBeat != 0 && wall.GetElapsedTime(lastBeat) > options.LeaseLength / 2) Isolated();
        }
    }

    [LoggerMessage(LogLevel.Error, "The store does not hear this node; it tries again every beat")]
    private partial void LogSilent(Exception error);

    [LoggerMessage(LogLevel.Information, "The store hears this node again")]
    private partial void LogHeard();
}
