using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>
/// Finds in the journal what a crash, a lost message or a dead worker left behind, and sets it going again: tasks
/// without a lease, messages between runs that nobody answered, lock news that a run has not journaled.
/// </summary>
internal sealed partial class Sweeper(RunDirectory directory, ILogger<Sweeper> logger) : IAsyncDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private readonly ConcurrentDictionary<RunId, bool> held = new();
    private Task sweeping = Task.CompletedTask;

    /// <summary>Opens shards that have just become this node's, and sets their unfinished runs going: their timers, and the tasks that no worker has.</summary>
    public async Task RecoverAsync(IReadOnlySet<int> shards, CancellationToken cancellationToken)
    {
        await directory.Crashes.RefreshAsync(cancellationToken);
        var tasks = await directory.Journal.PendingTasksAsync(DateTimeOffset.MaxValue, cancellationToken);
        tasks.RemoveAll(task => !shards.Contains(Shards.Of(task.Run)));
        var timers = await directory.Journal.PendingTimersAsync(cancellationToken);
        timers.RemoveAll(timer => !shards.Contains(Shards.Of(timer.Run)));
        // Before anybody is let in: a result or a fact of a task that is not known yet would count as late.
        foreach (var task in tasks) directory.Leases.Set(task.Run, task.Id, task.Token);
        foreach (var timer in timers) directory.Dispatcher.Timers.Set(timer);
        directory.Map.Open(shards);
        foreach (var run in directory.Crashes.Quarantined.Where(run => shards.Contains(Shards.Of(run)))) Hold(run);
        foreach (var task in tasks)
        {
            // Nobody's may be in a queue, or was lost with the engine that was about to send it there.
            if (task.Owner.Length == 0 || !directory.Map.IsAlive(task.Owner)) directory.Post(task.Run, new RedispatchMail(task));
        }

        await RetellAsync(cancellationToken);
        if (tasks.Count + timers.Count > 0) LogRecovered(tasks.Count, timers.Count);
    }

    /// <summary>Hands out again what the worker of a node had that is gone.</summary>
    public async Task TakeFromAsync(string instance, CancellationToken cancellationToken)
    {
        foreach (var task in await directory.Journal.PendingTasksAsync(DateTimeOffset.MaxValue, cancellationToken))
        {
            if (task.Owner == instance && directory.Map.Owns(task.Run)) directory.Post(task.Run, new RedispatchMail(task));
        }
    }

    public void Start() => sweeping = SweepAsync(stopping.Token);

    public async ValueTask DisposeAsync()
    {
        stopping.Cancel();
        await sweeping;
        stopping.Dispose();
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(directory.Options.SweepInterval, directory.Clocks.Wall);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                try
                {
                    directory.Relay.Expire();
                    if (!directory.Map.OwnsAny) continue;

                    await HoldQuarantinedAsync(cancellationToken);

                    await RetellAsync(cancellationToken);
                    foreach (var task in directory.Dispatcher.TakeUnsent()) directory.Post(task.Run, new RedispatchMail(task));
                    foreach (var task in await directory.Journal.PendingTasksAsync(directory.Clocks.Wall.GetUtcNow(), cancellationToken))
                    {
                        if (!directory.Map.Owns(task.Run)) continue;
                        LogLeaseEnded(task.Task.Path, task.Run, task.Task.Attempt);
                        directory.Post(task.Run, new RedispatchMail(task));
                    }
                }
                catch (Exception error) when (error is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
                {
                    LogFailed(error);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The engine stops.
        }
    }

    /// <summary>Another server may have counted a crash, or been told by an operator, since.</summary>
    private async Task HoldQuarantinedAsync(CancellationToken cancellationToken)
    {
        await directory.Crashes.RefreshAsync(cancellationToken);
        var quarantined = directory.Crashes.Quarantined.ToHashSet();
        foreach (var run in held.Keys.Where(run => !quarantined.Contains(run))) held.TryRemove(run, out _);
        foreach (var run in quarantined.Where(run => !held.ContainsKey(run) && directory.Map.Owns(run))) Hold(run);
    }

    private void Hold(RunId run)
    {
        held[run] = true;
        directory.Post(run, new HoldMail(directory.Crashes.Error(run)));
    }

    private async Task RetellAsync(CancellationToken cancellationToken)
    {
        foreach (var message in await directory.Journal.PendingMessagesAsync(cancellationToken))
        {
            if (directory.Map.Owns(message.Id.From)) _ = directory.Dispatcher.DeliverAsync(message);
        }

        foreach (var news in await directory.Journal.UntoldLocksAsync(cancellationToken))
        {
            if (directory.Map.Owns(news.Run)) directory.Dispatcher.Tell(news);
        }
    }

    [LoggerMessage(1111, LogLevel.Information, "Continuing what was unfinished: {Tasks} tasks and {Timers} timers")]
    private partial void LogRecovered(int tasks, int timers);

    [LoggerMessage(1112, LogLevel.Warning, "The lease of {Step} of run {RunId}, attempt {Attempt}, ended without a result; it goes to a worker again")]
    private partial void LogLeaseEnded(StepPath step, RunId runId, int attempt);

    [LoggerMessage(1113, LogLevel.Error, "A sweep failed; the next one tries again")]
    private partial void LogFailed(Exception error);
}
