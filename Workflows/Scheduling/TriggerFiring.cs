using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Execution.Runs;
using Orchestrator.Workflows.Language.Inputs;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Scheduling.Policy;
using Orchestrator.Workflows.Scheduling.Store;

namespace Orchestrator.Workflows.Scheduling;

/// <summary>Takes a trigger's fire to its end: decides, starts the run, records what became of it. A fire that comes twice starts one run.</summary>
internal sealed partial class TriggerFiring(
    ScheduleStore store, Engine engine, RunbookSource runbooks, IOptions<TriggerOptions> options, Clocks clocks, ILogger<TriggerFiring> logger)
{
    /// <summary>How often a start is tried before the fire is recorded as failed: over two minutes or so.</summary>
    private const int Attempts = 8;

    /// <summary>Missed fires are counted up to here.</summary>
    private const int MostMissed = 10_000;

    /// <summary>Does not return before the fire is recorded, however long the store is away; cancelled, it leaves the fire to be taken up again.</summary>
    /// <param name="reached">The time that the scheduler fires for: a scheduled one, or one at which it makes up for missed ones.</param>
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
                await Task.Delay(TimeSpan.FromSeconds(Math.Min(30, 1 << Math.Min(attempt - 1, 5))), clocks.SystemClock, cancellationToken);
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

        if (CronSchedule.TryCreate(kept.Trigger, out _) is not { } schedule) return;

        var now = clocks.EnvironmentClock.GetUtcNow();
        var late = options.Value.OnTheEnvironment(options.Value.MisfireThreshold);
        var scheduled = schedule.LatestAt(reached);
        // A process that ended between the start and the record has started it already, whatever was decided since.
        var started = scheduled is { } time && await engine.FindAsync(RunOf(id, time), cancellationToken) is not null;
        // Of several missed fires the scheduler brings one, and which is its own affair: what counts is the latest that the cron names.
        if (!started && now - reached > late) scheduled = schedule.LatestAt(now);
        if (scheduled is not { } at || await tables.Fires.FindAsync(id, at, cancellationToken) is not null) return;

        var run = RunOf(id, at);
        started |= await engine.FindAsync(run, cancellationToken) is not null;
        var decision = started
            ? new FireDecision(FireOutcome.Fired)
            : FireRules.Decide(kept.Trigger, at, now, late, (await SchedulePolicies.ReadAsync(tables, now, cancellationToken)).Of(id));
        var refusal = decision.Starts && !started ? await StartAsync(kept.Trigger, run, at, lastStart, cancellationToken) : null;
        var fire = new Fire(id, at, now, refusal is null ? decision.Outcome : FireOutcome.Failed, decision.Starts && refusal is null ? run : null)
        {
            Windows = decision.Windows,
            Overrides = decision.Overrides,
            Missed = await MissedAsync(tables, kept, schedule, at, now - late, cancellationToken),
            Server = options.Value.ServerName,
            Detail = refusal ?? decision.Detail,
        };
        if (await tables.Fires.AddAsync(fire, cancellationToken)) LogFire(id, at, fire.Outcome, fire.Run, fire.Missed, fire.Detail);
    }

    private RunId RunOf(TriggerId id, DateTimeOffset scheduled) => Fire.RunOf(options.Value.Timeline, id, scheduled);

    /// <summary>Null: the run is there; else why it cannot start.</summary>
    private async Task<string?> StartAsync(ScheduledTrigger trigger, RunId run, DateTimeOffset scheduled, bool last, CancellationToken cancellationToken)
    {
        if (await runbooks.Find(trigger.Runbook, cancellationToken) is not { } runbook)
        {
            return $"there is no runbook {trigger.Runbook} without problems; orchestrator validate tells them";
        }

        if (runbook.Triggers.All(known => ScheduledTrigger.Of(runbook.Name, known).Id != trigger.Id)) return $"{trigger.Runbook} does not have this trigger any more";

        var inputs = InputBinder.Bind(runbook, null, runbook.Name);
        if (!inputs.IsValid) return $"a trigger gives no inputs, so each needs a default: {string.Join("; ", inputs.Diagnostics.Select(diagnostic => diagnostic.Message))}";

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
    /// <param name="settled">What is later may be on its way yet, on another server or thread.</param>
    private static async Task<int> MissedAsync(
        ScheduleTables tables, KeptTrigger kept, CronSchedule schedule, DateTimeOffset scheduled, DateTimeOffset settled, CancellationToken cancellationToken)
    {
        var before = (await tables.Fires.LatestAsync(kept.Trigger.Id, scheduled, 1, cancellationToken)).FirstOrDefault()?.Scheduled;
        var from = before > kept.Since ? before.Value : kept.Since;
        return schedule.Between(from.AddTicks(1), scheduled < settled ? scheduled : settled).Take(MostMissed).Count();
    }

    [LoggerMessage(EventId = 4021, Level = LogLevel.Information, Message = "{Trigger} of {Scheduled:O}: {Outcome}, run {RunId}, missed before it {Missed}; {Detail}")]
    private partial void LogFire(TriggerId trigger, DateTimeOffset scheduled, FireOutcome outcome, RunId? runId, int missed, string? detail);

    [LoggerMessage(EventId = 4022, Level = LogLevel.Warning, Message = "The fire of {Trigger} at {Reached:O} did not come through at attempt {Attempt}; it is tried again")]
    private partial void LogTryAgain(TriggerId trigger, DateTimeOffset reached, int attempt, Exception error);

    [LoggerMessage(EventId = 4023, Level = LogLevel.Information, Message = "{Trigger} is gone; its fire at {Reached:O} starts nothing")]
    private partial void LogGone(TriggerId trigger, DateTimeOffset reached);
}
