using System.Globalization;
using NodaTime;
using Orchestrator.Workflows.Scheduling.Policy;

namespace Orchestrator.Workflows.Tests.Triggers;

/// <summary>
/// Fires around every move of every IANA zone's clock in twenty years, against NodaTime and its own time zone data. A zone's year in which that
/// data and the system's differ (another version) is left out and counted.
/// </summary>
public sealed class CronZonesTests(ITestOutputHelper output)
{
    private const int FirstYear = 2018;
    private const int LastYear = 2037;

    private static readonly Clock[] clocks = [.. DateTimeZoneProviders.Tzdb.Ids.Where(id => TimeZoneInfo.TryFindSystemTimeZoneById(id, out _)).Select(Clock.Of)];

    /// <summary>Each with what makes a local time one of its own.</summary>
    private static readonly (string Cron, bool Interval, Func<LocalDateTime, bool> Matches)[] crons =
    [
        ("0 30 0 * * ?", false, time => time is { Hour: 0, Minute: 30 }),
        ("0 30 1 * * ?", false, time => time is { Hour: 1, Minute: 30 }),
        ("0 15,45 2 * * ?", false, time => time is { Hour: 2, Minute: 15 or 45 }),
        ("0 0 3 * * ?", false, time => time is { Hour: 3, Minute: 0 }),
        ("0 50 23 * * ?", false, time => time is { Hour: 23, Minute: 50 }),
        ("0 0 * * * ?", true, time => time.Minute == 0),
        ("0 0/30 * * * ?", true, time => time.Minute % 30 == 0),
        ("0 0/15 0-2 * * ?", true, time => time.Hour <= 2 && time.Minute % 15 == 0),
        ("0 0 1/2 * * ?", true, time => time is { Minute: 0 } && time.Hour % 2 == 1),
    ];

