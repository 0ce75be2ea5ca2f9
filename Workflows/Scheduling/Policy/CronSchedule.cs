using Quartz;

namespace Orchestrator.Workflows.Scheduling.Policy;

/// <summary>
/// When a trigger fires; the one calculation for firing, listing, calendar and feed. A local time that the zone's clock leaves out
/// fires once, at the end of the gap; one that comes twice fires once, at its first occurrence, unless the cron names an interval
/// (<c>*</c>, a step or a range in seconds, minutes or hours), which goes on through both. Fires are strictly increasing.
/// </summary>
internal sealed class CronSchedule
{
    private static readonly TimeSpan second = TimeSpan.FromSeconds(1);

    /// <summary>Without a time zone: Quartz's own way with zones misses fires, and repeats one for ever, where daylight saving is negative.</summary>
    private readonly CronExpression local;
    private readonly ZoneClock clock;
    private readonly bool interval;

    private CronSchedule(string cron, TimeZoneInfo zone)
    {
        local = new CronExpression(cron, TimeZoneInfo.Utc);
        clock = ZoneClock.Of(zone);
        interval = cron.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(3).Any(field => field.AsSpan().ContainsAny('*', '/', '-'));
    }

    /// <summary>Null, with the reason, when the cron or the time zone is not one.</summary>
    public static CronSchedule? TryCreate(ScheduledTrigger trigger, out string? diagnostic) => TryCreate(trigger.Cron, trigger.TimeZone, out diagnostic);

    /// <summary>Null, with the reason, when the cron or the time zone is not one.</summary>
    public static CronSchedule? TryCreate(string cron, string timeZone, out string? diagnostic)
    {
        diagnostic = null;
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out var zone))
        {
            diagnostic = $"this machine has no time zone {timeZone}: install its time zone data (tzdata)";
            return null;
        }

        try
        {
            return new CronSchedule(cron, zone);
        }
        catch (FormatException wrong)
        {
            diagnostic = $"cron \"{cron}\": {wrong.Message}";
            return null;
        }
    }

    /// <summary>The first fire after a time; null when there is none any more.</summary>
    public DateTimeOffset? After(DateTimeOffset time)
    {
        var at = Whole(time);
        var offset = clock.OffsetAt(at);
        var from = Counted(at, at + offset + second);
        while (true)
        {
            // The next local time, and the next move of the clock if that comes first.
            var next = LocalFrom(from);
            if (clock.Next(at, next is { } shown ? shown - offset : at.AddDays(3)) is not { } shift) return next is { } found ? Instant(found - offset) : null;
            if (next is { } left && shift.LeavesOut(left)) return Instant(shift.At);

            (at, offset) = (shift.At, shift.After);
            from = Counted(at, shift.Entered);
        }
    }

    /// <summary>The last fire at or before a time; null when there was none.</summary>
    public DateTimeOffset? LatestAt(DateTimeOffset time)
    {
        var at = Whole(time);
        var offset = clock.OffsetAt(at);
        var until = at + offset + second;
        while (true)
        {
            var last = LocalBefore(until);
            var again = !interval && last is { } seen && seen < clock.Shown(at);
            var shift = again || last is null ? clock.Recent(at) : clock.Last(at, last.Value - offset);
            if (shift is not { } move) return last is { } found ? Instant(found - offset) : null;
            if (!again && last is { } left && move.LeavesOut(left)) return Instant(move.At);

            (at, offset, until) = (move.At.AddTicks(-1), move.Before, move.Left);
        }
    }

    /// <summary>Fires from a time on (it included) and before another, in order.</summary>
    public IEnumerable<DateTimeOffset> Between(DateTimeOffset from, DateTimeOffset to)
    {
        for (var fire = After(from.AddTicks(-1)); fire is { } at && at < to; fire = After(at)) yield return at;
    }

    /// <summary>Local times from which fires count; those that were shown before an instant count no more, unless for an interval.</summary>
    private DateTime Counted(DateTime at, DateTime from) => !interval && clock.Shown(at) is var shown && shown > from ? shown : from;

    private DateTime? LocalFrom(DateTime from) => local.GetNextValidTimeAfter(new DateTimeOffset(from.Ticks, TimeSpan.Zero) - second)?.DateTime;

    private DateTime? LocalBefore(DateTime until) => local.GetPreviousValidTimeBefore(new DateTimeOffset(until.Ticks, TimeSpan.Zero))?.DateTime;

    private static DateTime Whole(DateTimeOffset time) => Whole(time.UtcDateTime);

    private static DateTime Whole(DateTime utc) => new(utc.Ticks - utc.Ticks % TimeSpan.TicksPerSecond, DateTimeKind.Utc);

    private static DateTimeOffset Instant(DateTime utc) => new(utc.Ticks, TimeSpan.Zero);
}
