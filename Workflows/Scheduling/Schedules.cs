using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Scheduling.Policy;
using Orchestrator.Workflows.Scheduling.Store;

namespace Orchestrator.Workflows.Scheduling;

/// <summary>
/// Tells of triggers, their fires, freeze windows and overrides; times are on the environment clock. Members throw
/// <see cref="SchedulesUnavailableException"/> while the store cannot be opened.
/// </summary>
public sealed class Schedules
{
    /// <summary>Fires of one trigger that a calendar shows at most.</summary>
    public const int CalendarFires = 1000;

    /// <summary>Past fires that a calendar shows at most, of all triggers.</summary>
    public const int CalendarPast = 5000;

    private readonly ScheduleStore store;
    private readonly TimeProvider environmentClock;
    private SchedulerStatus status;

    internal Schedules(ScheduleStore store, IOptions<TriggerOptions> options, Clocks clocks)
    {
        (this.store, environmentClock) = (store, clocks.EnvironmentClock);
        status = new(options.Value.Role == ScheduleRole.Fires ? SchedulerState.Starting : SchedulerState.Off);
    }

    /// <summary>Whether triggers fire in this process.</summary>
    public SchedulerStatus Status
    {
        get => Volatile.Read(ref status);
        internal set => Volatile.Write(ref status, value);
    }

    public DateTimeOffset Now => environmentClock.GetUtcNow();

    /// <summary>All triggers by runbook, each with so many fires to come and so many past ones, the latest first.</summary>
    public async Task<ImmutableArray<TriggerView>> ListAsync(int next, int last, CancellationToken cancellationToken = default)
    {
        var tables = await store.OpenAsync(cancellationToken);
        var policies = await SchedulePolicies.ReadAsync(tables, Now, cancellationToken);
        var views = ImmutableArray.CreateBuilder<TriggerView>();
        foreach (var kept in await tables.Triggers.ListAsync(cancellationToken)) views.Add(await ViewAsync(tables, kept, policies, next, last, cancellationToken));
        return views.ToImmutable();
    }

    /// <summary>Null: there is no such trigger.</summary>
    public async Task<TriggerView?> FindAsync(TriggerId id, int next, int last, CancellationToken cancellationToken = default)
    {
        var tables = await store.OpenAsync(cancellationToken);
        return await tables.Triggers.FindAsync(id, cancellationToken) is { } kept
            ? await ViewAsync(tables, kept, await SchedulePolicies.ReadAsync(tables, Now, cancellationToken), next, last, cancellationToken)
            : null;
    }

    /// <summary>Past fires, the newest first, from before a time; of triggers that are gone too.</summary>
    public async Task<ImmutableArray<Fire>> FiresAsync(TriggerId? trigger, DateTimeOffset? before, int limit, CancellationToken cancellationToken = default) =>
        await (await store.OpenAsync(cancellationToken)).Fires.LatestAsync(trigger, before ?? DateTimeOffset.MaxValue, limit, cancellationToken);

    /// <summary>Freeze windows by name; with those that were removed when they are asked for.</summary>
    public async Task<ImmutableArray<FreezeWindow>> FreezesAsync(bool removed = false, CancellationToken cancellationToken = default) =>
        await (await store.OpenAsync(cancellationToken)).Freezes.ListAsync(removed, cancellationToken);

    /// <summary>Removals of freeze windows in the order of asking, those that were decided too.</summary>
    public async Task<ImmutableArray<FreezeRemoval>> RemovalsAsync(CancellationToken cancellationToken = default) =>
        await (await store.OpenAsync(cancellationToken)).Removals.ListAsync(cancellationToken);

    /// <summary>Overrides, the newest first; with those that have expired when they are asked for.</summary>
    public async Task<ImmutableArray<FreezeOverride>> OverridesAsync(bool expired = false, CancellationToken cancellationToken = default) =>
        await (await store.OpenAsync(cancellationToken)).Overrides.ListAsync(expired ? null : Now, cancellationToken);

    /// <summary>Everything that a stretch of time holds: fires as they went until now, fires to come, freeze windows.</summary>
    public async Task<ScheduleCalendar> CalendarAsync(Interval time, CancellationToken cancellationToken = default)
    {
        var tables = await store.OpenAsync(cancellationToken);
        var now = Now;
        var policies = await SchedulePolicies.ReadAsync(tables, now, cancellationToken);
        var past = await tables.Fires.BetweenAsync(time.From, time.To, CalendarPast, cancellationToken);
        var planned = new List<PlannedFire>();
        var truncated = ImmutableArray.CreateBuilder<TriggerId>();
        foreach (var kept in await tables.Triggers.ListAsync(cancellationToken))
        {
            if (CronSchedule.TryCreate(kept.Trigger, out _) is not { } schedule) continue;

            var fires = schedule.Between(time.From > now ? time.From : now.AddTicks(1), time.To).Take(CalendarFires + 1).ToList();
            if (fires.Count > CalendarFires) truncated.Add(kept.Trigger.Id);
            planned.AddRange(fires.Take(CalendarFires).Select(at => Plan(kept.Trigger, at, policies)));
        }

        return new ScheduleCalendar(
            time, past, [.. planned.OrderBy(fire => fire.At).ThenBy(fire => fire.Trigger.Value, StringComparer.Ordinal)],
            [.. policies.Windows.SelectMany(window => window.Ranges.SelectMany(range => range.Expand(time.From, time.To)).Select(stretch => new FreezeStretch(window, stretch)))
                .OrderBy(stretch => stretch.Time.From)],
            truncated.ToImmutable());
    }

    private async Task<TriggerView> ViewAsync(ScheduleTables tables, KeptTrigger kept, SchedulePolicies policies, int next, int last, CancellationToken cancellationToken)
    {
        var schedule = CronSchedule.TryCreate(kept.Trigger, out var diagnostic);
        return new TriggerView(
            kept.Trigger, kept.Since, policies.Pauses.GetValueOrDefault(kept.Trigger.Id), diagnostic,
            [.. schedule?.Between(Now.AddTicks(1), DateTimeOffset.MaxValue).Take(next).Select(at => Plan(kept.Trigger, at, policies)) ?? []],
            last == 0 ? [] : await tables.Fires.LatestAsync(kept.Trigger.Id, DateTimeOffset.MaxValue, last, cancellationToken));
    }

    private static PlannedFire Plan(ScheduledTrigger trigger, DateTimeOffset at, SchedulePolicies policies)
    {
        var decision = FireRules.Decide(trigger, at, now: at, TimeSpan.MaxValue, policies.Of(trigger.Id));
        return new PlannedFire(trigger.Id, trigger.Runbook, at, decision.Outcome) { Windows = decision.Windows, Overrides = decision.Overrides };
    }
}
