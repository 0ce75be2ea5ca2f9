using System.Collections.Immutable;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Activities.LoadTests;
using Orchestrator.Activities.Traffic;
using Orchestrator.Fleet.Capacity;
using Orchestrator.Fleet.Demand;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Files;
using Orchestrator.Fleet.Units;
using Orchestrator.Fleet.Views;
using Orchestrator.Infra.LoadTests;
using Orchestrator.Infra.Traffic;
using Orchestrator.Workflows.Model.Activities;
using TrafficReading = Orchestrator.Infra.Metrics.TrafficReading;

namespace Orchestrator.Activities.Tests;

/// <summary>A load test beside 1,000 requests a second of customers; the forecast peak is the same.</summary>
public sealed class LoadTestTests
{
    private static readonly ApplicationProfile application = new() { RequestsPerCore = 10, BaseMilliseconds = 40, ObjectiveMilliseconds = 200, TimeoutMilliseconds = 2_000 };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task What_the_machines_carry_is_proven_and_nothing_of_the_load_stays()
    {
        await using var cloud = await TestCloud.OpenAsync(Fleet(homeCores: 150));

        var result = await TestAsync(cloud, Home(120));

        Assert.True(result.Passed);
        Assert.InRange(result.Proven, 1_200 * LoadTally.Reached, 1_240);
        Assert.True(result.Measurements >= 3);
        var tested = Assert.IsType<LoadTested>(cloud.Journal.Facts[^1]);
        Assert.Equal((120, 1_000.0, null), (tested.Percent, tested.Forecast, tested.Broke));
        Assert.True(ProvenCapacity.Of(FleetView.Of(cloud.Journal.Facts), 1_000)!.Fits);
        await AssertGoneAsync(cloud);
    }

    /// <summary>Four of ten customers leave while it is tested: the generators have not counted on them.</summary>
    [Fact(Timeout = 60_000)]
    public async Task Customers_who_leave_during_the_test_do_not_leave_it_short()
    {
        var fleet = Fleet(homeCores: 200) with { Traffic = new DayCurve([new(TimeSpan.FromHours(18), 1_000), new(TimeSpan.FromHours(18.25), 600), new(TimeSpan.FromHours(20), 600)]) };
        await using var cloud = await TestCloud.OpenAsync(fleet);

        var result = await TestAsync(cloud, Home(120));

        Assert.True(result.Passed);
        Assert.InRange(result.Proven, 1_200 * LoadTally.Reached, 1_650);
    }

    /// <summary>At 1,225 requests a second of load 1,000 of customers would wait as well: the load goes as soon as it is seen.</summary>
    [Fact(Timeout = 60_000)]
    public async Task A_load_that_breaks_the_objective_is_taken_away_and_fails_the_step()
    {
        await using var cloud = await TestCloud.OpenAsync(Fleet(homeCores: 110));

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => TestAsync(cloud, Home(120)));

