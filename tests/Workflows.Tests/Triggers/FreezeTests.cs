using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Scheduling.Policy;

namespace Orchestrator.Workflows.Tests.Triggers;

public sealed class FreezeTests
{
    private static readonly ScheduledTrigger daily = new(new TriggerId("daily.1"), "daily", "0 0 7 * * ?", "Asia/Shanghai", MisfirePolicy.FireOnce);
    private static readonly AbsoluteRange eleventh = new(Time("2026-11-11T00:00:00+08:00"), Time("2026-11-12T00:00:00+08:00"));

    [Theory]
    [InlineData("2026-11-10T23:59:59+08:00", FireOutcome.Fired)]
    [InlineData("2026-11-11T00:00:00+08:00", FireOutcome.Blocked)]
    [InlineData("2026-11-11T23:59:59+08:00", FireOutcome.Blocked)]
    [InlineData("2026-11-12T00:00:00+08:00", FireOutcome.Fired)]
    public void A_block_holds_back_what_fires_within_it(string at, FireOutcome outcome) =>
        Assert.Equal(outcome, Decide(at, windows: [Window(FreezeKind.Block, eleventh)]).Outcome);

    [Theory]
    [InlineData("2026-11-10T23:59:59+08:00", FireOutcome.Blocked)]
    [InlineData("2026-11-11T07:00:00+08:00", FireOutcome.Fired)]
    [InlineData("2026-11-12T00:00:00+08:00", FireOutcome.Blocked)]
    public void An_allowing_window_holds_back_everything_else(string at, FireOutcome outcome) =>
        Assert.Equal(outcome, Decide(at, windows: [Window(FreezeKind.AllowOnly, eleventh)]).Outcome);

    [Fact]
    public void A_fire_needs_every_window_to_agree()
    {
        var environmentClock = Window(FreezeKind.AllowOnly, new RecurringRange([], new TimeOnly(22, 0), new TimeOnly(6, 0), "Asia/Shanghai"));

        Assert.Equal(FireOutcome.Blocked, Decide("2026-11-11T23:00:00+08:00", windows: [Window(FreezeKind.Block, eleventh), environmentClock]).Outcome);
        Assert.Equal(FireOutcome.Fired, Decide("2026-11-12T23:00:00+08:00", windows: [Window(FreezeKind.Block, eleventh), environmentClock]).Outcome);
        Assert.Equal(FireOutcome.Blocked, Decide("2026-11-12T07:00:00+08:00", windows: [Window(FreezeKind.Block, eleventh), environmentClock]).Outcome);
    }

    [Theory]
    [InlineData("daily", FireOutcome.Blocked)]
    [InlineData("dai*", FireOutcome.Blocked)]
    [InlineData("dail", FireOutcome.Fired)]
    [InlineData("weekly*", FireOutcome.Fired)]
    public void A_window_concerns_the_runbooks_it_names(string runbook, FireOutcome outcome) =>
        Assert.Equal(outcome, Decide("2026-11-11T07:00:00+08:00", windows: [Window(FreezeKind.Block, eleventh) with { Runbooks = [runbook] }]).Outcome);

    [Theory]
    // Friday evening to Saturday morning, over midnight.
    [InlineData("2026-11-13T21:59:59+08:00", false)]
    [InlineData("2026-11-13T22:00:00+08:00", true)]
    [InlineData("2026-11-14T05:59:59+08:00", true)]
    [InlineData("2026-11-14T06:00:00+08:00", false)]
    [InlineData("2026-11-14T22:00:00+08:00", false)]
    public void A_range_that_begins_on_a_day_goes_over_midnight(string at, bool covered) =>
        Assert.Equal(covered, new RecurringRange([DayOfWeek.Friday], new TimeOnly(22, 0), new TimeOnly(6, 0), "Asia/Shanghai").Covers(Time(at)));

    [Fact]
    public void A_range_over_the_hour_that_comes_twice_covers_it_twice()
    {
        var range = new RecurringRange([], new TimeOnly(2, 15), new TimeOnly(2, 45), "Europe/Berlin");

        var stretch = Assert.Single(range.Expand(Time("2026-10-25T00:00:00Z"), Time("2026-10-25T12:00:00Z")));

        Assert.Equal(Time("2026-10-25T02:15:00+02:00"), stretch.From);
        Assert.Equal(Time("2026-10-25T02:45:00+01:00"), stretch.To);
    }

