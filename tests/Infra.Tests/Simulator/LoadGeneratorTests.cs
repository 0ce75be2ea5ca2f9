using System.Collections.Immutable;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Orchestrator.Fleet.Demand;
using Orchestrator.Infra.LoadTests;
using Orchestrator.Infra.Settings;

namespace Orchestrator.Infra.Tests.Simulator;

/// <summary>The simulated k6: what its options say is what reaches the gateway, and no more than its cores can send.</summary>
public sealed class LoadGeneratorTests
{
    private const string Space = "load-test";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_load_rises_stays_and_goes_with_its_job()
    {
        var clock = new ManualClock();
        await using var cloud = await Clouds.StartAsync(Clouds.AFleet() with { Traffic = DayCurve.Constant(100) }, clock);
        using var client = Clouds.ClientOf(cloud);

        await StartAsync(client, Plan(600));
        var before = await RequestsAsync(cloud);
        clock.Advance(10);
        clock.Advance(30);
        var half = await RequestsAsync(cloud);
        clock.Advance(60);
        var full = await RequestsAsync(cloud);
        await client.BatchV1.DeleteNamespacedJobAsync("load", Space, propagationPolicy: "Background", cancellationToken: Stop);
        var after = await RequestsAsync(cloud);

        Assert.Equal(100, before);
        Assert.InRange(half, 400, 500);
        Assert.Equal(700, full);
        Assert.Equal(100, after);
    }

    /// <summary>The counters have what was sent, whoever looks and how often.</summary>
    [Fact]
    public async Task What_was_counted_is_the_area_under_the_line_and_orders_are_the_customers_alone()
    {
        var fleet = Clouds.AFleet() with { Traffic = DayCurve.Constant(100), HomeCpuMilli = 100_000, Application = new ApplicationProfile { OrdersPerRequest = 0.5 } };
        var (often, once) = (new ManualClock(), new ManualClock());
        await using var watched = await Clouds.StartAsync(fleet, often);
        await using var alone = await Clouds.StartAsync(fleet, once);
        foreach (var cloud in new[] { watched, alone })
        {
            using var client = Clouds.ClientOf(cloud);
            await StartAsync(client, Plan(600));
        }

        for (var second = 0; second < 200; second++)
        {
            often.Advance(1);
            await RequestsAsync(watched);
        }

        once.Advance(200);

        var (seen, unseen) = (await CountedAsync(watched), await CountedAsync(alone));
        Assert.Equal(unseen, seen);
        // 200 s of customers, 60 s of ramp and what is left of the 200 s at the height: the generators start within 6 s.
        Assert.InRange(unseen.Completed, 20_000 + 18_000 + (600 * 133), 20_000 + 18_000 + (600 * 139));
        Assert.Equal(10_000, unseen.Orders);
    }

    [Fact]
    public async Task Generators_send_no_more_than_their_cores_are_able_to()
    {
        var clock = new ManualClock();
        await using var cloud = await Clouds.StartAsync(Clouds.AFleet() with { Traffic = DayCurve.Constant(0) }, clock);
        using var client = Clouds.ClientOf(cloud);

        // 20,000 are asked of what is taken for enough, and is one core.
        await StartAsync(client, Plan(20_000), new LoadTestOptions { Cores = 1, RequestsPerCore = 100_000 });
        clock.Advance(300);

        Assert.Equal(4_000, await RequestsAsync(cloud));
    }

    [Theory]
    [InlineData("http://elsewhere.example.com/", "{}")]
    [InlineData("http://trade.example.com/", """{"x-load-test":"marked"}""")]
    public async Task What_goes_to_another_address_is_nobodys_traffic_and_a_header_without_a_rule_changes_nothing(string url, string headers)
    {
        var clock = new ManualClock();
        await using var cloud = await Clouds.StartAsync(Clouds.AFleet() with { Traffic = DayCurve.Constant(100) }, clock);
        using var client = Clouds.ClientOf(cloud);

        await StartAsync(client, Plan(600) with
        {
            Url = new Uri(url),
            HeadersByDestination = ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>>.Empty.Add(
                "home", JsonNode.Parse(headers)!.AsObject().ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value!.ToString())),
        });
        clock.Advance(300);

