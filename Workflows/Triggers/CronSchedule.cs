using Quartz;

namespace Orchestrator.Workflows.Triggers;

/// <summary>
/// When a trigger fires. A wall-clock time that daylight saving leaves out fires once, at the end of the gap; one that comes
/// twice fires once, at its first occurrence, unless the cron names an interval (<c>0 0/30 * * * ?</c>), which goes on through both.
/// </summary>
internal sealed class CronSchedule
{
    private readonly CronExpression expression;

    private CronSchedule(CronExpression expression) => this.expression = expression;

    /// <summary>Null, with the reason, when the cron or the time zone is not one.</summary>
    public static CronSchedule? TryCreate(ScheduledTrigger trigger, out string? problem)
    {
        problem = null;
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(trigger.TimeZone, out var zone))
        {
            problem = $"this machine has no time zone {trigger.TimeZone}: install its time zone data (tzdata)";
            return null;
        }

        try
        {
            return new CronSchedule(new CronExpression(trigger.Cron, zone));
        }
        catch (FormatException wrong)
        {
            problem = $"cron \"{trigger.Cron}\": {wrong.Message}";
            return null;
        }
    }

    /// <summary>The first fire after a time; null when there is none any more.</summary>
    public DateTimeOffset? After(DateTimeOffset time) => expression.GetNextValidTimeAfter(time)?.ToUniversalTime();

    /// <summary>The last fire at or before a time; null when there was none.</summary>
    public DateTimeOffset? LatestAt(DateTimeOffset time) =>
        expression.GetPreviousValidTimeBefore(new DateTimeOffset(time.UtcTicks - time.UtcTicks % TimeSpan.TicksPerSecond, TimeSpan.Zero).AddSeconds(1))?.ToUniversalTime();

    /// <summary>Fires from a time on (it included) and before another, in order.</summary>
    public IEnumerable<DateTimeOffset> Between(DateTimeOffset from, DateTimeOffset to)
    {
        for (var fire = After(from.AddTicks(-1)); fire is { } at && at < to; fire = After(at)) yield return at;
    }
}
