using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Progress;

/// <summary>Shows progress to whoever watches at the moment.</summary>
internal sealed class ProgressTable
{
    private const int MostUnread = 1000;

    private readonly ConcurrentDictionary<Channel<TaskProgress>, RunId?> watchers = new();

    public void Show(TaskProgress progress)
    {
        foreach (var (watcher, run) in watchers)
        {
            if (run is null || run == progress.Run) watcher.Writer.TryWrite(progress);
        }
    }

    public async IAsyncEnumerable<TaskProgress> WatchAsync(RunId? run, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var watcher = Channel.CreateBounded<TaskProgress>(new BoundedChannelOptions(MostUnread) { FullMode = BoundedChannelFullMode.DropOldest });
        watchers[watcher] = run;
        try
        {
            await foreach (var progress in watcher.Reader.ReadAllAsync(cancellationToken)) yield return progress;
        }
        finally
        {
            watchers.TryRemove(watcher, out _);
        }
    }
}
