using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Execution.Membership;
using Orchestrator.Workflows.Execution.Routing;
using Orchestrator.Workflows.Execution.Runs;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Recovery;

/// <summary>
/// Looks in the journal, time and again, for what a lost message or a dead worker left behind, and sets it going again: tasks
/// without a lease, messages between runs that nobody answered, lock news that a run has not journaled.
/// </summary>
internal sealed partial class RecoveryScanner(
    IJournal journal, MembershipTracker map, RunRouter router, TaskDispatcher dispatcher, MessageDelivery messages, QuarantineKeeper quarantine, TimeSpan interval, TimeProvider systemClock,
    ILogger<RecoveryScanner> logger) : IAsyncDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private Task scanning = Task.CompletedTask;

    public void Start() => scanning = ScanAsync(stopping.Token);

    public async ValueTask DisposeAsync()
    {
        stopping.Cancel();
        await scanning;
        stopping.Dispose();
    }

    private async Task ScanAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(interval, systemClock);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                try
                {
                    router.Expire();
                    if (map.OwnsAny) await ScanOnceAsync(cancellationToken);
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

    private async Task ScanOnceAsync(CancellationToken cancellationToken)
    {
        await quarantine.HoldNewAsync(cancellationToken);
        await messages.RedeliverAsync(cancellationToken);
        foreach (var task in dispatcher.TakeUnsent()) router.Post(task.Run, new RedispatchRequest(task));
        foreach (var task in await journal.PendingTasksAsync(systemClock.GetUtcNow(), cancellationToken))
        {
            if (!map.Owns(task.Run)) continue;
            LogLeaseEnded(task.Task.Path, task.Run, task.Task.Attempt);
            router.Post(task.Run, new RedispatchRequest(task));
        }
    }

    [LoggerMessage(1112, LogLevel.Warning, "Lease lost: {Step} of run {RunId}, attempt {Attempt}, has no result; it is dispatched again")]
    private partial void LogLeaseEnded(StepPath step, RunId runId, int attempt);

    [LoggerMessage(1113, LogLevel.Error, "Recovery scan failed; the next one tries again")]
    private partial void LogFailed(Exception error);
}