        Assert.Equal(url.Contains("elsewhere", StringComparison.Ordinal) ? 100 : 700, await RequestsAsync(cloud));
    }

    [Theory]
    [InlineData("{", 104, "could not parse the options file")]
    [InlineData("{}", 104, "without scenarios")]
    [InlineData("""{"scenarios":{"a":{"executor":"constant-vus","vus":5,"duration":"10s"}}}""", 104, "no executor 'constant-vus'")]
    [InlineData("""{"scenarios":{"a":{"executor":"constant-arrival-rate","rate":5,"duration":"soon","env":{"URL":"http://trade.example.com/"}}}}""", 104, "'soon' is no duration")]
    [InlineData(null, 107, "couldn't be found")]
    public async Task What_k6_would_not_run_fails_with_its_exit_code(string? options, int exit, string said)
    {
        var clock = new ManualClock();
        await using var cloud = await Clouds.StartAsync(environmentClock: clock);
        using var client = Clouds.ClientOf(cloud);
        var files = Map(K6Job.Files(Plan(600), new LoadTestOptions(), null));
        if (options is null)
        {
            files.Data.Remove("load.js");
        }
        else
        {
            files.Data["options.json"] = options;
        }

        await StartAsync(client, Plan(600), files: files);
        clock.Advance(30);

        var pod = Assert.Single((await client.CoreV1.ListNamespacedPodAsync(Space, cancellationToken: Stop)).Items);
        Assert.Equal(exit, pod.Status.ContainerStatuses[0].State.Terminated.ExitCode);
        using var log = new StreamReader(await client.CoreV1.ReadNamespacedPodLogAsync(pod.Name(), Space, cancellationToken: Stop));
        Assert.Contains(said, await log.ReadToEndAsync(Stop), StringComparison.Ordinal);
    }

    private static LoadPlan Plan(double rate) => new(
        "load",
        new Uri("http://trade.example.com/"),
        ImmutableSortedDictionary<string, double>.Empty.Add("home", rate),
        ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>>.Empty.Add("home", ImmutableSortedDictionary<string, string>.Empty),
        TimeSpan.FromMinutes(1),
        TimeSpan.FromHours(1),
        "run/load");

    private static async Task StartAsync(k8s.Kubernetes client, LoadPlan plan, LoadTestOptions? options = null, V1ConfigMap? files = null)
    {
        options ??= new LoadTestOptions();
        await client.CoreV1.CreateNamespaceAsync(new V1Namespace { Metadata = new V1ObjectMeta { Name = Space } }, cancellationToken: Stop);
        await client.CoreV1.CreateNamespacedConfigMapAsync(files ?? Map(K6Job.Files(plan, options, null)), Space, cancellationToken: Stop);
        await client.BatchV1.CreateNamespacedJobAsync(KubernetesJson.Deserialize<V1Job>(K6Job.Job(plan, options, null).ToJsonString()), Space, cancellationToken: Stop);
    }

    private static V1ConfigMap Map(JsonObject files) => KubernetesJson.Deserialize<V1ConfigMap>(files.ToJsonString());

    private static async Task<int> RequestsAsync(Orchestrator.Simulator.SimulatedCloud cloud)
    {
        using var http = new HttpClient { BaseAddress = cloud.BaseAddress };
        return (int)Math.Round(JsonNode.Parse(await http.GetStringAsync("sim/traffic", Stop))!["destinations"]!["home"]!["requestsPerSecond"]!.GetValue<double>());
    }

    private static async Task<(long Completed, long Orders)> CountedAsync(Orchestrator.Simulator.SimulatedCloud cloud)
    {
        using var http = new HttpClient { BaseAddress = cloud.BaseAddress };
        var lines = (await http.GetStringAsync("stats/prometheus", Stop)).Split('\n');
        long Value(string series) => long.Parse(Assert.Single(lines, line => line.StartsWith(series, StringComparison.Ordinal)).Split(' ')[^2]);
        return (Value("envoy_cluster_upstream_rq_completed{"), Value("trading_orders_total{destination=\"home\",outcome=\"accepted\"}"));
    }
}
