using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Orchestrator.Fleet.Demand;
using Orchestrator.Infra.Metrics.Scraping;
using Orchestrator.Infra.Tests.Simulator;
using Orchestrator.Servers;
using Orchestrator.Simulator;

namespace Orchestrator.Infra.Tests.Metrics;

/// <summary>The simulated gateway's exposition.</summary>
public sealed class GatewayTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Counters_are_the_demand_integrated_over_the_environment_clock()
    {
        var clock = new ManualClock();
        var curve = new DayCurve([new(TimeSpan.Zero, 1_000), new(TimeSpan.FromHours(12), 3_000)]);
        await using var cloud = await Clouds.StartAsync(Clouds.AFleet() with { Traffic = curve }, clock);
        var start = clock.GetUtcNow();
        var previous = 0.0;
        foreach (var seconds in (double[])[0.1, 10, 600, 7_200, 86_400])
        {
            clock.Advance(seconds);
            var page = await ReadAsync(cloud);
            var completed = Value(page, "envoy_cluster_upstream_rq_completed", "home");

            Assert.Equal(curve.Integral(start, clock.GetUtcNow()), completed, tolerance: 2);
            Assert.True(completed >= previous);
            Assert.Equal(clock.GetUtcNow(), page.NewestAt);
            previous = completed;
        }
    }

    [Fact]
    public async Task What_was_counted_by_the_old_weights_stays()
    {
        var clock = new ManualClock();
        await using var cloud = await Clouds.StartAsync(environmentClock: clock);
        clock.Advance(100);
        await Clouds.RouteAsync(cloud, ("home", 60), ("unit-1", 40));
        clock.Advance(100);
        var both = await ReadAsync(cloud);
        await Clouds.RouteAsync(cloud, ("home", 100));
        clock.Advance(100);
        var home = await ReadAsync(cloud);

        // The controller looks at a route one to three seconds after it was written: 400 requests a second still go home until then.
        var (atHome, atUnit) = (Value(both, "envoy_cluster_upstream_rq_completed", "home"), Value(both, "envoy_cluster_upstream_rq_completed", "unit-1"));
        Assert.InRange(atHome, 160_400 - 2, 161_200 + 2);
        Assert.Equal(200_000, atHome + atUnit, tolerance: 2);
        // There is no such unit: all of its requests fail.
        Assert.Equal(atUnit, Value(both, "envoy_cluster_upstream_rq_xx", "unit-1", "5"), tolerance: 2);
        Assert.Equal(atHome, Value(both, "envoy_cluster_upstream_rq_xx", "home", "2"), tolerance: 2);
        Assert.InRange(Value(home, "envoy_cluster_upstream_rq_completed", "home"), atHome + 98_800 - 2, atHome + 99_600 + 2);
        Assert.DoesNotContain(home.ByName["envoy_cluster_upstream_rq_completed"].Keys, labels => labels["envoy_cluster_name"].Contains("unit-1", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(600)]
    public async Task Rates_and_the_99th_percentile_are_those_of_the_balancer(double speed)
    {
        await using var drivers = await Drivers.StartAsync(speed: speed, configure: options => options.Metrics.Spacing = TimeSpan.FromMilliseconds(500));
        await Clouds.WhenRoutedAsync(drivers.Cloud, ("home", 70), ("unit-1", 30));
        using var http = new HttpClient { BaseAddress = drivers.Cloud.BaseAddress };

        var reading = await drivers.Traffic.ReadAsync(Stop);
        var truth = JsonNode.Parse(await http.GetStringAsync("sim/traffic", Stop))!;

        Assert.Equal(1_000, reading.Demand, tolerance: 15);
        Assert.Equal(700, reading.ByDestination["home"], tolerance: 10);
        Assert.Equal(300, reading.ByDestination["unit-1"], tolerance: 10);
        Assert.Equal(truth["errorRate"]!.GetValue<double>(), reading.ErrorRate!.Value, tolerance: 0.01);
        foreach (var destination in (string[])["home", "unit-1"])
        {
            var p99 = truth["destinations"]![destination]!["p99Milliseconds"]!.GetValue<double>();
            var (low, high) = Bucket(p99);
            Assert.InRange(reading.P99ByDestination[destination].TotalMilliseconds, low, high);
        }

        Assert.Equal(reading.P99ByDestination["unit-1"], reading.P99);
        Assert.Empty(reading.Unknown);
    }

    [Fact]
    public async Task A_new_unit_is_seen_at_once_and_traffic_that_left_it_is_not_lost()
    {
        await using var drivers = await Drivers.StartAsync(speed: 600);
        await drivers.Traffic.ReadAsync(Stop);

        await Clouds.WhenRoutedAsync(drivers.Cloud, ("home", 40), ("unit-9", 60));
        await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, Stop);
        var reading = await drivers.Traffic.ReadAsync(Stop);

        Assert.Equal(1_000, reading.Demand, tolerance: 30);
        Assert.Equal(600, reading.ByDestination["unit-9"], tolerance: 30);
    }

    [Fact]
    public async Task Both_formats_say_the_same()
    {
        var clock = new ManualClock();
        await using var cloud = await Clouds.StartAsync(environmentClock: clock);
        clock.Advance(12.345);

        var (text, open) = (await ReadAsync(cloud), await ReadAsync(cloud, openMetrics: true));

        Assert.Equal(text.Series, open.Series);
        Assert.Equal(text.NewestAt, open.NewestAt);
        Assert.Equal(text.ByName.Keys.Order(), open.ByName.Keys.Order());
        Assert.Equal(Value(text, "envoy_cluster_upstream_rq_completed", "home"), Value(open, "envoy_cluster_upstream_rq_completed", "home"));
        Assert.Equal("unknown", open.Types["envoy_cluster_upstream_rq_completed"]);
    }

    [Fact]
    public async Task Promtool_reads_the_exposition_and_finds_no_more_than_Envoys_names()
    {
        Assert.SkipUnless(ServerAvailability.WhyNoPromtool.Length == 0, ServerAvailability.WhyNoPromtool);
        await using var cloud = await Clouds.StartAsync();
        await Clouds.WhenRoutedAsync(cloud, ("home", 70), ("unit-1", 30));
        using var http = new HttpClient();
        var page = await http.GetStringAsync(new Uri(cloud.BaseAddress, "stats/prometheus"), Stop);

        var said = await CheckAsync(page);

        Assert.DoesNotContain(said, line => line.Contains("error", StringComparison.OrdinalIgnoreCase));
        // Envoy's counters have no _total.
        Assert.All(said, line => Assert.Contains("counter metrics should have \"_total\" suffix", line, StringComparison.Ordinal));
        Assert.NotEmpty(await CheckAsync("a{ 1"));
    }

    private static async Task<string[]> CheckAsync(string page)
    {
        using var promtool = Process.Start(new ProcessStartInfo("promtool", ["check", "metrics"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = Task.WhenAll(promtool.StandardOutput.ReadToEndAsync(Stop), promtool.StandardError.ReadToEndAsync(Stop));
        await promtool.StandardInput.WriteAsync(page);
        promtool.StandardInput.Close();
        await promtool.WaitForExitAsync(Stop);
        return [.. (await said).SelectMany(text => text.Split('\n', StringSplitOptions.RemoveEmptyEntries))];
    }

    private static (double Low, double High) Bucket(double milliseconds)
    {
        double[] bounds = [0, 0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000];
        var index = Array.FindIndex(bounds, bound => bound >= milliseconds);
        return (bounds[index - 1], bounds[index]);
    }

    private static async Task<ExpositionPage> ReadAsync(SimulatedCloud cloud, bool openMetrics = false)
    {
        using var http = new HttpClient { BaseAddress = cloud.BaseAddress };
        http.DefaultRequestHeaders.Accept.Add(MediaTypeWithQualityHeaderValue.Parse(openMetrics ? "application/openmetrics-text;version=1.0.0" : "text/plain;version=0.0.4"));
        using var response = await http.GetAsync("stats/prometheus", Stop);
        Assert.Equal(openMetrics ? "application/openmetrics-text" : "text/plain", response.Content.Headers.ContentType!.MediaType);
        return ExpositionReader.Read(await response.Content.ReadAsStringAsync(Stop), openMetrics ? ExpositionFormat.OpenMetrics : ExpositionFormat.Text, 10_000);
    }

    private static double Value(ExpositionPage page, string name, string destination, string? responseClass = null) =>
        Assert.Single(page.ByName[name], one => one.Key["envoy_cluster_name"] == $"outbound|80||{destination}.trading.svc.cluster.local" && (responseClass is null || one.Key["envoy_response_code_class"] == responseClass)).Value.Value;
}
