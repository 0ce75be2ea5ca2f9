using System.Globalization;
using Microsoft.AspNetCore.Http;
using Orchestrator.Infra.Metrics;

namespace Orchestrator.Infra.Tests.Metrics;

public sealed class ScrapedMetricsTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_reading_of_a_process_is_a_rate_and_not_zero()
    {
        var count = 0;
        await using var rig = await Rig.ScrapedAsync(context => Rig.Saying(Counters(1_000 + (500 * Interlocked.Increment(ref count))))(context), Wide);

        var reading = await rig.Traffic.ReadAsync(Stop);

        // 500 requests in about 400 ms of spacing.
        Assert.InRange(reading.Demand, 100, 1_300);
        Assert.Equal(2, count);
    }

    [Fact]
    public async Task A_later_reading_takes_the_earlier_scrape_to_compare_with()
    {
        var count = 0;
        await using var rig = await Rig.ScrapedAsync(context => Rig.Saying(Counters(1_000 * Interlocked.Increment(ref count)))(context), Wide);
        await rig.Traffic.ReadAsync(Stop);
        await Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System, Stop);

        await rig.Traffic.ReadAsync(Stop);

        Assert.Equal(3, count);
    }

    [Fact]
    public async Task What_is_asked_for_the_first_time_is_read_from_the_last_two_scrapes_and_older_ones_are_not_missed()
    {
        var count = 0;
        await using var rig = await Rig.ScrapedAsync(context => Rig.Saying(string.Create(CultureInfo.InvariantCulture, $"a {++count * 100}\nb {count * 1000}\n# TYPE c counter\nc {1_000_000 + (count * 1000)}\n"))(context), Wide);

        var first = await rig.Metrics.QueryAsync("rate(a[1m])", null, Stop);
        var second = await rig.Metrics.QueryAsync("rate(b[1m]) / rate(a[1m])", null, Stop);

        Assert.InRange(Assert.Single(first.Samples).Value, 20, 260);
        Assert.Equal(10, Assert.Single(second.Samples).Value, tolerance: 0.001);
        Assert.Equal(2, count);
        for (var index = 0; index < 3; index++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System, Stop);
            await rig.Metrics.QueryAsync("rate(a[1m])", null, Stop);
        }

        Assert.Equal(5, count);
        // Of the first scrapes c is not kept: that is no beginning at zero.
        Assert.InRange(Assert.Single((await rig.Metrics.QueryAsync("rate(c[1m])", null, Stop)).Samples).Value, 200, 5_000);
    }

    [Fact]
    public async Task A_restart_of_the_gateway_is_no_negative_traffic()
    {
        var count = 0;
        await using var rig = await Rig.ScrapedAsync(context => Rig.Saying(Counters(Interlocked.Increment(ref count) == 1 ? 1_000_000 : 50))(context));

        Assert.InRange((await rig.Traffic.ReadAsync(Stop)).Demand, 50, 600);
    }

    [Fact]
    public async Task The_first_failures_are_seen_though_their_series_is_new_and_says_no_type()
    {
        var count = 0;
        await using var rig = await Rig.ScrapedAsync(context => Rig.Saying(Interlocked.Increment(ref count) == 1 ? Classes(1_000, "") : Classes(1_000 + (100 * count), "envoy_cluster_upstream_rq_xx{envoy_cluster_name=\"home\",envoy_response_code_class=\"5\"} 100\n"))(context), Wide);

        Assert.Equal(1, (await rig.Traffic.ReadAsync(Stop)).ErrorRate!.Value, tolerance: 0.01);

        static string Classes(int completed, string failed) => string.Create(
            CultureInfo.InvariantCulture,
            $"envoy_cluster_upstream_rq_completed{{envoy_cluster_name=\"home\"}} {completed}\nenvoy_cluster_upstream_rq_xx{{envoy_cluster_name=\"home\",envoy_response_code_class=\"2\"}} 1000\n{failed}");
    }

    [Fact]
    public async Task Nothing_failed_where_all_requests_are_of_other_classes()
    {
        var count = 0;
        await using var rig = await Rig.ScrapedAsync(context => Rig.Saying(Counters(100 * Interlocked.Increment(ref count)) + string.Create(CultureInfo.InvariantCulture, $"envoy_cluster_upstream_rq_xx{{envoy_cluster_name=\"home\",envoy_response_code_class=\"2\"}} {100 * count}\n"))(context), Wide);

        var reading = await rig.Traffic.ReadAsync(Stop);

        Assert.Equal(0, reading.ErrorRate);
        Assert.Null(reading.P99);
        Assert.Contains(reading.Unknown, reason => reason.StartsWith("p99: ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(200, "text/html", "<html></html>", MetricsFailure.NotMetrics, "text/html")]
    [InlineData(200, "text/plain", "<html></html>", MetricsFailure.NotMetrics, "line 1: this is HTML")]
    [InlineData(200, "application/json", "{}", MetricsFailure.NotMetrics, "application/json")]
    [InlineData(200, "text/plain", "", MetricsFailure.NotMetrics, "no series at all")]
    [InlineData(200, "text/plain", "a 1\na 2\n", MetricsFailure.NotMetrics, "line 2: the series a{} is there twice")]
    [InlineData(200, "application/openmetrics-text; version=1.0.0", "a 1\n", MetricsFailure.NotMetrics, "cut off")]
    [InlineData(404, "text/plain", "", MetricsFailure.Refused, "404")]
    [InlineData(403, "text/plain", "", MetricsFailure.Refused, "403")]
    [InlineData(500, "text/plain", "broken", MetricsFailure.Failing, "500: broken")]
    public async Task Whatever_is_no_exposition_is_an_error_of_its_kind(int status, string type, string body, MetricsFailure failure, string says)
    {
        await using var rig = await Rig.ScrapedAsync(body, status, type);

        var error = await Assert.ThrowsAsync<MetricsException>(() => rig.Metrics.QueryAsync("a", null, Stop));

        Assert.Equal(failure, error.Failure);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.Contains("/metrics", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_without_end_is_cut_off()
    {
        var line = string.Concat(Enumerable.Repeat("# comment\n", 10_000));
        await using var rig = await Rig.ScrapedAsync(async context =>
        {
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.WriteAsync(line, context.RequestAborted);
            }
        }, options => options.Timeout = TimeSpan.FromSeconds(30));

        Assert.Equal(MetricsFailure.TooLarge, (await Assert.ThrowsAsync<MetricsException>(() => rig.Metrics.QueryAsync("a", null, Stop))).Failure);
    }

    [Fact]
    public async Task One_endpoint_that_is_away_makes_the_sum_unknown()
    {
        await using var rig = await Rig.ScrapedAsync(Counters(5), with: options => options.Scrape.Add("http://127.0.0.1:9/metrics"));

        var error = await Assert.ThrowsAsync<MetricsException>(() => rig.Traffic.ReadAsync(Stop));

        Assert.Equal(MetricsFailure.Unreachable, error.Failure);
        Assert.Contains("127.0.0.1:9", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Samples_of_long_ago_are_unknown()
    {
        var count = 0;
        await using var rig = await Rig.ScrapedAsync(context => Rig.Saying($"envoy_cluster_upstream_rq_completed{{envoy_cluster_name=\"home\"}} {++count} {1395066363000 + (count * 1000)}\n")(context));

        var error = await Assert.ThrowsAsync<MetricsException>(() => rig.Traffic.ReadAsync(Stop));

        Assert.Equal(MetricsFailure.Absent, error.Failure);
        Assert.Contains("counts as none", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_past_and_what_only_a_server_knows_are_refused()
    {
        await using var rig = await Rig.ScrapedAsync(Counters(5));

        var past = await Assert.ThrowsAsync<MetricsException>(() => rig.Metrics.QueryAsync("a", TimeProvider.System.GetUtcNow(), Stop));
        var unknown = await Assert.ThrowsAsync<MetricsException>(() => rig.Metrics.QueryAsync("predict_linear(a[1h], 60)", null, Stop));

        Assert.Equal((MetricsFailure.BadQuery, MetricsFailure.BadQuery), (past.Failure, unknown.Failure));
        Assert.Contains("Infra:Metrics:Prometheus", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_source_the_traffic_is_unknown()
    {
        await using var rig = await Rig.ScrapedAsync("", with: options => options.Scrape.Clear());

        var error = await Assert.ThrowsAsync<MetricsException>(() => rig.Traffic.ReadAsync(Stop));

        Assert.Equal(MetricsFailure.Absent, error.Failure);
        Assert.Contains("Infra:Metrics:Scrape", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endpoint_is_asked_as_a_Prometheus_server_asks()
    {
        string? accept = null;
        await using var rig = await Rig.ScrapedAsync(context =>
        {
            accept = context.Request.Headers.Accept.ToString();
            return Rig.Saying("a 1\n# EOF\n", type: "application/openmetrics-text; version=1.0.0; charset=utf-8")(context);
        });

        Assert.Equal(1, Assert.Single((await rig.Metrics.QueryAsync("a", null, Stop)).Samples).Value);
        Assert.Contains("application/openmetrics-text; version=1.0.0", accept, StringComparison.Ordinal);
        Assert.Contains("text/plain; version=0.0.4", accept, StringComparison.Ordinal);
    }

    /// <summary>Wide enough that a busy machine does not make a scrape look old before it is used.</summary>
    private static void Wide(Orchestrator.Infra.Settings.MetricsOptions options) => options.Spacing = TimeSpan.FromMilliseconds(400);

    private static string Counters(long home) => string.Create(CultureInfo.InvariantCulture, $"# TYPE envoy_cluster_upstream_rq_completed counter\nenvoy_cluster_upstream_rq_completed{{envoy_cluster_name=\"home\"}} {home}\n");
}
