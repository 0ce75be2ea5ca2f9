using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Scheduling.Policy;
using Orchestrator.Workflows.Scheduling.Store;

namespace Orchestrator.Workflows.Scheduling;

/// <summary>Runs the scheduler beside the engine where triggers are to fire, and keeps it in step with the runbooks.</summary>
internal sealed partial class SchedulerHost(
    Schedules schedules, ScheduleStore store, IServiceProvider services, TriggerSource source, IOptions<TriggerOptions> options, Clocks clocks,
    ILogger<SchedulerHost> logger, IHostApplicationLifetime? lifetime = null) : BackgroundService
{
    private static readonly TimeSpan tryAgain = TimeSpan.FromSeconds(5);

    /// <summary>Made when it starts: to load Quartz takes time that the start of the host must not.</summary>
    private TriggerScheduler? scheduler;
    private DateTimeOffset forgotten = DateTimeOffset.MinValue;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (scheduler is not null) await scheduler.StopAsync();
        schedules.Status = new(SchedulerState.Stopped);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await WhenStartedAsync(stoppingToken);
        await Task.Delay(options.Value.StartAfter, clocks.SystemClock, stoppingToken);
        scheduler = services.GetRequiredService<TriggerScheduler>();
        var fingerprint = await StartSchedulerAsync(scheduler, stoppingToken);
        using var timer = new PeriodicTimer(options.Value.ReloadInterval, clocks.SystemClock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (await source.Fingerprint(stoppingToken) is var latest && latest != fingerprint)
                {
                    await scheduler.SynchroniseAsync(stoppingToken);
                    fingerprint = latest;
                }

                await ForgetAsync(stoppingToken);
                schedules.Status = new(SchedulerState.Running);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                LogOutOfStep(error);
                schedules.Status = new(SchedulerState.Unavailable, error.Message);
            }
        }
    }

    private async Task<string> StartSchedulerAsync(TriggerScheduler scheduler, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var fingerprint = await source.Fingerprint(cancellationToken);
                await scheduler.StartAsync(cancellationToken);
                schedules.Status = new(SchedulerState.Running);
                LogRunning(options.Value.Timeline);
                return fingerprint;
            }
            catch (Exception error) when (!cancellationToken.IsCancellationRequested)
            {
                LogNotStarted(error);
                schedules.Status = new(SchedulerState.Unavailable, error.Message);
                await Task.Delay(tryAgain, clocks.SystemClock, cancellationToken);
            }
        }
    }

    /// <summary>Once a day.</summary>
    private async Task ForgetAsync(CancellationToken cancellationToken)
    {
        var now = clocks.SystemClock.GetUtcNow();
        if (now - forgotten < TimeSpan.FromDays(1)) return;

        forgotten = now;
        await (await store.OpenAsync(cancellationToken)).Fires.ForgetAsync(clocks.EnvironmentClock.GetUtcNow() - options.Value.KeepFires, cancellationToken);
    }

    private async Task WhenStartedAsync(CancellationToken cancellationToken)
    {
        if (lifetime is null) return;

        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var _ = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(cancellationToken);
    }

    [LoggerMessage(EventId = 4011, Level = LogLevel.Information, Message = "Triggers fire on the clock {Timeline}")]
    private partial void LogRunning(string timeline);

    [LoggerMessage(EventId = 4012, Level = LogLevel.Error, Message = "The scheduler cannot start, so no trigger fires; it tries again")]
    private partial void LogNotStarted(Exception error);

    [LoggerMessage(EventId = 4013, Level = LogLevel.Error, Message = "Changed runbooks could not be taken over into the schedule; it tries again")]
    private partial void LogOutOfStep(Exception error);
}
