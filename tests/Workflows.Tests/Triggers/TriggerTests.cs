using Microsoft.Data.Sqlite;
using Orchestrator.Servers;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Scheduling;
using Orchestrator.Workflows.Scheduling.Policy;
using Orchestrator.Workflows.Tests.Execution;

namespace Orchestrator.Workflows.Tests.Triggers;

/// <summary>Triggers that really fire, on a clock that the test moves; the same on each store.</summary>
public abstract class TriggerTests
{
    private static readonly DateTimeOffset evening = new(2026, 11, 10, 20, 30, 0, TimeSpan.FromHours(8));
    private static readonly Decider alice = new("alice", ["commander"]);
    private static readonly Decider bob = new("bob", ["clerk", "change-approver"]);

    private readonly ManualClock environmentClock = new(evening);

    private protected abstract Task<Action<TriggerOptions>> StoreAsync();

    private Clocks Clocks => new(environmentClock, TimeProvider.System);

    [Fact]
    public async Task A_trigger_starts_a_run_at_its_time()
    {
        await using var harness = await HarnessAsync("0 0 * * * ?");
        await using var server = await TriggerServer.OpenAsync(harness, Clocks, await StoreAsync());
        var trigger = await server.OnlyAsync();

        environmentClock.Advance(TimeSpan.FromMinutes(30));
        await server.WhenRecordedAsync();

        var fire = Assert.Single((await server.OnlyAsync()).Last);
        Assert.Equal(FireOutcome.Fired, fire.Outcome);
        Assert.Equal(evening.AddMinutes(30), fire.Scheduled);
        var run = await harness.EndOf(fire.Run!.Value);
        Assert.Equal($"trigger {trigger.Trigger.Id}", run.StartedBy);
        Assert.Equal(trigger.Trigger.Id.Value, run.Labels["trigger"]);
        Assert.Equal("2026-11-10T13:00:00+00:00", run.Labels["scheduled"]);
        Assert.Equal(evening.AddMinutes(90), (await server.OnlyAsync()).Next[0].At);
    }

    [Theory]
    // Irish summer time is the standard one, so the winter's saving is negative; the clock moves at 01:00Z.
    [InlineData("Europe/Dublin", "0 30 1 * * ?", "2027-03-27T08:00:00Z", "2027-03-28T01:00:00Z", "2027-03-29T00:30:00Z", "2027-03-30T00:30:00Z")]
    [InlineData("Europe/Dublin", "0 0/30 1 * * ?", "2027-10-30T08:00:00Z", "2027-10-31T00:00:00Z", "2027-10-31T00:30:00Z", "2027-10-31T01:00:00Z", "2027-10-31T01:30:00Z", "2027-11-01T01:00:00Z")]
    // Morocco's clock goes back for Ramadan, and forward after it, here at 02:00Z.
    [InlineData("Africa/Casablanca", "0 30 2 * * ?", "2024-04-13T08:00:00Z", "2024-04-14T02:00:00Z", "2024-04-15T01:30:00Z")]
    public async Task A_trigger_lives_through_the_move_of_any_zones_clock(string zone, string cron, string start, params string[] fires)
    {
        var clock = new ManualClock(Time(start));
        await using var harness = await EngineHarness.OpenAsync();
        harness.Publish(Hourly(cron).Replace("Asia/Shanghai", zone, StringComparison.Ordinal));
        await using var server = await TriggerServer.OpenAsync(harness, new Clocks(clock, TimeProvider.System), await StoreAsync());
        Assert.Equal(fires.Select(Time), (await server.OnlyAsync()).Next.Take(fires.Length).Select(next => next.At));

        foreach (var fire in fires)
        {
            clock.Advance(Time(fire) - clock.GetUtcNow());
            await server.WhenRecordedAsync();
        }

        var last = (await server.OnlyAsync()).Last;
        Assert.Equal(fires.Reverse().Select(Time), last.Select(fire => fire.Scheduled));
        Assert.All(last, fire => Assert.Equal((FireOutcome.Fired, 0), (fire.Outcome, fire.Missed)));
    }