        Assert.Equal(("load-test-failed", false), (failure.Error.Code, failure.Error.Retryable));
        Assert.Contains("home answers 99 of 100 requests in", failure.Message, StringComparison.Ordinal);
        var tested = Assert.IsType<LoadTested>(cloud.Journal.Facts[^1]);
        Assert.NotNull(tested.Broke);
        Assert.False(ProvenCapacity.Of(FleetView.Of(cloud.Journal.Facts), 1_000)!.Fits);
        await AssertGoneAsync(cloud);
    }

    [Fact(Timeout = 60_000)]
    public async Task Generators_without_a_machine_are_told_with_the_schedulers_reason()
    {
        // Each asks for 4 cores, and a node has 2.
        await using var cloud = await TestCloud.OpenAsync(Fleet(homeCores: 150, nodeCores: 2));

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => TestAsync(cloud, Home(120)));

        Assert.Equal("load-not-generated", failure.Error.Code);
        Assert.Contains("0 of 1 generators run after 5 minutes; the others wait: Unschedulable: ", failure.Message, StringComparison.Ordinal);
        await AssertGoneAsync(cloud);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_test_that_could_not_be_over_in_time_is_not_begun()
    {
        await using var cloud = await TestCloud.OpenAsync(Fleet(homeCores: 150));

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => TestAsync(cloud, Home(120) with { EndBy = cloud.Clock.GetUtcNow().AddMinutes(14) }));

        Assert.Equal(("too-late", false), (failure.Error.Code, failure.Error.Retryable));
        Assert.Empty(cloud.Cloud.Effects);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_unit_that_was_not_inspected_gets_no_load()
    {
        await using var cloud = await TestCloud.OpenAsync(Fleet(homeCores: 150));

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => TestAsync(cloud, Home(120) with { Weights = Of(("home", 60), ("cloud-1", 40)) }));

        Assert.Equal("not-ready", failure.Error.Code);
        Assert.Contains("cloud-1", failure.Message, StringComparison.Ordinal);
        Assert.Empty(cloud.Cloud.Effects);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(90, "sum to 100")]
    [InlineData(-1, "either weights")]
    public async Task What_does_not_say_where_the_load_goes_is_refused(int home, string said)
    {
        await using var cloud = await TestCloud.OpenAsync(Fleet(homeCores: 150));

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => TestAsync(cloud, Home(120) with { Weights = home < 0 ? null : Of(("home", home)) }));

        Assert.Equal("bad-argument", failure.Error.Code);
        Assert.Contains(said, failure.Message, StringComparison.Ordinal);
    }

    /// <summary>Whoever dies within a test leaves a load: the next attempt begins with taking it away, and so does the undo.</summary>
    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_load_that_a_dead_worker_left_is_ended(bool undone)
    {
        await using var cloud = await TestCloud.OpenAsync(Fleet(homeCores: 150));
        using var killed = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ActivatorUtilities.CreateInstance<LoadTest>(cloud.Services).ExecuteAsync(
            Home(120), new FakeTask(cloud.Journal, cloud.Clock, "test") { OnProgress = _ => killed.Cancel() }, killed.Token));
        await AssertGoneAsync(cloud);
        // A worker that is cancelled clears up; what one that dies would leave is put there.
        var name = Regex.Match(string.Join('\n', cloud.Cloud.Effects.Select(effect => effect.Detail)), @"x-load-test: (?<name>load-[0-9a-f]+)\.home").Groups["name"].Value;
        var headers = ImmutableSortedDictionary<string, string>.Empty.Add("x-load-test", $"{name}.home");
        await cloud.Services.GetRequiredService<LoadGenerators>().StartAsync(
            "edge",
            new LoadPlan(name, new Uri("http://trade.example.com/"), ImmutableSortedDictionary<string, double>.Empty.Add("home", 100), ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>>.Empty.Add("home", headers), TimeSpan.FromMinutes(1), TimeSpan.FromHours(2), "key"),
            null, null, Stop);
        await cloud.Services.GetRequiredService<ITrafficRouter>().MarkAsync(
            new MarkedTraffic(name, "x-load-test", ImmutableSortedDictionary<string, ImmutableDictionary<string, int>>.Empty.Add($"{name}.home", ImmutableDictionary<string, int>.Empty.Add("home", 100)), "key"), Stop);

        if (undone)
        {
            await TestCloud.RunAsync<LoadTest, LoadTestArguments, LoadTestResult>(cloud.Services, new LoadTestArguments { Stop = true }, new FakeTask(cloud.Journal, cloud.Clock, "test") { TakesBack = true });
        }
        else
        {
            Assert.True((await TestAsync(cloud, Home(120), attempt: 2)).Passed);
        }

        await AssertGoneAsync(cloud);
    }

    [Fact]
    public void A_single_measurement_that_misses_is_borne_and_a_second_in_a_row_is_not()
    {
        var tally = new LoadTally(Home(120), ImmutableSortedDictionary<string, double>.Empty.Add("home", 1_200));

        Assert.Null(tally.Add(Reading(800, p99: 300)));
        Assert.Null(tally.Add(Reading(900, p99: 150)));
        Assert.Null(tally.Add(Reading(1_000, p99: 300)));
        Assert.Contains("home answers 99 of 100 requests in 310 ms at 1,100 a second, the objective is 200 ms", tally.Add(Reading(1_100, p99: 310)), StringComparison.Ordinal);

        Assert.Equal((900, 1), (tally.Proven, tally.Passed));
        Assert.Equal(["home 900 of 1,200"], tally.Short);
    }

    [Fact]
    public void More_at_one_destination_does_not_stand_for_less_at_another()
    {
        static TrafficReading Both(double home, double unit) => new(DateTimeOffset.UnixEpoch, home + unit, ImmutableDictionary<string, double>.Empty.Add("home", home).Add("cloud-1", unit))
        {
            ErrorsByDestination = ImmutableDictionary<string, double>.Empty.Add("home", 0).Add("cloud-1", 0),
            P99ByDestination = ImmutableDictionary<string, TimeSpan>.Empty.Add("home", TimeSpan.FromMilliseconds(50)).Add("cloud-1", TimeSpan.FromMilliseconds(50)),
        };
        var tally = new LoadTally(Home(120), ImmutableSortedDictionary<string, double>.Empty.Add("home", 100).Add("cloud-1", 1_000));

        Assert.Null(tally.Add(Both(400, 300)));
        Assert.Null(tally.Add(Both(101, 1_001)));
        Assert.Null(tally.Add(Both(90, 1_100)));

        Assert.Equal((1_102, 101), (tally.Proven, tally.ProvenByDestination["home"]));
        Assert.Empty(tally.Short);
    }

    [Fact]
    public void Failures_break_the_objective_as_latency_does_and_what_is_unknown_is_not_proven()
    {
        var tally = new LoadTally(Home(120) with { Unknowns = 1 }, ImmutableSortedDictionary<string, double>.Empty.Add("home", 1_200));

        Assert.Null(tally.Add(Reading(1_200, p99: null)));
        Assert.Contains("2 measurements in a row are unknown: 99th percentile or failures of home", tally.Add(Reading(1_200, p99: null)), StringComparison.Ordinal);
        Assert.Equal(0, tally.Proven);
        Assert.Null(tally.Add(Reading(1_200, p99: 50, errors: 12)));
        Assert.Contains("home fails 1 % of 1,200 requests a second, 0.1 % may", tally.Add(Reading(1_200, p99: 50, errors: 12)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_proof_counts_as_long_as_the_unit_stands_as_it_was_tested()
    {
        var at = DateTimeOffset.Parse("2026-11-10T19:00:00+08:00");
        FleetFact[] facts =
        [
            new UnitPlanned("cloud-1", UnitKind.Cloud, null, 10, 320_000, 5) { At = at },
            new UnitProvisioned("cloud-1", ["http://127.0.0.1:1/"]) { At = at.AddMinutes(10) },
            new UnitInspected("cloud-1", true, 3, []) { At = at.AddMinutes(11) },
            new LoadTested(120, 1_000, ImmutableDictionary<string, double>.Empty.Add("home", 500).Add("cloud-1", 700), null) { At = at.AddMinutes(30) },
        ];

        var (whole, scaled, gone) = (
            ProvenCapacity.Of(FleetView.Of(facts), 1_000)!,
            ProvenCapacity.Of(FleetView.Of([.. facts, new UnitScaled("cloud-1", 4, 128_000) { At = at.AddMinutes(40) }]), 1_000)!,
            ProvenCapacity.Of(FleetView.Of([.. facts, new UnitReleasing("cloud-1") { At = at.AddMinutes(40) }, new UnitReleased("cloud-1") { At = at.AddMinutes(41) }]), 1_000)!);

        Assert.Equal((1_200, true), (whole.Proven, whole.Fits));
        Assert.Equal((500, false, "cloud-1 has been built anew or scaled since"), (scaled.Proven, scaled.Fits, Assert.Single(scaled.Void)));
        Assert.Equal((500, false, "cloud-1 does not stand any more"), (gone.Proven, gone.Fits, Assert.Single(gone.Void)));
        Assert.Null(ProvenCapacity.Of(FleetView.Empty, 1_000));
    }

    [Fact(Timeout = 60_000)]
    public async Task Internal_users_go_to_an_inspected_unit_alone_and_back_again()
    {
        await using var cloud = await TestCloud.OpenAsync(Fleet(homeCores: 150));
        var refused = await Assert.ThrowsAsync<ActivityFailedException>(() => CanaryAsync(cloud, new() { Weights = Of(("cloud-1", 100)) }));

        var there = await CanaryAsync(cloud, new() { Weights = Of(("home", 100)), Header = "x-team", Value = "trading" });
        var back = await CanaryAsync(cloud, new() { End = true });

        Assert.Equal("invariant-broken", refused.Error.Code);
        Assert.Equal(100, there.Weights["home"]);
        Assert.Empty(back.Weights);
        Assert.Contains(cloud.Cloud.Effects, effect => effect.Detail.Contains("x-team: trading → home=100", StringComparison.Ordinal));
        await AssertGoneAsync(cloud);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("x user", "internal")]
    [InlineData("x-user", "")]
    [InlineData("x-user", "line\nbreak")]
    public async Task What_is_no_header_is_refused(string header, string value)
    {
        await using var cloud = await TestCloud.OpenAsync(Fleet(homeCores: 150));

        var refused = await Assert.ThrowsAsync<ActivityFailedException>(() => CanaryAsync(cloud, new() { Weights = Of(("home", 100)), Header = header, Value = value }));

        Assert.Equal("bad-argument", refused.Error.Code);
    }

    private static Task<CanaryTrafficResult> CanaryAsync(TestCloud cloud, CanaryTrafficArguments arguments) => cloud.RunAsync<CanaryTraffic, CanaryTrafficArguments, CanaryTrafficResult>(arguments, cloud.ATask("canary"));

    private static LoadTestArguments Home(int percent) => new() { Percent = percent, Weights = Of(("home", 100)) };

    private static Task<LoadTestResult> TestAsync(TestCloud cloud, LoadTestArguments arguments, int attempt = 1) =>
        cloud.RunAsync<LoadTest, LoadTestArguments, LoadTestResult>(arguments, cloud.ATask("test", attempt));

    private static ImmutableSortedDictionary<string, int> Of(params (string Destination, int Percent)[] weights) => weights.ToImmutableSortedDictionary(weight => weight.Destination, weight => weight.Percent);

    private static TrafficReading Reading(double requests, double? p99, double errors = 0) => new(DateTimeOffset.UnixEpoch, requests, ImmutableDictionary<string, double>.Empty.Add("home", requests))
    {
        ErrorsByDestination = ImmutableDictionary<string, double>.Empty.Add("home", errors),
        P99ByDestination = p99 is { } known ? ImmutableDictionary<string, TimeSpan>.Empty.Add("home", TimeSpan.FromMilliseconds(known)) : ImmutableDictionary<string, TimeSpan>.Empty,
    };

    private static FleetDefinition Fleet(int homeCores, int nodeCores = 16) => SmallFleet.Definition with
    {
        Traffic = DayCurve.Constant(1_000),
        Application = application,
        HomeCpuMilli = homeCores * 1_000,
        Clusters =
        [
            new ClusterDefinition
            {
                Id = "edge",
                Kind = ClusterKind.Batch,
                Region = "cn-hangzhou",
                Zones = ["h"],
                CostPerNodeHour = 1,
                Pools = [new PoolDefinition { Name = "main", CpuMilli = nodeCores * 1_000, MemoryMiB = 65_536, Nodes = ["edge-1", "edge-2"] }],
                Demand = ClusterDemand.None,
            },
        ],
    };

    /// <summary>No generator, no rule, and customers as before.</summary>
    private static async Task AssertGoneAsync(TestCloud cloud)
    {
        using var http = new HttpClient { BaseAddress = cloud.Cloud.BaseAddress };
        foreach (var list in new[] { "apis/batch/v1/jobs", "api/v1/namespaces/load-test/pods", "api/v1/namespaces/load-test/configmaps" })
        {
            Assert.Empty(JsonNode.Parse(await http.GetStringAsync($"clusters/edge/{list}", Stop))!["items"]!.AsArray());
        }

        Assert.Single(JsonNode.Parse(await http.GetStringAsync("clusters/edge/apis/gateway.networking.k8s.io/v1/httproutes", Stop))!["items"]!.AsArray());
        Assert.Equal(1_000, JsonNode.Parse(await http.GetStringAsync("sim/traffic", Stop))!["destinations"]!["home"]!["requestsPerSecond"]!.GetValue<double>(), tolerance: 0.5);
    }
}
