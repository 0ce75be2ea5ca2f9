using Ical.Net;
using Ical.Net.CalendarComponents;
using Ical.Net.DataTypes;
using Ical.Net.Serialization;
using Orchestrator.Server.Api;
using Orchestrator.Workflows.Scheduling;
using Orchestrator.Workflows.Scheduling.Policy;

namespace Orchestrator.Server.Schedules;

/// <summary>The schedule as an iCalendar feed (RFC 5545), for people's own calendars. Ids are stable, so a reader updates instead of adding.</summary>
internal static class CalendarFeed
{
    public const string ContentType = "text/calendar; charset=utf-8";

    public static string Write(ScheduleCalendar schedule, string? runbook, DateTimeOffset now)
    {
        var calendar = new Ical.Net.Calendar { ProductId = "-//Orchestrator//Schedules//EN" };
        calendar.AddProperty("X-WR-CALNAME", "Orchestrator");
        calendar.AddProperty("REFRESH-INTERVAL;VALUE=DURATION", "PT15M");
        foreach (var fire in schedule.Planned.Where(fire => runbook is null || fire.Runbook == runbook))
        {
            calendar.Events.Add(Event(fire, now));
        }

        foreach (var stretch in schedule.Freezes)
        {
            calendar.Events.Add(Event(stretch, now));
        }

        return new CalendarSerializer(calendar).SerializeToString() ?? "";
    }

    private static CalendarEvent Event(PlannedFire fire, DateTimeOffset now) => new()
    {
        Uid = $"{fire.Trigger}.{fire.At.ToUnixTimeSeconds()}@orchestrator",
        DtStamp = Time(now),
        Start = Time(fire.At),
        Summary = fire.Expected is FireOutcome.Fired ? fire.Runbook : $"{fire.Runbook} ({Words.Of(fire.Expected)})",
        Description = $"Trigger {fire.Trigger}. {Why(fire)}",
        Status = fire.Expected is FireOutcome.Fired or FireOutcome.Overridden ? EventStatus.Confirmed : EventStatus.Cancelled,
        Transparency = TransparencyType.Transparent,
        Categories = ["trigger"],
    };

    private static CalendarEvent Event(FreezeStretch stretch, DateTimeOffset now) => new()
    {
        Uid = $"{stretch.Window.Id}.{stretch.Time.From.ToUnixTimeSeconds()}@orchestrator",
        DtStamp = Time(now),
        Start = Time(stretch.Time.From),
        End = Time(stretch.Time.To),
        Summary = stretch.Window.Kind == FreezeKind.Block ? $"Freeze: {stretch.Window.Name}" : $"Allowed: {stretch.Window.Name}",
        Description = stretch.Window.Reason,
        Status = EventStatus.Confirmed,
        Transparency = TransparencyType.Transparent,
        Categories = ["freeze"],
    };

    private static string Why(PlannedFire fire) => fire.Expected switch
    {
        FireOutcome.Blocked => $"Held back by {string.Join(", ", fire.Windows.Select(window => window.Name))}.",
        FireOutcome.Overridden => $"Fires in spite of {string.Join(", ", fire.Windows.Select(window => window.Name))}.",
        FireOutcome.Paused => "The trigger is paused.",
        _ => "Fires as planned.",
    };

    private static CalDateTime Time(DateTimeOffset time) => new(time.UtcDateTime, "UTC");
}