    [Fact]
    public async Task The_calendar_shows_each_fire_around_a_gap_once()
    {
        var clock = new ManualClock(Time("2027-03-27T08:00:00Z"));
        await using var harness = await EngineHarness.OpenAsync();
        harness.Publish(Hourly("0 0/30 * * * ?").Replace("Asia/Shanghai", "Europe/Dublin", StringComparison.Ordinal));
        await using var server = await TriggerServer.OpenAsync(harness, new Clocks(clock, TimeProvider.System), await StoreAsync());

        var calendar = await server.Schedules.CalendarAsync(new Interval(clock.GetUtcNow(), Time("2027-03-29T00:00:00Z")));

        Assert.Equal(Enumerable.Range(1, 79).Select(half => clock.GetUtcNow().AddMinutes(30 * half)), calendar.Planned.Select(fire => fire.At));
        Assert.Empty(calendar.Truncated);
    }

    [Fact]
    public async Task A_fire_that_comes_twice_starts_one_run()
    {
        await using var harness = await HarnessAsync("0 0 * * * ?");
        var store = await StoreAsync();
        await using var server = await TriggerServer.OpenAsync(harness, Clocks, store);
        await using var other = await TriggerServer.OpenAsync(harness, Clocks, options => { store(options); options.Role = ScheduleRole.Fires; });
        var id = (await server.OnlyAsync()).Trigger.Id;
        var at = evening.AddMinutes(-30);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(number => (number % 2 == 0 ? server : other).Firing.FireAsync(id, at, CancellationToken.None)));
        await server.Firing.FireAsync(id, at.AddSeconds(20), CancellationToken.None);

