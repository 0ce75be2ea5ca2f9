using System.Globalization;
using Orchestrator.Text;
using Orchestrator.Workflows.Language.Reading;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Scheduling.Policy;

namespace Orchestrator.Workflows.Tests.Triggers;

public sealed class CronScheduleTests
{
    [Theory]
    // The clock jumps from 2:00 to 3:00: what lies between fires once, at the end of the gap.
    [InlineData("America/New_York", "0 30 2 * * ?", "2026-03-08T00:00:00-05:00", "2026-03-08T03:00:00-04:00", "2026-03-09T02:30:00-04:00")]
    [InlineData("Europe/Berlin", "0 30 2 * * ?", "2026-03-29T00:00:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00")]
    // An interval has nothing to fire at in the gap but its end.
    [InlineData("Europe/Berlin", "0 0/30 2 * * ?", "2026-03-29T00:00:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-30T02:00:00+02:00")]
    // The hour from 1:00 (2:00) comes twice: a time in it fires at its first occurrence only.
    [InlineData("America/New_York", "0 30 1 * * ?", "2026-11-01T00:00:00-04:00", "2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00")]
    [InlineData("Europe/Berlin", "0 30 2 * * ?", "2026-10-25T00:00:00+02:00", "2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00")]
    // An interval goes on through both.
    [InlineData("Europe/Berlin", "0 0/30 2 * * ?", "2026-10-25T00:00:00+02:00", "2026-10-25T02:00:00+02:00", "2026-10-25T02:30:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T02:30:00+01:00", "2026-10-26T02:00:00+01:00")]
    // China has no daylight saving.
    [InlineData("Asia/Shanghai", "0 0 7 * * ?", "2026-03-28T22:00:00Z", "2026-03-29T07:00:00+08:00", "2026-03-30T07:00:00+08:00")]
    public void Fires_once_for_each_time_that_the_clock_on_the_wall_shows(string zone, string cron, string from, params string[] fires)
    {
        var schedule = Schedule(cron, zone);

        Assert.Equal(fires.Select(Time), schedule.Between(Time(from), DateTimeOffset.MaxValue).Take(fires.Length));
    }

    [Theory]
    [InlineData("America/New_York", "0 30 2 * * ?")]
    [InlineData("Europe/Berlin", "0 0/20 * * * ?")]
    [InlineData("Asia/Shanghai", "0 0 7,23 * * ?")]
    public void The_last_fire_at_any_time_of_a_year_is_the_one_before_the_next(string zone, string cron)
    {
        var schedule = Schedule(cron, zone);
        var before = schedule.LatestAt(Time("2026-01-01T00:00:00Z"));
        var fires = schedule.Between(Time("2026-01-01T00:00:01Z"), Time("2027-01-01T00:00:00Z")).ToList();

        foreach (var fire in fires)
        {
            Assert.Equal(before, schedule.LatestAt(fire.AddSeconds(-1)));
            Assert.Equal(fire, schedule.LatestAt(fire));
            Assert.Equal(fire, schedule.LatestAt(fire.AddMilliseconds(900)));
            before = fire;
        }

        Assert.Equal(fires.Count, fires.Distinct().Count());
    }

    [Theory]
    [InlineData("0 0 7 L-30 * ?")]
    [InlineData("0 0 7 LW * ?")]
    [InlineData("0 0 7 15W * ?")]
    [InlineData("0 0 7 ? * 6#5")]
    [InlineData("0 0 7 ? * FRI-MON")]
    [InlineData("0 0/5 22-2 * * ?")]
    [InlineData("0 0 20 10 11 ? 2026-2030")]
    [InlineData("0 0 7 1,15 jan,DEC ?")]
    public void Understands_what_the_reader_lets_pass(string cron)
    {
        Assert.Null(CronFields.Check(cron));
        Assert.NotNull(Schedule(cron, "UTC"));
    }

    [Fact]
    public void A_time_that_is_over_has_no_fires_to_come() =>
        Assert.Null(Schedule("0 0 20 10 11 ? 2020", "Asia/Shanghai").After(Time("2026-01-01T00:00:00Z")));

    [Fact]
    public void The_same_text_gives_the_same_trigger_on_every_machine_and_another_text_another()
    {
        var known = ScheduledTrigger.Of("daily-colocation", Trigger("0 0 7 * * ?", "Asia/Shanghai"));

        Assert.Equal("daily-colocation.88e2cb1c", known.Id.Value);
        Assert.Equal(known, ScheduledTrigger.Of("daily-colocation", Trigger(" 0  0 7 * * ? ", "Asia/Shanghai")));
        Assert.NotEqual(known.Id, ScheduledTrigger.Of("daily-colocation", Trigger("0 0 8 * * ?", "Asia/Shanghai")).Id);
        Assert.NotEqual(known.Id, ScheduledTrigger.Of("daily-colocation", Trigger("0 0 7 * * ?", "UTC")).Id);
    }

    [Fact]
    public void A_fire_names_its_run_by_trigger_and_time()
    {
        var (trigger, at) = (new TriggerId("daily.1"), Time("2026-11-11T07:00:00+08:00"));

        var run = Fire.RunOf("wall", trigger, at);

        Assert.Equal(run, Fire.RunOf("wall", trigger, at.ToOffset(TimeSpan.FromHours(3))));
        Assert.Equal(7, run.Value.Version);
        RunId[] others = [Fire.RunOf("night", trigger, at), Fire.RunOf("wall", new TriggerId("daily.2"), at), Fire.RunOf("wall", trigger, at.AddSeconds(1))];
        Assert.DoesNotContain(run, others);
    }

    private static CronSchedule Schedule(string cron, string zone) => CronSchedule.TryCreate(ScheduledTrigger.Of("any", Trigger(cron, zone)), out var diagnostic) ?? throw new InvalidOperationException(diagnostic);

    private static Trigger Trigger(string cron, string zone) => new(cron, zone, MisfirePolicy.FireOnce, new Position(1, 1));

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