    [Fact]
    public void The_data_of_the_system_and_of_NodaTime_agree_for_nearly_every_year_of_every_zone()
    {
        var left = clocks.Sum(clock => clock.Differing.Count);
        output.WriteLine($"{clocks.Length} zones; left out {left} of {clocks.Length * (LastYear - FirstYear + 1)} years: {string.Join(", ", clocks.Where(clock => clock.Differing.Count > 0).Select(clock => $"{clock.Id} {clock.Differing.Count}"))}");

        Assert.True(clocks.Length > 400, $"there are {clocks.Length} zones");
        Assert.InRange(left, 0, clocks.Length * (LastYear - FirstYear + 1) / 20);
        Assert.All<string>(["Europe/Dublin", "Africa/Casablanca", "Africa/El_Aaiun", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Beirut"], id => Assert.Contains(clocks, clock => clock.Id == id && clock.Shifts.Length > 0));
    }

    [Fact]
    public void Every_fire_around_every_move_of_every_zones_clock_is_NodaTimes()
    {
        var compared = 0;
        foreach (var clock in clocks)
        {
            foreach (var (cron, interval, matches) in crons)
            {
                var schedule = Schedule(cron, clock.Id);
                foreach (var shift in clock.Shifts)
                {
                    var (from, to) = (shift - NodaTime.Duration.FromHours(30), shift + NodaTime.Duration.FromHours(30));
                    var expected = Expected(clock.Zone, from, to, interval, matches);

                    var fires = schedule.Between(from.ToDateTimeOffset(), to.ToDateTimeOffset()).Take(expected.Count + 2).ToList();

                    Assert.True(expected.SequenceEqual(fires), $"{clock.Id} \"{cron}\" around {shift}:\n{Text(expected)}\n{Text(fires)}");
                    AssertLatest(schedule, fires);
                    compared += fires.Count;
                }
            }
        }

        output.WriteLine($"{compared} fires compared");
    }

    [Fact]
    public void A_daily_time_fires_once_a_day_for_twenty_years_in_every_zone()
    {
        var seen = new HashSet<string>();
        foreach (var clock in clocks.Where(clock => clock.Differing.Count == 0))
        {
            // Names of one zone are one calculation.
            if (!seen.Add(string.Join(' ', clock.Shifts.Select(shift => $"{shift.ToUnixTimeSeconds()}{clock.Zone.GetUtcOffset(shift)}").Prepend(clock.Zone.GetUtcOffset(Start).ToString())))) continue;

            var expected = new List<DateTimeOffset>();
            for (var day = new LocalDate(FirstYear, 1, 1); day.Year <= LastYear; day = day.PlusDays(1)) expected.Add(First(clock.Zone, day.At(new LocalTime(1, 30))));

            var fires = Schedule("0 30 1 * * ?", clock.Id).Between(expected[0], expected[^1].AddTicks(1)).Take(expected.Count + 2);

            Assert.True(expected.SequenceEqual(fires), clock.Id);
        }
    }

    private static Instant Start => Instant.FromUtc(FirstYear, 1, 1, 0, 0);

    /// <summary>Of an interval all instants that show a matching time; of a fixed time the first; and the end of a gap that leaves one out.</summary>
    private static List<DateTimeOffset> Expected(DateTimeZone zone, Instant from, Instant to, bool interval, Func<LocalDateTime, bool> matches)
    {
        var found = new SortedSet<DateTimeOffset>();
        var begin = from.InZone(zone).LocalDateTime.Date.PlusDays(-1).AtMidnight();
        var end = to.InZone(zone).LocalDateTime.Date.PlusDays(2).AtMidnight();
        for (var local = begin; local < end; local = local.PlusMinutes(5))
        {
            if (!matches(local)) continue;
            found.Add(First(zone, local));
            if (interval && zone.MapLocal(local) is { Count: 2 } twice) found.Add(twice.Last().ToDateTimeOffset());
        }

        return [.. found.Where(fire => from.ToDateTimeOffset() <= fire && fire < to.ToDateTimeOffset())];
    }

    private static DateTimeOffset First(DateTimeZone zone, LocalDateTime local) => zone.MapLocal(local) switch
    {
        { Count: 0 } gap => gap.LateInterval.Start.ToDateTimeOffset(),
        var shown => shown.First().ToDateTimeOffset(),
    };

    private static void AssertLatest(CronSchedule schedule, List<DateTimeOffset> fires)
    {
        for (var index = 0; index < fires.Count; index++)
        {
            Assert.Equal(fires[index], schedule.LatestAt(fires[index]));
            if (index > 0) Assert.Equal(fires[index - 1], schedule.LatestAt(fires[index].AddTicks(-1)));
        }
    }

    private static CronSchedule Schedule(string cron, string zone) => CronSchedule.TryCreate(cron, zone, out var diagnostic) ?? throw new InvalidOperationException(diagnostic);

    private static string Text(IEnumerable<DateTimeOffset> fires) => string.Join(' ', fires.Select(fire => fire.ToUniversalTime().ToString("MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)));

    /// <param name="Shifts">Moves of its clock in the years in which both data agree.</param>
    private sealed record Clock(string Id, DateTimeZone Zone, Instant[] Shifts, HashSet<int> Differing)
    {
        public static Clock Of(string id)
        {
            var (zone, system) = (DateTimeZoneProviders.Tzdb[id], TimeZoneInfo.FindSystemTimeZoneById(id));
            var shifts = zone.GetZoneIntervals(Start, Instant.FromUtc(LastYear + 1, 1, 1, 0, 0))
                .Where(interval => interval.HasStart && interval.Start > Start).Select(interval => interval.Start).ToArray();
            var differing = Enumerable.Range(FirstYear, LastYear - FirstYear + 1).Where(year => Instants(year, shifts).Any(instant =>
                zone.GetUtcOffset(instant).ToTimeSpan() != system.GetUtcOffset(instant.ToDateTimeOffset()))).ToHashSet();
            return new(id, zone, [.. shifts.Where(shift => !differing.Contains(shift.InUtc().Year))], differing);
        }

        private static IEnumerable<Instant> Instants(int year, Instant[] shifts)
        {
            foreach (var shift in shifts.Where(shift => shift.InUtc().Year == year))
            {
                yield return shift - NodaTime.Duration.FromSeconds(1);
                yield return shift;
            }

            for (var at = Instant.FromUtc(year, 1, 1, 0, 0); at.InUtc().Year == year; at += NodaTime.Duration.FromHours(4)) yield return at;
        }
    }
}