        var fire = Assert.Single((await server.OnlyAsync()).Last);
        await harness.EndOf(fire.Run!.Value);
        Assert.Single(harness.ActivityControl.Executions);
        Assert.Equal(fire, Assert.Single((await other.OnlyAsync()).Last) with { Windows = fire.Windows, Overrides = fire.Overrides });
    }

    [Fact]
    public async Task A_fire_whose_run_was_started_but_not_recorded_is_recorded_and_not_decided_anew()
    {
        await using var harness = await HarnessAsync("0 0 * * * ?");
        await using var server = await TriggerServer.OpenAsync(harness, Clocks, await StoreAsync());
        var id = (await server.OnlyAsync()).Trigger.Id;
        var at = evening.AddMinutes(-30);
        await harness.StartAsync(harness.ActivityControl.Children["hourly"], id: Fire.RunOf("wall", id, at));
        await server.Desk.PauseAsync(id, alice, "later than the start");

        await server.Firing.FireAsync(id, at, CancellationToken.None);

        var fire = Assert.Single((await server.OnlyAsync()).Last);
        Assert.Equal((FireOutcome.Fired, Fire.RunOf("wall", id, at)), (fire.Outcome, fire.Run!.Value));
    }

    [Theory]
    [InlineData("fire-once", FireOutcome.Fired)]
    [InlineData("skip", FireOutcome.Skipped)]
    public async Task What_was_missed_while_nothing_ran_is_made_up_for_once_or_skipped(string misfire, FireOutcome outcome)
    {
        await using var harness = await HarnessAsync("0 0 * * * ?", misfire);
        var store = await StoreAsync();
        await using (await TriggerServer.OpenAsync(harness, Clocks, store))
        {
        }

        environmentClock.Advance(TimeSpan.FromHours(4) + TimeSpan.FromMinutes(20));
        await using var server = await TriggerServer.OpenAsync(harness, Clocks, store);
        await server.WhenRecordedAsync();

        var fire = Assert.Single((await server.OnlyAsync()).Last);
        Assert.Equal((outcome, 3), (fire.Outcome, fire.Missed));
        Assert.Equal(evening.AddMinutes(30).AddHours(3), fire.Scheduled);
        Assert.Equal(outcome == FireOutcome.Fired, fire.Run is not null);

        environmentClock.Advance(TimeSpan.FromMinutes(10));
        await server.WhenRecordedAsync();
        Assert.Equal((FireOutcome.Fired, 0), ((await server.OnlyAsync()).Last[0].Outcome, (await server.OnlyAsync()).Last[0].Missed));
    }

    [Theory]
    [InlineData("0 0 * * * ?", 1)]
    [InlineData("0 0 22 10 11 ? 2026", 0)]
    public async Task What_came_before_the_scheduler_knew_the_trigger_is_made_up_for(string cron, int missed)
    {
        await using var harness = await HarnessAsync(cron);
        var store = await StoreAsync();
        await TriggerServer.RegisterAsync(harness, Clocks, store);

        environmentClock.Advance(TimeSpan.FromHours(2));
        await using var server = await TriggerServer.OpenAsync(harness, Clocks, store);
        await server.WhenRecordedAsync();

        var fire = Assert.Single((await server.OnlyAsync()).Last);
        Assert.Equal((FireOutcome.Fired, missed), (fire.Outcome, fire.Missed));
        Assert.Equal(evening.AddMinutes(90), fire.Scheduled);
    }

    [Fact]
    public async Task A_freeze_window_holds_a_fire_back_until_another_person_approves_an_override()
    {
        await using var harness = await HarnessAsync("0 0 * * * ?");
        await using var server = await TriggerServer.OpenAsync(harness, Clocks, await StoreAsync());
        var trigger = (await server.OnlyAsync()).Trigger;
        var window = (await server.Desk.AddFreezeAsync(Window("double eleven"), alice)).Value!;

        Assert.Equal(FireOutcome.Blocked, (await server.OnlyAsync()).Next[0].Expected);
        environmentClock.Advance(TimeSpan.FromMinutes(30));
        await server.WhenRecordedAsync();
        var blocked = Assert.Single((await server.OnlyAsync()).Last);
        Assert.Equal((FireOutcome.Blocked, null), (blocked.Outcome, blocked.Run));
        Assert.Equal("double eleven", Assert.Single(blocked.Windows).Name);

        var fire = evening.AddMinutes(90);
        var asked = (await server.Desk.RequestOverrideAsync(trigger, window.Id, fire, null, "the tide must turn", alice)).Value!;
        Assert.Equal("four-eyes", (await server.Desk.DecideOverrideAsync(asked.Id, true, alice with { Name = "Alice" }, null)).Refusal!.Code);
        Assert.Equal("role-missing", (await server.Desk.DecideOverrideAsync(asked.Id, true, new("zed", ["clerk"]), null)).Refusal!.Code);
        Assert.Equal(FireOutcome.Blocked, (await server.OnlyAsync()).Next[0].Expected);
        var approved = (await server.Desk.DecideOverrideAsync(asked.Id, true, bob, "seen")).Value!;
        Assert.Equal(("bob", "change-approver"), (approved.DecidedBy, approved.DecidedAs));
        Assert.Equal("decided-before", (await server.Desk.DecideOverrideAsync(asked.Id, false, bob, null)).Refusal!.Code);
        Assert.Equal([FireOutcome.Overridden, FireOutcome.Blocked], (await server.OnlyAsync()).Next.Take(2).Select(next => next.Expected));

        environmentClock.Advance(TimeSpan.FromHours(1));
        await server.WhenRecordedAsync();
        environmentClock.Advance(TimeSpan.FromHours(1));
        await server.WhenRecordedAsync();

        var last = (await server.OnlyAsync()).Last;
        Assert.Equal([FireOutcome.Blocked, FireOutcome.Overridden, FireOutcome.Blocked], last.Select(past => past.Outcome));
        Assert.Equal([asked.Id], last[1].Overrides);
        await harness.EndOf(last[1].Run!.Value);
        Assert.Single(harness.ActivityControl.Executions);
    }

    [Fact]
    public async Task An_override_is_for_a_fire_to_come_and_ends()
    {
        await using var harness = await HarnessAsync("0 0 * * * ?");
        await using var server = await TriggerServer.OpenAsync(harness, Clocks, await StoreAsync());
        var trigger = (await server.OnlyAsync()).Trigger;
        var window = (await server.Desk.AddFreezeAsync(Window("double eleven"), bob)).Value!;

        Task<Decided<FreezeOverride>> AskAsync(DateTimeOffset? fire, DateTimeOffset? expires) => server.Desk.RequestOverrideAsync(trigger, window.Id, fire, expires, "why", alice);

        Assert.Equal("no-such-fire", (await AskAsync(evening.AddMinutes(31), null)).Refusal!.Code);
        Assert.Equal("no-such-fire", (await AskAsync(evening.AddMinutes(-30), null)).Refusal!.Code);
        Assert.Equal("expires-too-early", (await AskAsync(evening.AddMinutes(30), evening.AddMinutes(30))).Refusal!.Code);
        Assert.Equal("expires-too-late", (await AskAsync(null, evening.AddDays(15))).Refusal!.Code);
        var asked = (await AskAsync(null, null)).Value!;
        Assert.Equal(evening.AddDays(1), asked.ExpiresAt);
        environmentClock.Advance(TimeSpan.FromDays(1));
        Assert.Equal("decided-before", (await server.Desk.DecideOverrideAsync(asked.Id, true, bob, null)).Refusal!.Code);
        Assert.Empty(await server.Schedules.OverridesAsync());
        Assert.Single(await server.Schedules.OverridesAsync(expired: true));
    }

    [Fact]
    public async Task A_freeze_window_counts_until_somebody_else_than_who_asked_has_approved_its_removal()
    {
        await using var harness = await HarnessAsync("0 0 * * * ?");
        await using var server = await TriggerServer.OpenAsync(harness, Clocks, await StoreAsync());
        var window = (await server.Desk.AddFreezeAsync(Window("double eleven"), bob)).Value!;
        Assert.Equal("role-missing", (await server.Desk.RequestRemovalAsync(window, new("zed", ["clerk"]), "over")).Refusal!.Code);
        Assert.Null((await server.Desk.DecideRemovalAsync(window, true, bob, null)).Value);

        Assert.Null((await server.Desk.RequestRemovalAsync(window, alice, "a mistake")).Refusal);
        Assert.Equal("asked-before", (await server.Desk.RequestRemovalAsync(window, bob, "over")).Refusal!.Code);
        Assert.Equal("four-eyes", (await server.Desk.DecideRemovalAsync(window, true, alice with { Name = "Alice" }, null)).Refusal!.Code);
        Assert.Equal("role-missing", (await server.Desk.DecideRemovalAsync(window, true, new("zed", ["clerk"]), null)).Refusal!.Code);
        Assert.Equal(FireOutcome.Blocked, (await server.OnlyAsync()).Next[0].Expected);
        Assert.Equal(RemovalStatus.Rejected, (await server.Desk.DecideRemovalAsync(window, false, alice, "thought better of it")).Value!.Status);
        environmentClock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null((await server.Desk.RequestRemovalAsync(window, alice, "over")).Refusal);
        Assert.Single(await server.Schedules.FreezesAsync());
        var approved = (await server.Desk.DecideRemovalAsync(window, true, bob, "seen")).Value!;

        Assert.Equal((RemovalStatus.Approved, "bob", "change-approver", "seen"), (approved.Status, approved.DecidedBy, approved.DecidedAs, approved.Comment));
        Assert.Empty(await server.Schedules.FreezesAsync());
        var removed = Assert.Single(await server.Schedules.FreezesAsync(removed: true));
        Assert.Equal(("bob", "over"), (removed.RemovedBy, removed.RemovedBecause));
        Assert.Equal([RemovalStatus.Rejected, RemovalStatus.Approved], (await server.Schedules.RemovalsAsync()).Select(removal => removal.Status));
        Assert.Equal(FireOutcome.Fired, (await server.OnlyAsync()).Next[0].Expected);
    }

    [Fact]
    public async Task A_paused_trigger_starts_nothing_and_makes_up_for_nothing_when_it_goes_on()
    {
        await using var harness = await HarnessAsync("0 0 * * * ?");
        await using var server = await TriggerServer.OpenAsync(harness, Clocks, await StoreAsync());
        var id = (await server.OnlyAsync()).Trigger.Id;
        Assert.Null(await server.Desk.PauseAsync(id, alice, "maintenance"));
        Assert.Equal("already-paused", (await server.Desk.PauseAsync(id, bob, "too"))!.Code);

        environmentClock.Advance(TimeSpan.FromMinutes(30));
        await server.WhenRecordedAsync();
        Assert.Null(await server.Desk.ResumeAsync(id, bob, "done"));
        Assert.Equal("not-paused", (await server.Desk.ResumeAsync(id, bob, "done"))!.Code);
        environmentClock.Advance(TimeSpan.FromHours(1));
        await server.WhenRecordedAsync();

        Assert.Equal([FireOutcome.Fired, FireOutcome.Paused], (await server.OnlyAsync()).Last.Select(fire => fire.Outcome));
        Assert.Equal("paused by alice: maintenance", (await server.OnlyAsync()).Last[1].Detail);
    }

    [Fact]
    public async Task A_changed_runbook_has_its_new_triggers_and_none_of_the_old()
    {
        await using var harness = await HarnessAsync("0 0 * * * ?");
        await using var server = await TriggerServer.OpenAsync(harness, Clocks, await StoreAsync());
        await server.WhenScheduledAsync();
        var before = await server.OnlyAsync();

        harness.Publish(Hourly("0 45 * * * ?"));
        await server.WhenScheduledAsync();
        environmentClock.Advance(TimeSpan.FromMinutes(40));
        await server.WhenRecordedAsync();

        var after = await server.OnlyAsync();
        Assert.NotEqual(before.Trigger.Id, after.Trigger.Id);
        Assert.Equal(evening.AddMinutes(15), Assert.Single(after.Last).Scheduled);
        Assert.Empty(await server.Schedules.FiresAsync(before.Trigger.Id, null, 10));
    }

    [Fact]
    public async Task A_night_that_begins_anew_fires_its_own_times_again()
    {
        await using var harness = await HarnessAsync("0 0 * * * ?");
        var store = await StoreAsync();
        await using (var first = await TriggerServer.OpenAsync(harness, Clocks, options => { store(options); options.Timeline = "night 1"; }))
        {
            environmentClock.Advance(TimeSpan.FromMinutes(30));
            await first.WhenRecordedAsync();
        }

        var again = new ManualClock(evening);
        await using var second = await TriggerServer.OpenAsync(harness, new Clocks(again, TimeProvider.System), options => { store(options); options.Timeline = "night 2"; });
        Assert.Empty((await second.OnlyAsync()).Last);
        again.Advance(TimeSpan.FromMinutes(30));
        await second.WhenRecordedAsync();

        var fire = Assert.Single((await second.OnlyAsync()).Last);
        await harness.EndOf(fire.Run!.Value);
        Assert.Equal(2, harness.ActivityControl.Executions.Select(execution => execution.Run).Distinct().Count());
    }

    [Fact]
    public async Task A_runbook_that_cannot_start_leaves_a_failed_fire_that_says_why()
    {
        await using var harness = await HarnessAsync("0 0 * * * ?");
        var store = await StoreAsync();
        await using var server = await TriggerServer.OpenAsync(harness, Clocks, options => { store(options); options.ReloadInterval = TimeSpan.FromHours(1); });
        harness.ActivityControl.Children.Clear();

        environmentClock.Advance(TimeSpan.FromMinutes(30));
        await server.WhenRecordedAsync();

        var fire = Assert.Single((await server.OnlyAsync()).Last);
        Assert.Equal((FireOutcome.Failed, null), (fire.Outcome, fire.Run));
        Assert.Contains("there is no runbook hourly", fire.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_calendar_shows_what_was_what_comes_and_what_is_frozen()
    {
        await using var harness = await HarnessAsync("0 0 * * * ?");
        await using var server = await TriggerServer.OpenAsync(harness, Clocks, await StoreAsync());
        await server.Desk.AddFreezeAsync(Window("double eleven"), alice);
        environmentClock.Advance(TimeSpan.FromMinutes(30));
        await server.WhenRecordedAsync();

        var calendar = await server.Schedules.CalendarAsync(new Interval(evening, evening.AddHours(30)));

        Assert.Equal(evening.AddMinutes(30), Assert.Single(calendar.Past).Scheduled);
        Assert.Equal(29, calendar.Planned.Length);
        Assert.Equal(evening.AddMinutes(90), calendar.Planned[0].At);
        Assert.Equal(27, calendar.Planned.Count(fire => fire.Expected == FireOutcome.Blocked));
        Assert.Equal(evening.AddHours(-1), Assert.Single(calendar.Freezes).Time.From);
        Assert.Empty(calendar.Truncated);
    }

    private static FreezeWindow Window(string name) => new(default, name, FreezeKind.Block, [new AbsoluteRange(evening.AddHours(-1), evening.AddHours(28))])
    {
        Reason = "the sale",
        CreatedBy = "",
        CreatedAt = default,
    };

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private static string Hourly(string cron, string misfire = "fire-once") => $$"""
        runbook: hourly
        triggers: [ { cron: "{{cron}}", timeZone: Asia/Shanghai, misfire: {{misfire}} } ]
        steps: [ { id: say, run: test.echo, with: { text: tide } } ]
        """;

    private static async Task<EngineHarness> HarnessAsync(string cron, string misfire = "fire-once")
    {
        var harness = await EngineHarness.OpenAsync();
        harness.Publish(Hourly(cron, misfire));
        return harness;
    }
}

public sealed class SqliteTriggerTests : TriggerTests, IDisposable
{
    private readonly TemporaryFolder folder = new();

    private protected override Task<Action<TriggerOptions>> StoreAsync() => Task.FromResult<Action<TriggerOptions>>(options => options.DataDirectory = folder.Path);

    [Fact]
    public async Task A_store_of_a_newer_version_is_refused()
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(folder.Path, "schedules.db")};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "CREATE TABLE schedule_schema (version INTEGER NOT NULL); INSERT INTO schedule_schema VALUES (99)";
        await command.ExecuteNonQueryAsync();

        var refused = await Assert.ThrowsAsync<SchedulesUnavailableException>(
            () => Workflows.Scheduling.Store.ScheduleDatabase.OpenAsync(new TriggerOptions { DataDirectory = folder.Path }, CancellationToken.None));

        Assert.Contains("schema version 99", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trigger_that_an_earlier_version_left_stuck_in_a_gap_fires_again()
    {
        var clock = new ManualClock(DateTimeOffset.Parse("2027-03-28T06:00:00Z", System.Globalization.CultureInfo.InvariantCulture));
        await using var harness = await EngineHarness.OpenAsync();
        harness.Publish("""
            runbook: dublin
            triggers: [ { cron: "0 30 1 * * ?", timeZone: Europe/Dublin } ]
            steps: [ { id: say, run: test.echo, with: { text: tide } } ]
            """);
        await using (await TriggerServer.OpenAsync(harness, new Clocks(clock, TimeProvider.System), options => options.DataDirectory = folder.Path))
        {
        }

        await using (var connection = new SqliteConnection($"Data Source={Path.Combine(folder.Path, "schedules.db")};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = """
                INSERT INTO qrtz_cron_triggers (sched_name, trigger_name, trigger_group, cron_expression, time_zone_id)
                  SELECT sched_name, trigger_name, trigger_group, str_prop_1, time_zone_id FROM qrtz_simprop_triggers;
                DELETE FROM qrtz_simprop_triggers;
                UPDATE qrtz_triggers SET trigger_type = 'CRON', next_fire_time = next_fire_time + 36000000000000;
                """;
            Assert.Equal(3, await command.ExecuteNonQueryAsync());
        }

        await using var server = await TriggerServer.OpenAsync(harness, new Clocks(clock, TimeProvider.System), options => options.DataDirectory = folder.Path);
        clock.Advance(TimeSpan.FromHours(18.5));
        await server.WhenRecordedAsync();

        Assert.Equal(clock.GetUtcNow(), Assert.Single((await server.OnlyAsync()).Last).Scheduled);
    }

    [Fact]
    public async Task Looking_makes_no_file()
    {
        await using var database = await Workflows.Scheduling.Store.ScheduleDatabase.OpenAsync(new TriggerOptions { DataDirectory = folder.Path }, CancellationToken.None);

        Assert.True(database.InMemory);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public async Task A_connection_string_that_is_none_is_told()
    {
        var refused = await Assert.ThrowsAsync<SchedulesUnavailableException>(
            () => Workflows.Scheduling.Store.ScheduleDatabase.OpenAsync(new TriggerOptions { Store = "nonsense" }, CancellationToken.None));

        Assert.Contains("Host=", refused.Message, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();
}

public sealed class PostgresTriggerTests(SharedServers servers) : TriggerTests
{
    private protected override async Task<Action<TriggerOptions>> StoreAsync()
    {
        Assert.SkipUnless(ServerAvailability.HasPostgres, ServerAvailability.WhyNoPostgres);
        var database = await (await servers.PostgresAsync()).CreateDatabaseAsync();
        return options => options.Store = database;
    }
}
