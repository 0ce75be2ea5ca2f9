using Microsoft.Extensions.Logging;

namespace Orchestrator.Workflows.Execution;

/// <summary>
/// Finds in the journal what a crash, a lost message or a dead worker left behind, and sets it going again: tasks
/// without a lease, messages between runs that nobody answered, lock news that a run has not journaled.
/// </summary>
internal sealed partial class Sweeper(RunDirectory directory, ILogger<Sweeper> logger) : IAsyncDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private Task sweeping = Task.CompletedTask;

    /// <summary>After an earlier process: its leases are void, all its timers are set again, and every unfinished run goes on.</summary>
    public async Task RecoverAsync(CancellationToken cancellationToken)
    {
        var tasks = await directory.Journal.PendingTasksAsync(DateTimeOffset.MaxValue, cancellationToken);
        directory.Leases.StartAfter(tasks.Count == 0 ? 0 : tasks.Max(task => task.Token));
        var timers = await directory.Journal.PendingTimersAsync(cancellationToken);
        foreach (var timer in timers) directory.Dispatcher.Timers.Set(timer);
        foreach (var task in tasks) directory.Post(task.Run, new RedispatchMail(task));
        await RetellAsync(cancellationToken);
        if (tasks.Count + timers.Count > 0) LogRecovered(tasks.Count, timers.Count);
    }

    public void Start() => sweeping = SweepAsync(stopping.Token);

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
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
                    await RetellAsync(cancellationToken);
                    foreach (var task in await directory.Journal.PendingTasksAsync(directory.Clocks.Wall.GetUtcNow(), cancellationToken))
                    {
                        LogLeaseEnded(task.Task.Path, task.Run, task.Task.Attempt);
                        directory.Post(task.Run, new RedispatchMail(task));
                    }
                }
                catch (Exception error) when (error is not OperationCanceledException)
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

    private async Task RetellAsync(CancellationToken cancellationToken)
    {
        foreach (var message in await directory.Journal.PendingMessagesAsync(cancellationToken)) _ = directory.Dispatcher.DeliverAsync(message);
        foreach (var news in await directory.Journal.UntoldLocksAsync(cancellationToken)) directory.Dispatcher.Tell(news);
    }

    [LoggerMessage(LogLevel.Information, "Continuing what an earlier process left: {Tasks} tasks and {Timers} timers")]
    private partial void LogRecovered(int tasks, int timers);

    [LoggerMessage(LogLevel.Warning, "The lease of {Step} of run {RunId}, attempt {Attempt}, ended without a result; it goes to a worker again")]
    private partial void LogLeaseEnded(StepPath step, RunId runId, int attempt);

    [LoggerMessage(LogLevel.Error, "A sweep failed; the next one tries again")]
    private partial void LogFailed(Exception error);
}