    [Fact]
    public void A_range_in_the_hour_that_is_left_out_keeps_its_length_behind_it_and_one_that_reaches_into_it_ends_with_it()
    {
        var (from, to) = (Time("2026-03-29T00:00:00Z"), Time("2026-03-29T12:00:00Z"));

        var within = Assert.Single(new RecurringRange([], new TimeOnly(2, 15), new TimeOnly(2, 45), "Europe/Berlin").Expand(from, to));
        Assert.Equal(Time("2026-03-29T03:00:00+02:00"), within.From);
        Assert.Equal(Time("2026-03-29T03:30:00+02:00"), within.To);
        var stretch = Assert.Single(new RecurringRange([], new TimeOnly(1, 0), new TimeOnly(2, 30), "Europe/Berlin").Expand(from, to));
        Assert.Equal(Time("2026-03-29T01:00:00+01:00"), stretch.From);
        Assert.Equal(Time("2026-03-29T03:00:00+02:00"), stretch.To);
    }

    [Theory]
    // Zones whose saving is negative, moves of half an hour and at midnight: as everywhere.
    [InlineData("Europe/Dublin", "2027-03-28", "00:30", "01:30", "2027-03-28T00:30:00Z", "2027-03-28T01:00:00Z")]
    [InlineData("Europe/Dublin", "2027-03-28", "01:30", "03:00", "2027-03-28T01:00:00Z", "2027-03-28T02:00:00Z")]
    [InlineData("Europe/Dublin", "2027-03-28", "01:10", "01:50", "2027-03-28T01:00:00Z", "2027-03-28T01:40:00Z")]
    [InlineData("Europe/Dublin", "2027-10-31", "01:10", "01:50", "2027-10-31T00:10:00Z", "2027-10-31T01:50:00Z")]
    [InlineData("Africa/Casablanca", "2024-04-14", "02:15", "02:45", "2024-04-14T02:00:00Z", "2024-04-14T02:30:00Z")]
    [InlineData("Australia/Lord_Howe", "2026-10-04", "02:05", "02:25", "2026-10-03T15:30:00Z", "2026-10-03T15:50:00Z")]
    [InlineData("Asia/Beirut", "2024-03-31", "00:00", "01:00", "2024-03-30T22:00:00Z", "2024-03-30T23:00:00Z")]
    [InlineData("Asia/Beirut", "2024-03-30", "22:00", "00:30", "2024-03-30T20:00:00Z", "2024-03-30T22:00:00Z")]
    public void A_range_around_the_move_of_any_zones_clock_exists(string zone, string day, string from, string to, string begin, string end)
    {
        var range = new RecurringRange([], TimeOnly.Parse(from, CultureInfo.InvariantCulture), TimeOnly.Parse(to, CultureInfo.InvariantCulture), zone);
        var date = DateOnly.Parse(day, CultureInfo.InvariantCulture);

        var stretch = Assert.Single((range with { Days = [date.DayOfWeek] }).Expand(Time(begin).AddDays(-2), Time(end).AddDays(2)));

        Assert.Equal(new Interval(Time(begin), Time(end)), stretch);
        Assert.True(range.Covers(Time(begin)));
        Assert.False(range.Covers(Time(end)));
    }

    [Fact]
    public void Equal_times_mean_a_whole_day() =>
        Assert.Equal(TimeSpan.FromDays(7), new RecurringRange([], default, default, "UTC").Expand(Time("2026-11-02T00:00:00Z"), Time("2026-11-09T00:00:00Z"))
            .Aggregate(TimeSpan.Zero, (sum, day) => sum + (day.To - day.From)));

    [Theory]
    [InlineData(MisfirePolicy.FireOnce, 59, FireOutcome.Fired)]
    [InlineData(MisfirePolicy.FireOnce, 3600, FireOutcome.Fired)]
    [InlineData(MisfirePolicy.Skip, 59, FireOutcome.Fired)]
    [InlineData(MisfirePolicy.Skip, 61, FireOutcome.Skipped)]
    public void What_is_missed_is_made_up_for_or_skipped(MisfirePolicy misfire, int seconds, FireOutcome outcome) =>
        Assert.Equal(outcome, Decide("2026-11-09T07:00:00+08:00", daily with { Misfire = misfire }, late: TimeSpan.FromSeconds(seconds)).Outcome);

