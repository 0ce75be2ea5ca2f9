using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Scheduling.Policy;
using Orchestrator.Workflows.Scheduling.Store;
using Quartz;

namespace Orchestrator.Workflows.Scheduling;

/// <summary>
/// Quartz, in a container of its own that is built only when triggers are to fire. It wakes the right server at the right time
/// and hands over what a dead server held; what a fire comes to is decided by <see cref="TriggerFiring"/>.
/// </summary>
internal sealed partial class TriggerScheduler(
    ScheduleStore store, TriggerFiring firing, IOptions<TriggerOptions> options, Clocks clocks, ILoggerFactory loggers) : IAsyncDisposable
{
    private const int Threads = 16;

    /// <summary>Begins the group of what makes up for one fire and is then gone.</summary>
    private const string Late = "late ";

    private static readonly JobKey fire = new("fire", "orchestrator");

    private readonly ILogger logger = loggers.CreateLogger<TriggerScheduler>();
    private readonly TriggerOptions settings = options.Value;
    private ServiceProvider? services;
    private IScheduler? scheduler;

    /// <summary>A failed start leaves nothing behind, and may be tried again.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            var tables = await store.OpenAsync(cancellationToken);
            services = Build(tables.Database);
            scheduler = await services.GetRequiredService<ISchedulerFactory>().GetScheduler(cancellationToken);
            await scheduler.AddJob(
                JobBuilder.Create<FireJob>().WithIdentity(fire).WithDescription("Starts the runs of triggers.").StoreDurably().RequestRecovery().Build(),
                AddJobOptions.Replacing, cancellationToken);
            await AdoptAsync(tables, cancellationToken);
            await scheduler.Start(cancellationToken);
        }
        catch
        {
            await StopAsync();
            throw;
        }
    }

    /// <summary>Reads the published runbooks again, and makes Quartz's triggers theirs. Idempotent: one that stays keeps its next fire.</summary>
    public async Task SynchroniseAsync(CancellationToken cancellationToken)
    {
        await store.SynchroniseAsync(cancellationToken);
        await AdoptAsync(await store.OpenAsync(cancellationToken), cancellationToken);
    }

    /// <summary>Takes no new fires, and asks those under way to leave themselves to another server or a later start.</summary>
    public async Task StopAsync()
    {
        if (scheduler is not null) await scheduler.Shutdown(waitForJobsToComplete: true, CancellationToken.None);
        scheduler = null;
        if (services is not null) await services.DisposeAsync();
        services = null;
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task AdoptAsync(ScheduleTables tables, CancellationToken cancellationToken)
    {
        var wanted = (await tables.Triggers.ListAsync(cancellationToken)).ToDictionary(kept => new TriggerKey(kept.Trigger.Id.Value, settings.Timeline));
        var present = new HashSet<TriggerKey>();
        var others = new List<TriggerKey>();
        for (var (skip, more) = (0, true); more;)
        {
            var page = await scheduler!.QueryTriggers(new TriggerQuery { Job = fire, Skip = skip, Take = 500 }, cancellationToken);
            foreach (var header in page.Items.Where(header => !header.Key.Group.StartsWith(Late, StringComparison.Ordinal)))
            {
                if (header.TriggerType != ZonedCronTrigger.Persistence.Type)
                {
                    others.Add(header.Key);
                    continue;
                }

                present.Add(header.Key);
                if (header.State == TriggerState.Error && wanted.ContainsKey(header.Key)) await scheduler.ResetTriggerFromErrorState(header.Key, cancellationToken);
            }

            (skip, more) = (skip + page.Items.Count, page.HasMore);
        }

        // An earlier version's, which would compute their times in Quartz's way; they are made anew below, from their last fire on.
        foreach (var other in others) await scheduler!.UnscheduleJob(other, cancellationToken);

        foreach (var gone in present.Where(key => !wanted.ContainsKey(key)))
        {
            await scheduler!.UnscheduleJob(gone, cancellationToken);
            LogRemoved(gone.Name);
        }

        foreach (var (key, kept) in wanted.Where(trigger => !present.Contains(trigger.Key)))
        {
            try
            {
                await ScheduleAsync(tables, key, kept, cancellationToken);
            }
            catch (SchedulerException refused)
            {
                // One that Quartz does not take must not keep the others from firing.
                LogCannotFire(key.Name, refused.Message);
            }
        }
    }

    private async Task ScheduleAsync(ScheduleTables tables, TriggerKey key, KeptTrigger kept, CancellationToken cancellationToken)
    {
        // From where it stopped, should Quartz have forgotten it: what was missed since then is made up for or skipped as ever.
        var last = (await tables.Fires.LatestAsync(kept.Trigger.Id, DateTimeOffset.MaxValue, 1, cancellationToken)).FirstOrDefault()?.Scheduled.AddSeconds(1);
        var from = last > kept.Since ? last.Value : kept.Since;
        if (CronSchedule.TryCreate(kept.Trigger, out var diagnostic) is not { } schedule)
        {
            LogCannotFire(key.Name, diagnostic!);
            return;
        }

        var now = clocks.EnvironmentClock.GetUtcNow();
        if (schedule.After(from.AddTicks(-1)) <= now)
        {
            // Quartz begins with what is to come. What came before it knew the trigger is decided at once, as what was missed.
            await scheduler!.ScheduleTrigger(
                TriggerBuilder.Create(clocks.EnvironmentClock).WithIdentity(key.Name, Late + key.Group).ForJob(fire).StartNow().Build(), TriggerConflict.Keep, cancellationToken);
        }

        // One whose last time is over is known and listed, but Quartz would refuse it.
        if (schedule.After(now) is not { } next) return;

        await scheduler!.ScheduleTrigger(
            TriggerBuilder.Create(clocks.EnvironmentClock).WithIdentity(key).ForJob(fire).StartAt(now)
                .WithSchedule(new ZonedCronTrigger.Schedule(kept.Trigger.Cron, kept.Trigger.TimeZone, clocks.EnvironmentClock))
                .Build(),
            TriggerConflict.Keep, cancellationToken);
        LogScheduled(key.Name, next);
    }

    private ServiceProvider Build(ScheduleDatabase database) => new ServiceCollection()
        .AddSingleton(loggers).AddSingleton(typeof(ILogger<>), typeof(Logger<>))
        .AddSingleton(firing)
        .AddQuartz(quartz =>
        {
            quartz.ConfigureScheduler(scheduler =>
            {
                scheduler.InstanceName = "orchestrator";
// A server that starts again is another one: what it held before it died goes to whoever checks in first.
                scheduler.InstanceId = Guid.NewGuid().ToString("N");
                scheduler.IdleWaitTime = settings.OnTheEnvironment(scheduler.IdleWaitTime);
                scheduler.ShutdownJobInterruption = ShutdownJobInterruption.Always;
            });
            quartz.UseDefaultThreadPool(Threads);
            quartz.UseTimeProvider(clocks.EnvironmentClock);
            quartz.AddJobType<FireJob>();
            quartz.UsePersistentStore(kept =>
            {
                kept.ConfigureStore(ado =>
                {
                    ado.StoreJobDataAsStrings = true;
                    ado.MisfireThreshold = settings.OnTheEnvironment(settings.MisfireThreshold);
                    ado.RecoverFiringsCancelledByShutdown = true;
                    ado.DbRetryInterval = settings.OnTheEnvironment(TimeSpan.FromSeconds(5));
                });
                kept.ProvisionSchema();
                kept.UseTriggerPersistenceDelegate(_ => new ZonedCronTrigger.Persistence(clocks.EnvironmentClock));
                kept.UseSystemTextJsonSerializer();
                if (database.IsPostgres)
                {
                    kept.UsePostgres(NpgsqlFactory.Instance, database.ConnectionString);
                    kept.UseClustering(cluster =>
                    {
                        cluster.CheckinInterval = settings.OnTheEnvironment(TimeSpan.FromSeconds(2));
                        cluster.CheckinMisfireThreshold = settings.OnTheEnvironment(TimeSpan.FromSeconds(3));
                    });
                }
                else
                {
                    kept.UseSqlite(SqliteFactory.Instance, database.ConnectionString);
                }
            });
        })
        .BuildServiceProvider();

    [LoggerMessage(EventId = 4031, Level = LogLevel.Information, Message = "{Trigger} fires next at {First:O}")]
    private partial void LogScheduled(string trigger, DateTimeOffset first);

    [LoggerMessage(EventId = 4032, Level = LogLevel.Information, Message = "{Trigger} is gone")]
    private partial void LogRemoved(string trigger);

    [LoggerMessage(EventId = 4033, Level = LogLevel.Error, Message = "{Trigger} cannot fire: {Error}")]
    private partial void LogCannotFire(string trigger, string error);
}
