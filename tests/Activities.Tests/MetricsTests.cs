using System.Globalization;
using CsCheck;
using Orchestrator.Activities.Metrics;
using Orchestrator.Activities.Traffic;
using Orchestrator.Fleet.Facts;
using Orchestrator.Infra.Metrics;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Tests;

public sealed class MetricsTests
{
    private static readonly DateTimeOffset Midnight = DateTimeOffset.Parse("2026-11-11T00:00:00+08:00", CultureInfo.InvariantCulture);

    [Fact(Timeout = 60_000)]
    public async Task A_query_gives_a_value_for_each_series()
    {
        await using var cloud = await TestCloud.OpenAsync();

        var named = await QueryAsync(cloud, new() { Name = "requests" });
        var own = await QueryAsync(cloud, new() { Query = "sum(rate(envoy_cluster_upstream_rq_completed[1m]))" });

        Assert.True(named.Known);
        Assert.Equal("outbound|80||home.trading.svc.cluster.local", Assert.Single(named.Values).Labels["envoy_cluster_name"]);
        Assert.InRange(own.Value!.Value, 390, 1_000);
        Assert.Empty(Assert.Single(own.Values).Labels);
        Assert.Contains("/stats/prometheus", own.Source, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_is_not_there_fails_or_is_not_known_but_never_zero()
    {
        await using var cloud = await TestCloud.OpenAsync();

        var failed = await Assert.ThrowsAsync<ActivityFailedException>(() => QueryAsync(cloud, new() { Query = "no_such_metric" }));
        var allowed = await QueryAsync(cloud, new() { Query = "no_such_metric", Unknown = WhenUnknown.Allow });

        Assert.Equal(("metrics-unknown", true), (failed.Error.Code, failed.Error.Retryable));
        Assert.Equal((false, null), (allowed.Known, allowed.Value));
        Assert.Contains("there is no such series", allowed.Reason, StringComparison.Ordinal);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(null, null, "bad-argument", "give either query, in PromQL, or name")]
    [InlineData("up", "requests", "bad-argument", "give either query, in PromQL, or name")]
    [InlineData(null, "request", "bad-argument", "there is no query 'request'")]
    [InlineData("rate(up)", null, "bad-query", "takes a series with a range")]
    public async Task A_query_that_cannot_be_is_refused(string? query, string? name, string code, string says)
    {
        await using var cloud = await TestCloud.OpenAsync();

        var failed = await Assert.ThrowsAsync<ActivityFailedException>(() => QueryAsync(cloud, new() { Query = query, Name = name, Unknown = WhenUnknown.Allow }));

        Assert.Equal((code, false), (failed.Error.Code, failed.Error.Retryable));
        Assert.Contains(says, failed.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_watch_within_its_bounds_passes()
    {
        await using var cloud = await TestCloud.OpenAsync();
        var begin = cloud.Clock.GetUtcNow();

        var result = await WatchAsync(cloud, new() { Name = "requests", Least = 1, Most = 2_000, Interval = TimeSpan.FromMinutes(10), Duration = TimeSpan.FromMinutes(30) });

        Assert.True(cloud.Clock.GetUtcNow() - begin >= TimeSpan.FromMinutes(30));
        Assert.InRange(result.Passed, 2, 4);
        Assert.Equal((0, 0), (result.Failed, result.Unknown));
        Assert.InRange(result.Lowest, 390, result.Highest);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_watch_out_of_its_bounds_stops_the_step_at_once()
    {
        await using var cloud = await TestCloud.OpenAsync();

        var failed = await Assert.ThrowsAsync<ActivityFailedException>(() => WatchAsync(cloud, new() { Name = "requests", Most = 10, Duration = TimeSpan.FromDays(30) }));

        Assert.Equal(("metrics-breached", false), (failed.Error.Code, failed.Error.Retryable));
        Assert.Contains("envoy_cluster_name=outbound|80||home.trading.svc.cluster.local), above 10, and 1 measurements failed, 0 may", failed.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_watch_of_nothing_is_unknown()
    {
        await using var cloud = await TestCloud.OpenAsync();

        var failed = await Assert.ThrowsAsync<ActivityFailedException>(() => WatchAsync(cloud, new() { Query = "no_such_metric", Most = 10, Duration = TimeSpan.FromDays(30) }));
        var ended = await Assert.ThrowsAsync<ActivityFailedException>(() => WatchAsync(cloud, new() { Query = "no_such_metric", Most = 10, Unknowns = 1_000, Duration = TimeSpan.FromMinutes(2) }));

        Assert.Equal(("metrics-unknown", true), (failed.Error.Code, failed.Error.Retryable));
        Assert.Contains("4 measurements", failed.Message, StringComparison.Ordinal);
        Assert.Contains("not one measurement", ended.Message, StringComparison.Ordinal);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(null, null, 30, 300, "give a bound")]
    [InlineData(2.0, 1.0, 30, 300, "turn the bounds round")]
    [InlineData(1.0, 2.0, 0.5, 300, "below 1 s")]
    [InlineData(1.0, 2.0, 30, 20, "nothing would be watched")]
    public async Task A_watch_that_cannot_be_is_refused(double? least, double? most, double interval, double duration, string says)
    {
        await using var cloud = await TestCloud.OpenAsync();

        var failed = await Assert.ThrowsAsync<ActivityFailedException>(() => WatchAsync(
            cloud, new() { Name = "requests", Least = least, Most = most, Interval = TimeSpan.FromSeconds(interval), Duration = TimeSpan.FromSeconds(duration) }));

        Assert.Equal(("bad-argument", false), (failed.Error.Code, failed.Error.Retryable));
        Assert.Contains(says, failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void So_many_measurements_may_fail_and_one_more_may_not()
    {
        var tally = new WatchTally(new() { Most = 10, Failures = 2 }, "x");
        tally.Add(Of(20), Midnight);
        tally.Add(Of(5), Midnight.AddSeconds(30));
        tally.Add(Of(20), Midnight.AddSeconds(60));

        var failed = Assert.Throws<ActivityFailedException>(() => tally.Add(Of(20), Midnight.AddSeconds(90)));

        Assert.Equal("metrics-breached", failed.Error.Code);
        Assert.Contains("3 measurements failed, 2 may", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Failing_may_last_so_long_and_no_longer()
    {
        var tally = new WatchTally(new() { Least = 10, Failures = 100, For = TimeSpan.FromSeconds(60) }, "x");
        tally.Add(Of(5), Midnight);
        tally.Add(Of(5), Midnight.AddSeconds(30));
        tally.Add(Of(50), Midnight.AddSeconds(45));
        tally.Add(Of(5), Midnight.AddSeconds(50));
        tally.Add(Unknown, Midnight.AddSeconds(80));
        tally.Add(Of(5), Midnight.AddSeconds(100));

        var failed = Assert.Throws<ActivityFailedException>(() => tally.Add(Of(7, 5), Midnight.AddSeconds(110)));

        Assert.Contains("below 10, and it has failed for 60 s, 60 s may pass", failed.Message, StringComparison.Ordinal);
        var ended = tally.End();
        Assert.Equal((1, 5, 1, 5, 50), (ended.Passed, ended.Failed, ended.Unknown, ended.Lowest, ended.Highest));
    }

    [Fact]
    public void Whatever_is_measured_no_more_fails_than_may() =>
        Gen.Select(Gen.Int[0, 2].Array[0, 40], Gen.Int[0, 5], Gen.Int[0, 3]).Sample((kinds, failures, unknowns) =>
        {
            var tally = new WatchTally(new() { Most = 10, Failures = failures, Unknowns = unknowns }, "x");
            var (failed, row, stopped) = (0, 0, false);
            foreach (var kind in kinds)
            {
                (failed, row) = (failed + (kind == 1 ? 1 : 0), kind == 2 ? row + 1 : 0);
                try
                {
                    tally.Add(kind == 2 ? Unknown : Of(kind == 1 ? 11 : 9), Midnight);
                }
                catch (ActivityFailedException exception)
                {
                    Assert.Equal(kind == 1 ? "metrics-breached" : "metrics-unknown", exception.Error.Code);
                    stopped = true;
                    break;
                }
            }

            Assert.Equal(failed > failures || row > unknowns, stopped);
        });

    [Fact(Timeout = 60_000)]
    public async Task Traffic_is_shifted_though_nobody_knows_how_much_it_is()
    {
        await using var cloud = await TestCloud.OpenAsync();
        var services = cloud.WithMetrics(metrics => metrics.Scrape.Add("http://127.0.0.1:9/metrics"));

        var shifted = await TestCloud.RunAsync<ShiftTraffic, ShiftTrafficArguments, ShiftTrafficResult>(
            services, new() { Weights = System.Collections.Immutable.ImmutableSortedDictionary<string, int>.Empty.Add("home", 100) }, cloud.ATask("shift"));

        Assert.Null(shifted.Demand);
        Assert.Null(Assert.Single(cloud.Journal.Facts.OfType<TrafficShifted>()).Demand);
        var observed = await Assert.ThrowsAsync<ActivityFailedException>(() =>
            TestCloud.RunAsync<ObserveTraffic, ObserveTrafficArguments, ObserveTrafficResult>(services, new(), cloud.ATask("observe")));
        Assert.Equal(("metrics-unavailable", true), (observed.Error.Code, observed.Error.Retryable));
    }

    private static Measurement Unknown { get; } = new([], "nobody knows");

    private static Measurement Of(params double[] values) =>
        new([.. values.Select(value => new MetricSample(System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty, value, Midnight))], null);

    private static Task<QueryMetricsResult> QueryAsync(TestCloud cloud, QueryMetricsArguments arguments) =>
        cloud.RunAsync<QueryMetrics, QueryMetricsArguments, QueryMetricsResult>(arguments, cloud.ATask("query"));

    private static Task<WatchMetricsResult> WatchAsync(TestCloud cloud, WatchMetricsArguments arguments) =>
        cloud.RunAsync<WatchMetrics, WatchMetricsArguments, WatchMetricsResult>(arguments, cloud.ATask("watch"));
}
