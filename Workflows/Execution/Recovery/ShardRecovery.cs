using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Execution.Membership;
using Orchestrator.Workflows.Execution.Runs;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Store;

namespace Orchestrator.Workflows.Execution.Recovery;

/// <summary>Goes on with what other servers, or this one before it started, left unfinished.</summary>
internal sealed partial class ShardRecovery(
    IJournal journal, MembershipTracker map, IRunRouter router, LeaseTable leases, TimerLoop timers, MessageDelivery messages, QuarantineKeeper quarantine, ILogger<ShardRecovery> logger)
{
    /// <summary>Opens shards that have just become this server's, and sets their unfinished runs going: their timers, and the tasks that no worker has.</summary>
    public async Task OpenAsync(IReadOnlySet<int> shards, CancellationToken cancellationToken)
    {
        await quarantine.RefreshAsync(cancellationToken);
        var tasks = await journal.PendingTasksAsync(DateTimeOffset.MaxValue, cancellationToken);
        tasks.RemoveAll(task => !shards.Contains(Shards.Of(task.Run)));
        var pending = await journal.PendingTimersAsync(cancellationToken);
        pending.RemoveAll(timer => !shards.Contains(Shards.Of(timer.Run)));
        // Before anybody is let in: a result or a fact of a task that is not known yet would count as late.
        foreach (var task in tasks) leases.Set(task.Run, task.Id, task.Token);
        foreach (var timer in pending) timers.Set(timer);
        map.Open(shards);
        quarantine.HoldIn(shards);
        foreach (var task in tasks)
        {
            // Nobody's may be in a queue, or was lost with the engine that was about to send it there.
            if (task.Owner.Length == 0 || !map.IsAlive(task.Owner)) router.Post(task.Run, new RedispatchRequest(task));
        }

        await messages.RedeliverAsync(cancellationToken);
        if (tasks.Count + pending.Count > 0) LogRecovered(tasks.Count, pending.Count);
    }

    /// <summary>Dispatches again what the worker of a server had that is gone.</summary>
    public async Task TakeFromAsync(string instance, CancellationToken cancellationToken)
    {
        foreach (var task in await journal.PendingTasksAsync(DateTimeOffset.MaxValue, cancellationToken))
        {
            if (task.Owner == instance && map.Owns(task.Run)) router.Post(task.Run, new RedispatchRequest(task));
        }
    }

    [LoggerMessage(1111, LogLevel.Information, "Recovered what was unfinished: {Tasks} tasks and {Timers} timers")]
    private partial void LogRecovered(int tasks, int timers);
}
