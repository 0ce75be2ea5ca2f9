using System.Net.Http.Json;
using System.Text.Json;
using Orchestrator.Server.Configuration;
using Orchestrator.Server.Emergency;

namespace Orchestrator.Server.Tests;

/// <summary>The emergency trigger that a condition pulls.</summary>
public sealed class AutomaticTriggerTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.Parse("2026-11-11T00:00:00+08:00");

    [Fact]
    public void It_triggers_once_the_condition_has_held_for_long_enough()
    {
        var condition = new TriggerCondition(Options());

        var fired = Enumerable.Range(0, 20).Select(at => condition.Measure(Start.AddSeconds(at * 10), [at < 3 ? 100 : 400])).ToArray();

        // Above from 30 s on, for two minutes; and on, until somebody says that it has triggered.
        Assert.Equal([15, 16, 17, 18, 19], Enumerable.Range(0, 20).Where(at => fired[at] == 400));
        Assert.True(condition.Armed);
        condition.Triggered(Start.AddSeconds(200));
        Assert.Null(condition.Measure(Start.AddSeconds(210), [400]));
        Assert.False(condition.Armed);
    }

    [Fact]
    public void A_moment_below_begins_the_time_anew_and_the_worst_series_counts()
    {
        var condition = new TriggerCondition(Options());

        for (var at = 0; at < 11; at++)
        {
            Assert.Null(condition.Measure(Start.AddSeconds(at * 10), [100, 400, 120]));
        }

        Assert.Null(condition.Measure(Start.AddSeconds(110), [100, 200, 120]));
        for (var at = 12; at < 24; at++)
        {
            Assert.Null(condition.Measure(Start.AddSeconds(at * 10), [100, 400, 120]));
        }

        Assert.Equal(400, condition.Measure(Start.AddSeconds(240), [100, 400, 120]));
    }

    /// <summary>Back under 300 is not enough: it must be under 200 for five minutes, and an hour must be over.</summary>
    [Fact]
    public void It_triggers_again_only_when_it_has_cleared_and_cooled_down()
    {
        var condition = new TriggerCondition(Options());
        var now = Start;
        double? Go(TimeSpan time, double value)
        {
            double? fired = null;
            for (var until = now + time; now < until; now += TimeSpan.FromSeconds(10))
            {
                if (condition.Measure(now, [value]) is not { } worst) continue;

                fired = worst;
                condition.Triggered(now);
            }

            return fired;
        }

        Assert.NotNull(Go(TimeSpan.FromMinutes(3), 400));
        Assert.Null(Go(TimeSpan.FromMinutes(90), 400));
        Assert.Null(Go(TimeSpan.FromMinutes(10), 250));
        Assert.False(condition.Armed);
        Assert.Null(Go(TimeSpan.FromMinutes(4), 100));
        Assert.Null(Go(TimeSpan.FromMinutes(3), 400));
        Assert.Null(Go(TimeSpan.FromMinutes(6), 100));
        Assert.True(condition.Armed);
        Assert.NotNull(Go(TimeSpan.FromMinutes(3), 400));
        // The cool-down: cleared at once, and within the hour.
        Assert.Null(Go(TimeSpan.FromMinutes(10), 100));
        Assert.False(condition.Armed);
        Assert.Null(Go(TimeSpan.FromMinutes(30), 400));
    }

    [Fact]
    public void What_is_unknown_neither_holds_nor_clears_and_a_gap_begins_anew()
    {
        var condition = new TriggerCondition(Options());

        Assert.Null(condition.Measure(Start, [400]));
        Assert.Null(condition.Measure(Start.AddMinutes(1), []));
        Assert.Null(condition.Measure(Start.AddMinutes(2), [double.NaN]));
        Assert.Null(condition.Measure(Start.AddMinutes(3), [400]));
        Assert.True(condition.Armed);
    }

    [Fact]
    public void A_bound_from_below_counts_the_lowest()
    {
        var condition = new TriggerCondition(new AutomaticTriggerOptions { Query = "up", Below = 0.5, For = TimeSpan.FromSeconds(20) });

        Assert.Null(condition.Measure(Start, [1, 0.2]));
        Assert.Null(condition.Measure(Start.AddSeconds(10), [1, 0.2]));
        Assert.Equal(0.2, condition.Measure(Start.AddSeconds(20), [1, 0.2]));
    }

    [Theory]
    [InlineData(null, null, null, "give one of Above and Below")]
    [InlineData(1.0, 2.0, null, "give one of Above and Below")]
    [InlineData(1.0, null, 2.0, "Clear is above Above")]
    [InlineData(null, 1.0, 0.5, "Clear is below Below")]
    [InlineData(1.0, null, 0.5, null)]
    public void Bounds_that_cannot_be_are_told(double? above, double? below, double? clear, string? said)
    {
        var diagnostic = new AutomaticTriggerOptions { Query = "p99", Above = above, Below = below, Clear = clear }.Diagnose();

        Assert.Equal(said is null, diagnostic is null);
        Assert.StartsWith(said ?? "", diagnostic ?? "", StringComparison.Ordinal);
    }

    /// <summary>A server whose condition always holds: dry, it only says so; not dry, it carries the approved plan out, and nothing before it is approved.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_approved_plan_is_triggered_or_only_named(bool dry)
    {
        using var folder = new Folder();
        await using var server = Binary.Start(
            folder.Path,
            new Dictionary<string, string>
            {
                ["ORCHESTRATOR_Simulation__Delays"] = "0",
                ["ORCHESTRATOR_Emergency__Automatic__Query"] = "requests",
                ["ORCHESTRATOR_Emergency__Automatic__Above"] = "1",
                ["ORCHESTRATOR_Emergency__Automatic__For"] = "00:00:10",
                ["ORCHESTRATOR_Emergency__Automatic__ClearFor"] = "00:00:10",
                ["ORCHESTRATOR_Emergency__Automatic__CoolDown"] = "00:00:10",
                ["ORCHESTRATOR_Emergency__Automatic__Clear"] = "1",
                ["ORCHESTRATOR_Emergency__Automatic__Interval"] = "00:10:00",
                ["ORCHESTRATOR_Emergency__Automatic__Dry"] = dry ? "true" : "false",
                ["ORCHESTRATOR_Emergency__PlanLasts"] = "30.00:00:00",
            },
            "serve", "--data", "data", "--port", "0", "--ask");
        var url = await server.WhenReadyAsync();
        using var alice = As(url, "alice:commander");
        using var made = await alice.PostAsJsonAsync("/api/emergency/plan", new { });
        Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync());
        var id = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();
        Assert.Equal("open", (await PlanAsync(alice)).GetProperty("state").GetString());
        foreach (var person in new[] { "bob:sre-lead", "eve:commander" })
        {
            using var other = As(url, person);
            using var approved = await other.PostAsJsonAsync($"/api/emergency/plan/{id}/approve", new { });
            Assert.True(approved.IsSuccessStatusCode);
        }

        // The condition has held all the time: it waited for the second approval.
        await ServerFixture.UntilAsync(async () => (await PlanAsync(alice)) is var plan && (Has(plan, "suggested") || Has(plan, "triggered")));
        var ended = await PlanAsync(alice);
        if (dry)
        {
            Assert.Equal("approved", ended.GetProperty("state").GetString());
            Assert.StartsWith("requests has been above 1 for 10 s", ended.GetProperty("suggested").GetProperty("reason").GetString(), StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal(("triggered", "automatic-trigger"), (ended.GetProperty("state").GetString(), ended.GetProperty("triggered").GetProperty("by").GetString()));
        }
    }

    private static bool Has(JsonElement plan, string name) => plan.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object;

    private static AutomaticTriggerOptions Options() => new() { Query = "p99", Above = 300, Clear = 200 };

    private static HttpClient As(Uri url, string person)
    {
        var client = new HttpClient { BaseAddress = url };
        client.DefaultRequestHeaders.Add("X-Orchestrator-User", person);
        return client;
    }

    private static async Task<JsonElement> PlanAsync(HttpClient client) => (await client.GetFromJsonAsync<JsonElement>("/api/emergency")).GetProperty("plan");
}
