using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Runbooks;
using Orchestrator.Workflows.Triggers.Store;

namespace Orchestrator.Workflows.Triggers;

/// <summary>Takes a trigger's fire to its end: decides, starts the run, records what became of it. A fire that comes twice starts one run.</summary>
internal sealed partial class TriggerFiring(
    ScheduleStore store, Engine engine, RunbookSource runbooks, IOptions<TriggerOptions> options, Clocks clocks, ILogger<TriggerFiring> logger)
{
    /// <summary>How often a start is tried before the fire is recorded as failed: over two minutes or so.</summary>
    private const int Attempts = 8;

    /// <summary>Missed fires are counted up to here.</summary>
    private const int MostMissed = 10_000;

    /// <summary>Does not return before the fire is recorded, however long the store is away; cancelled, it leaves the fire to be taken up again.</summary>
    /// <param name="reached">The time that the scheduler had reached: the scheduled one, or a later one when that was missed.</param>
    public async Task FireAsync(TriggerId id, DateTimeOffset reached, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await TryAsync(id, reached, attempt >= Attempts, cancellationToken);
                return;
            }
            catch (Exception error) when (!cancellationToken.IsCancellationRequested)
            {
                LogTryAgain(id, reached, attempt, error);
                await Task.Delay(TimeSpan.FromSeconds(Math.Min(30, 1 << Math.Min(attempt - 1, 5))), clocks.Wall, cancellationToken);
            }
        }
    }

    private async Task TryAsync(TriggerId id, DateTimeOffset reached, bool lastStart, CancellationToken cancellationToken)
    {
        var tables = await store.OpenAsync(cancellationToken);
        if (await tables.Triggers.FindAsync(id, cancellationToken) is not { } kept)
        {
            LogGone(id, reached);
            return;
        }

        // A missed fire comes with the time at which it was made up for: what counts is the time that the cron names.
        if (CronSchedule.TryCreate(kept.Trigger, out _) is not { } schedule || schedule.LatestAt(reached) is not { } scheduled) return;

        if (await tables.Fires.FindAsync(id, scheduled, cancellationToken) is not null) return;

        var run = Fire.RunOf(options.Value.Timeline, id, scheduled);
        var now = clocks.Night.GetUtcNow();
        var rulings = await Rulings.ReadAsync(tables, now, cancellationToken);
        // A process that ended between the start and the record has started it already, whatever was decided since.
        var started = await engine.FindAsync(run, cancellationToken) is not null;
        var decision = started
            ? new FireDecision(FireOutcome.Fired)
            : FireRules.Decide(kept.Trigger, scheduled, now, options.Value.OnTheNight(options.Value.MisfireThreshold), rulings.Of(id));
        var refusal = decision.Starts && !started ? await StartAsync(kept.Trigger, run, scheduled, lastStart, cancellationToken) : null;
        var fire = new Fire(id, scheduled, now, refusal is null ? decision.Outcome : FireOutcome.Failed, decision.Starts && refusal is null ? run : null)
        {
            Windows = decision.Windows,
            Overrides = decision.Overrides,
            Missed = reached == scheduled ? 0 : await MissedAsync(tables, kept, schedule, scheduled, cancellationToken),
            Detail = refusal ?? decision.Detail,
        };
        if (await tables.Fires.AddAsync(fire, cancellationToken)) LogFire(id, scheduled, fire.Outcome, fire.Run, fire.Missed, fire.Detail);
    }

    /// <summary>Null: the run is there; else why it cannot start.</summary>
    private async Task<string?> StartAsync(ScheduledTrigger trigger, RunId run, DateTimeOffset scheduled, bool last, CancellationToken cancellationToken)
    {
        if (await runbooks.Find(trigger.Runbook, cancellationToken) is not { } runbook)
        {
            return $"there is no runbook {trigger.Runbook} without problems; orchestrator validate tells them";
        }

        if (runbook.Triggers.All(known => ScheduledTrigger.Of(runbook.Name, known).Id != trigger.Id)) return $"{trigger.Runbook} does not have this trigger any more";

        var inputs = InputBinder.Bind(runbook, null, runbook.Name);
        if (!inputs.IsValid) return $"a trigger gives no inputs, so each needs a default: {string.Join("; ", inputs.Problems.Select(problem => problem.Message))}";

        try
        {
            var labels = System.Collections.Immutable.ImmutableDictionary<string, string>.Empty
                .Add("trigger", trigger.Id.Value).Add("scheduled", scheduled.ToString("yyyy-MM-ddTHH:mm:ssK", CultureInfo.InvariantCulture));
            var start = new StartRequest(runbook, inputs.Inputs, $"trigger {trigger.Id}") { Id = run, Labels = labels };
            return (await engine.StartAsync(start, cancellationToken)).Refusal is { } refusal ? refusal.Message : null;
        }
        catch (Exception error) when (last && !cancellationToken.IsCancellationRequested)
        {
            return $"the engine did not take it: {error.Message}";
        }
    }

    /// <summary>Fires between the one before and this that never came.</summary>
    private static async Task<int> MissedAsync(ScheduleTables tables, KeptTrigger kept, CronSchedule schedule, DateTimeOffset scheduled, CancellationToken cancellationToken)
    {
        var before = (await tables.Fires.LatestAsync(kept.Trigger.Id, scheduled, 1, cancellationToken)).FirstOrDefault()?.Scheduled;
        var from = before > kept.Since ? before.Value : kept.Since;
        return schedule.Between(from.AddTicks(1), scheduled).Take(MostMissed).Count();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Trigger} of {Scheduled:O}: {Outcome}, run {RunId}, missed before it {Missed}; {Detail}")]
    private partial void LogFire(TriggerId trigger, DateTimeOffset scheduled, FireOutcome outcome, RunId? runId, int missed, string? detail);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The fire of {Trigger} at {Reached:O} did not come through at attempt {Attempt}; it is tried again")]
    private partial void LogTryAgain(TriggerId trigger, DateTimeOffset reached, int attempt, Exception error);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Trigger} is gone; its fire at {Reached:O} starts nothing")]
    private partial void LogGone(TriggerId trigger, DateTimeOffset reached);
}
