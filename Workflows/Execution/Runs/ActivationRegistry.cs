using System.Collections.Concurrent;
using Orchestrator.Workflows.Execution.Settings;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>
/// The runs that this server has in memory. Each decides on one thing after the other; what gathers while a transition is on its way to the
/// disk goes together into the next one. Keeps the number of idle ones bounded.
/// </summary>
internal sealed class ActivationRegistry : IAsyncDisposable
{
    private static readonly TimeSpan releasePause = TimeSpan.FromMilliseconds(2);

    private readonly ConcurrentDictionary<RunId, RunActivation> activations = new();
    private readonly RunProcessor processor;
    private readonly Executor executor;
    private readonly TimeProvider systemClock;
    private readonly int mostLoaded;
    private readonly Action<RunActivation> execute;
    private readonly TaskCompletionSource quiet = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int count;
    private int trimming;

    // One for the registry itself while it is open, and one for each activation at work.
    private int busy = 1;

    /// <param name="mostLoaded">Runs that stay in memory between two inputs.</param>
    public ActivationRegistry(RunProcessor processor, Executor executor, TimeProvider systemClock, int mostLoaded)
    {
        (this.processor, this.executor, this.systemClock, this.mostLoaded) = (processor, executor, systemClock, mostLoaded);
        execute = activation => _ = DrainAsync(activation);
    }

    public void Post(RunId run, RunRequest request)
    {
        while (true)
        {
            if (!activations.TryGetValue(run, out var activation))
            {
                var made = new RunActivation(run, execute);
                activation = activations.GetOrAdd(run, made);
                if (activation == made) Interlocked.Increment(ref count);
            }

            if (activation.TryPost(request, out var wakes))
            {
                if (!wakes) return;
                Interlocked.Increment(ref busy);
                executor.Queue(activation);
                return;
            }

            // It retired in between, and is about to leave the registry.
            Remove(activation);
        }
    }

    /// <summary>As last written; null when the run is not in memory.</summary>
    public RunSummary? FindSummary(RunId run) => activations.TryGetValue(run, out var activation) ? activation.Summary : null;

    /// <summary>Puts the runs of shards that are no longer this server's out of memory; returns when nothing is under way in them.</summary>
    public async Task ReleaseAsync(IReadOnlySet<int> shards, CancellationToken cancellationToken)
    {
        while (true)
        {
            var left = false;
            foreach (var activation in activations.Values.Where(activation => shards.Contains(Shards.Of(activation.Run))))
            {
                if (activation.TryRetire()) Remove(activation);
                else left = true;
            }

            if (!left) return;
            await Task.Delay(releasePause, systemClock, cancellationToken);
        }
    }

    /// <summary>Returns when what was posted is decided and written. Once; nothing is to be posted any more.</summary>
    public async ValueTask DisposeAsync()
    {
        Rest();
        await quiet.Task;
    }

    private async Task DrainAsync(RunActivation activation)
    {
        var requests = new List<RunRequest>();
        while (activation.TryTake(requests, systemClock))
        {
            await processor.ProcessAsync(activation, requests);
            requests.Clear();
        }

        Rest();
        if (activation.IsSpent)
        {
            if (activation.TryRetire()) Remove(activation);
        }
        else if (Volatile.Read(ref count) > mostLoaded)
        {
            Trim();
        }
    }

    private void Rest()
    {
        if (Interlocked.Decrement(ref busy) == 0) quiet.TrySetResult();
    }

    private void Trim()
    {
        if (Interlocked.Exchange(ref trimming, 1) == 1) return;

        var surplus = count - mostLoaded * 9 / 10;
        foreach (var activation in activations.Values.Where(activation => activation.IsIdle).OrderBy(activation => activation.LastUsed).Take(surplus).ToList())
        {
            if (activation.TryRetire()) Remove(activation);
        }

        Volatile.Write(ref trimming, 0);
    }

    private void Remove(RunActivation activation)
    {
        if (activations.TryRemove(new KeyValuePair<RunId, RunActivation>(activation.Run, activation))) Interlocked.Decrement(ref count);
    }
}
