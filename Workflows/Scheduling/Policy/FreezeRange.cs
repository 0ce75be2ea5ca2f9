using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Orchestrator.Workflows.Scheduling.Policy;

/// <summary>A stretch of time, its end not included.</summary>
public readonly record struct Interval(DateTimeOffset From, DateTimeOffset To)
{
    public bool Holds(DateTimeOffset time) => From <= time && time < To;
}

/// <summary>When a freeze window counts: once, or again and again.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(AbsoluteRange), "absolute")]
[JsonDerivedType(typeof(RecurringRange), "recurring")]
public abstract record FreezeRange
{
    /// <summary>Its stretches that meet the time from <paramref name="from"/> to <paramref name="to"/>, whole, in order.</summary>
    public abstract IEnumerable<Interval> Expand(DateTimeOffset from, DateTimeOffset to);

    public bool Covers(DateTimeOffset time) => Expand(time, time.AddTicks(1)).Any(stretch => stretch.Holds(time));
}

/// <summary>From one moment to another.</summary>
public sealed record AbsoluteRange(DateTimeOffset From, DateTimeOffset To) : FreezeRange
{
    public override IEnumerable<Interval> Expand(DateTimeOffset from, DateTimeOffset to) => From < to && from < To ? [new Interval(From, To)] : [];
}

/// <summary>
/// From a time of day to another on some days of the week. An end that is not after the beginning lies on the next day.
/// Where daylight saving makes an hour come twice, the stretch begins with its first and ends with its last occurrence;
/// a time that it leaves out counts as the end of the gap; a stretch that the gap would leave empty keeps its length, from the gap's end on.
/// </summary>
/// <param name="Days">The days on which it begins; empty: every day.</param>
/// <param name="TimeZone">An IANA name.</param>
public sealed record RecurringRange(ImmutableArray<DayOfWeek> Days, TimeOnly From, TimeOnly To, string TimeZone) : FreezeRange
{
    public override IEnumerable<Interval> Expand(DateTimeOffset from, DateTimeOffset to)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(TimeZone);
        var clock = ZoneClock.Of(zone);
        var last = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(to, zone).DateTime);
        for (var day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(from, zone).DateTime).AddDays(-1); day <= last; day = day.AddDays(1))
        {
            if (!Days.IsDefaultOrEmpty && !Days.Contains(day.DayOfWeek)) continue;

            var (begin, end) = (day.ToDateTime(From), (To <= From ? day.AddDays(1) : day).ToDateTime(To));
            var stretch = new Interval(clock.InstantOf(begin, last: false), clock.InstantOf(end, last: true));
            if (stretch.From == stretch.To) stretch = stretch with { To = stretch.From + (end - begin) };
            if (stretch.From < to && from < stretch.To) yield return stretch;
        }
    }
}
