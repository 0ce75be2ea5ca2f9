using System.Text.Json.Nodes;
using k8s;
using Orchestrator.Fleet.Demand;
using Orchestrator.Fleet.Files;
using Orchestrator.Infra.Metrics.Scraping;
using Orchestrator.Simulator;

namespace Orchestrator.Infra.Tests.Simulator;

/// <summary>The simulated world's capacity: what is offered is served or rejected, and nothing is served that the cores cannot.</summary>
public sealed class TrafficFlowTests
{
    private static readonly ApplicationProfile application = new() { RequestsPerCore = 10, BaseMilliseconds = 40, ObjectiveMilliseconds = 200, TimeoutMilliseconds = 2_000, OrdersPerRequest = 0.5, NeighbourLossPercent = 25 };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>A home of 60 cores: 600 requests a second at the objective.</summary>
    private static FleetDefinition Fleet(DayCurve traffic, double? entryLimit = null) =>
        Clouds.AFleet() with { Traffic = traffic, Application = application, HomeCpuMilli = 60_000, EntryLimit = entryLimit };

    [Theory]
    [InlineData(0, 40, 0)]
    [InlineData(600, 200, 0)]
    // 735 are served at most, the others wait in vain.
    [InlineData(1_000, 2_000, 0.265)]
    public async Task Latency_rises_as_a_queues_does_and_what_is_beyond_is_rejected(double traffic, double p99, double errors)
    {
        await using var cloud = await Clouds.StartAsync(Fleet(DayCurve.Constant(traffic)), new ManualClock());
        using var http = new HttpClient { BaseAddress = cloud.BaseAddress };

        var now = JsonNode.Parse(await http.GetStringAsync("sim/traffic", Stop))!;

        Assert.Equal(p99, now["p99Milliseconds"]!.GetValue<double>(), tolerance: 0.5);
        Assert.Equal(errors, now["errorRate"]!.GetValue<double>(), tolerance: 0.001);
        Assert.Equal(600, now["destinations"]!["home"]!["capacityPerSecond"]!.GetValue<double>(), tolerance: 0.001);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Served_and_rejected_are_what_was_offered_whoever_looks_and_how_often(int seed)
    {
        var random = new Random(seed);
        var curve = new DayCurve(Enumerable.Range(0, 24).Select(hour => new DayPoint(TimeSpan.FromHours(hour) + TimeSpan.FromSeconds(random.Next(3_600)), random.Next(0, 2_000))));
        var (often, once) = (new ManualClock(), new ManualClock());
        await using var watched = await Clouds.StartAsync(Fleet(curve, entryLimit: 1_500), often);
        await using var alone = await Clouds.StartAsync(Fleet(curve, entryLimit: 1_500), once);
        foreach (var cloud in new[] { watched, alone })
        {
            using var client = Clouds.ClientOf(cloud);
            await Clouds.DeployAsync(client, "unit-1", replicas: 8, cpu: "4", memory: "2Gi", unit: "unit-1");
        }

        for (var change = 0; change < 6; change++)
        {
            var weight = random.Next(1, 100);
            foreach (var cloud in new[] { watched, alone })
            {
                await Clouds.RouteAsync(cloud, ("home", 100 - weight), ("unit-1", weight));
            }

            var seconds = random.Next(60, 7_200);
            double[] cuts = [.. Enumerable.Range(0, 20).Select(_ => random.NextDouble() * seconds).Append(0).Append(seconds).Order()];
            foreach (var cut in cuts.Zip(cuts.Skip(1), (from, to) => to - from))
            {
                var before = await ReadAsync(watched);
                often.Advance(TimeSpan.FromSeconds(cut));
                var after = await ReadAsync(watched);
                // Nothing beyond what the cores can: 735 of home's 60, of the unit's 32 at most 392.
                Assert.InRange(Served(after, "home") - Served(before, "home"), 0, (cut * application.MostPerCore * 60) + 1);
                Assert.InRange(Served(after, "unit-1") - Served(before, "unit-1"), 0, (cut * application.MostPerCore * 32) + 1);
            }

            // To the tick: the parts may not sum to the whole.
            once.Advance(often.GetUtcNow() - once.GetUtcNow());
        }

        var (one, other) = (await ReadAsync(watched), await ReadAsync(alone));
        var offered = curve.CutAt(1_500).Integral(new ManualClock().GetUtcNow(), once.GetUtcNow());
        Assert.Equal(offered, Completed(one, "home") + Completed(one, "unit-1"), tolerance: 4);
        Assert.Equal(
            curve.Integral(new ManualClock().GetUtcNow(), once.GetUtcNow()), Sum(one, "envoy_http_local_rate_limiter_http_local_rate_limit_ok") + Sum(one, "envoy_http_local_rate_limiter_http_local_rate_limit_rate_limited"), tolerance: 3);
        Assert.Equal(Completed(one, "home") * 0.5, one.ByName["trading_orders_total"].Where(series => series.Key["destination"] == "home").Sum(series => series.Value.Value), tolerance: 3);
        Assert.All(one.ByName, family => Assert.All(family.Value, series => Assert.Equal(series.Value.Value, other.ByName[family.Key][series.Key].Value, tolerance: Math.Max(2, series.Value.Value * 1e-9))));
    }

    [Fact]
    public async Task A_nodes_online_use_is_what_the_traffic_makes_of_its_pods()
    {
        var clock = new ManualClock();
        await using var cloud = await Clouds.StartAsync(Fleet(DayCurve.Constant(400)), clock);
        using var client = Clouds.ClientOf(cloud);
        using var http = new HttpClient { BaseAddress = cloud.BaseAddress };
        await Clouds.DeployAsync(client, "unit-1", replicas: 4, cpu: "4", memory: "2Gi", unit: "unit-1");
        clock.Advance(60);
        var idle = await OnlineAsync(http);

        await Clouds.RouteAsync(cloud, ("home", 75), ("unit-1", 25));
        clock.Advance(30);
        var busy = await OnlineAsync(http);
        await Clouds.RouteAsync(cloud, ("home", 100));
        clock.Advance(30);
        var after = await OnlineAsync(http);

        Assert.All(idle.Concat(after), used => Assert.Equal(0, used));
        // 100 requests a second over 16 cores, which saturate at 12.5 each. Batch beside them takes of what they serve, not of what they use.
        Assert.All(busy, used => Assert.InRange(used, 4_000 * 100 / (16 * 12.5), 4_000 * 100 / (16 * 12.5 * 0.75)));
    }

    [Fact]
    public async Task What_fits_nowhere_waits_with_the_reason_and_is_placed_when_there_is_room()
    {
        var clock = new ManualClock();
        await using var cloud = await Clouds.StartAsync(environmentClock: clock);
        using var client = Clouds.ClientOf(cloud);
        await Clouds.DeployAsync(client, "large", replicas: 5, cpu: "20", memory: "2Gi", unit: null);
        clock.Advance(60);
        var pods = await client.CoreV1.ListNamespacedPodAsync("large", cancellationToken: Stop);
        var waiting = Assert.Single(pods.Items, pod => pod.Spec.NodeName is null);

        Assert.Equal("Pending", waiting.Status.Phase);
        Assert.Equal("0/4 nodes are available: 4 Insufficient cpu.", waiting.Status.Conditions.Single(condition => condition.Type == "PodScheduled").Message);
        Assert.Equal(4, pods.Items.Select(pod => pod.Spec.NodeName).OfType<string>().Distinct().Count());

        await client.CoreV1.DeleteNamespacedPodAsync(pods.Items.First(pod => pod.Spec.NodeName is not null).Metadata.Name, "large", cancellationToken: Stop);
        clock.Advance(60);

        var later = await client.CoreV1.ReadNamespacedPodAsync(waiting.Metadata.Name, "large", cancellationToken: Stop);
        Assert.Equal("Running", later.Status.Phase);
    }

    private static async Task<double[]> OnlineAsync(HttpClient http) =>
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async node => JsonNode.Parse(await http.GetStringAsync($"sim/hosts/{Clouds.Cluster}/{Clouds.Node(node)}", Stop))!["onlineCpuUsedMilli"]!.GetValue<double>()));

    private static async Task<ExpositionPage> ReadAsync(SimulatedCloud cloud)
    {
        using var http = new HttpClient { BaseAddress = cloud.BaseAddress };
        return ExpositionReader.Read(await http.GetStringAsync("stats/prometheus", Stop), ExpositionFormat.Text, 10_000);
    }

    private static double Sum(ExpositionPage page, string name) => page.ByName[name].Sum(series => series.Value.Value);

    private static double Served(ExpositionPage page, string destination) => Value(page, "envoy_cluster_upstream_rq_xx", destination, "2");

    private static double Completed(ExpositionPage page, string destination) => Value(page, "envoy_cluster_upstream_rq_completed", destination, null);

    private static double Value(ExpositionPage page, string name, string destination, string? responseClass) =>
        page.ByName[name].Where(one => one.Key["envoy_cluster_name"] == $"outbound|80||{destination}.trading.svc.cluster.local" && (responseClass is null || one.Key["envoy_response_code_class"] == responseClass)).Sum(one => one.Value.Value);
}