    [Fact]
    public void What_is_made_up_for_is_held_to_the_window_of_its_time_and_of_now()
    {
        var window = Window(FreezeKind.Block, eleventh);

        Assert.Equal(FireOutcome.Blocked, Decide("2026-11-11T23:00:00+08:00", late: TimeSpan.FromHours(3), windows: [window]).Outcome);
        Assert.Equal(FireOutcome.Blocked, Decide("2026-11-10T23:00:00+08:00", late: TimeSpan.FromHours(3), windows: [window]).Outcome);
        Assert.Equal(FireOutcome.Fired, Decide("2026-11-10T23:59:59+08:00", late: TimeSpan.FromSeconds(2), windows: [window]).Outcome);
    }

    [Fact]
    public void A_pause_holds_back_whatever_the_windows_say()
    {
        var decision = FireRules.Decide(daily, eleventh.From, eleventh.From, TimeSpan.FromMinutes(1), new(new TriggerPause(daily.Id, "alice", eleventh.From, "maintenance"), [], []));

        Assert.Equal(FireOutcome.Paused, decision.Outcome);
        Assert.Equal("paused by alice: maintenance", decision.Detail);
    }

    [Fact]
    public void An_approved_override_lets_its_trigger_pass_its_window_until_it_expires()
    {
        var window = Window(FreezeKind.Block, eleventh);
        var at = "2026-11-11T07:00:00+08:00";
        var approved = Override(window) with { Status = OverrideStatus.Approved };

        var decision = Decide(at, windows: [window], overrides: [approved]);

        Assert.Equal(FireOutcome.Overridden, decision.Outcome);
        Assert.Equal([approved.Id], decision.Overrides);
        Assert.Equal([window.Name], decision.Windows.Select(name => name.Name));
        FreezeOverride[] others =
        [
            Override(window), approved with { Status = OverrideStatus.Rejected }, approved with { ExpiresAt = Time(at) }, approved with { Trigger = new TriggerId("daily.2") },
            approved with { Freeze = new FreezeId(Guid.Empty) }, approved with { Fire = Time(at).AddDays(1) },
        ];
        Assert.All(others, other => Assert.Equal(FireOutcome.Blocked, Decide(at, windows: [window], overrides: [other]).Outcome));
        Assert.Equal(FireOutcome.Overridden, Decide(at, windows: [window], overrides: [approved with { Fire = Time(at) }]).Outcome);
    }

    [Fact]
    public void Two_windows_need_two_overrides()
    {
        var (one, two) = (Window(FreezeKind.Block, eleventh), Window(FreezeKind.Block, eleventh));
        var pass = Override(one) with { Status = OverrideStatus.Approved };

        Assert.Equal(FireOutcome.Blocked, Decide("2026-11-11T07:00:00+08:00", windows: [one, two], overrides: [pass]).Outcome);
        Assert.Equal(FireOutcome.Overridden, Decide("2026-11-11T07:00:00+08:00", windows: [one, two], overrides: [pass, Override(two) with { Status = OverrideStatus.Approved }]).Outcome);
    }

    private static FireDecision Decide(
        string at, ScheduledTrigger? trigger = null, TimeSpan late = default, ImmutableArray<FreezeWindow> windows = default, ImmutableArray<FreezeOverride> overrides = default) =>
        FireRules.Decide(trigger ?? daily, Time(at), Time(at) + late, TimeSpan.FromMinutes(1), new(null, windows.IsDefault ? [] : windows, overrides.IsDefault ? [] : overrides));

    private static FreezeWindow Window(FreezeKind kind, FreezeRange range) => new(new FreezeId(Guid.CreateVersion7(eleventh.From)), "double eleven", kind, [range])
    {
        Reason = "the sale",
        CreatedBy = "alice",
        CreatedAt = eleventh.From.AddDays(-7),
    };

    private static FreezeOverride Override(FreezeWindow window) => new(
        new OverrideId(Guid.CreateVersion7(eleventh.From)), daily.Id, window.Id, null, "the tide must turn", "alice", eleventh.From.AddDays(-1), eleventh.To);

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
