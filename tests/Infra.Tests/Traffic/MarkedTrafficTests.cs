using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Orchestrator.Fleet.Demand;
using Orchestrator.Infra.Tests.Simulator;
using Orchestrator.Infra.Traffic;

namespace Orchestrator.Infra.Tests.Traffic;

/// <summary>Requests with a header of their own, by both routers against the simulated cloud.</summary>
public sealed class MarkedTrafficTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>A tenth of the customers' requests are internal users'.</summary>
    private static Orchestrator.Fleet.Files.FleetDefinition Fleet { get; } = Clouds.AFleet() with { Traffic = DayCurve.Constant(1_000), Application = new ApplicationProfile { InternalPercent = 10 } };

    [Fact]
    public async Task Marked_requests_go_elsewhere_and_everybody_elses_stay()
    {
        await using var drivers = await Drivers.StartAsync(Fleet);
        await AddUnitAsync(drivers, "unit-1");

        await drivers.Router.MarkAsync(Internal("canary", ("unit-1", 100)), Stop);
        var during = await RequestsAsync(drivers);
        var weights = await drivers.Router.ReadAsync(Stop);
        await drivers.Router.MarkAsync(Internal("canary", ("unit-1", 40), ("home", 60)), Stop);
        var other = await RequestsAsync(drivers);
        await drivers.Router.UnmarkAsync("canary", Stop);
        var after = await RequestsAsync(drivers);
        await drivers.Router.UnmarkAsync("canary", Stop);

        Assert.Equal((900, 100), during);
        Assert.Equal("home 100 %", Shares.Show(weights.ByDestination));
        Assert.Equal((960, 40), other);
        Assert.Equal((1_000, 0), after);
    }

    [Fact]
    public async Task A_marked_route_has_the_gateways_names_and_paths_of_the_route_and_a_header_more()
    {
        await using var drivers = await Drivers.StartAsync(Fleet);
        using var client = Clouds.ClientOf(drivers.Cloud);

        await drivers.Router.MarkAsync(Internal("canary", ("home", 100)), Stop);

        var body = JsonSerializer.SerializeToNode(await client.CustomObjects.GetNamespacedCustomObjectAsync("gateway.networking.k8s.io", "v1", "trading", "httproutes", "trading-canary", Stop))!;
        Assert.Equal(("trading", "trade.example.com"), (body["spec"]!["parentRefs"]![0]!["name"]!.ToString(), body["spec"]!["hostnames"]![0]!.ToString()));
        Assert.Equal(
            """{"path":{"type":"PathPrefix","value":"/"},"headers":[{"type":"Exact","name":"x-user-group","value":"internal"}]}""", body["spec"]!["rules"]![0]!["matches"]![0]!.ToJsonString());
    }

    [Fact]
    public async Task A_destination_that_is_nowhere_is_refused_by_the_gateway()
    {
        await using var drivers = await Drivers.StartAsync(Fleet);

        var refused = await Assert.ThrowsAsync<TrafficException>(() => drivers.Router.MarkAsync(Internal("canary", ("nobody", 100)), Stop));

        Assert.Equal((TrafficErrorKind.NoSuchBackend, "BackendNotFound"), (refused.Kind, refused.Reason));
        await drivers.Router.UnmarkAsync("canary", Stop);
    }

    [Fact]
    public async Task More_values_than_a_route_has_rules_are_refused_and_so_are_weights_that_do_not_sum()
    {
        await using var drivers = await Drivers.StartAsync(Fleet);
        var many = new MarkedTraffic("canary", "x-user-group", Enumerable.Range(1, 17).ToImmutableSortedDictionary(value => $"{value:00}", _ => Of(("home", 100))), "key");

        var refused = await Assert.ThrowsAsync<TrafficException>(() => drivers.Router.MarkAsync(many, Stop));

        Assert.Contains("at most 16", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentException>(() => drivers.Router.MarkAsync(Internal("canary", ("home", 99)), Stop));
    }

    [Fact]
    public async Task A_load_balancer_sends_marked_requests_by_rules_of_their_own()
    {
        await using var bench = await AlbBench.StartAsync(options => options with { Fleet = Fleet });
        var router = bench.Router();

        await router.MarkAsync(Internal("canary", ("unit-1", 100)), Stop);
        await router.MarkAsync(Internal("canary", ("unit-1", 50), ("home", 50)), Stop);
        var rules = await bench.Alb.ListRulesAsync(bench.Listener, Stop).ToListAsync(Stop);
        var during = await RequestsAsync(bench.Cloud);
        var weights = await router.ReadAsync(Stop);
        await router.UnmarkAsync("canary", Stop);
        var left = await bench.Alb.ListRulesAsync(bench.Listener, Stop).ToListAsync(Stop);
        var after = await RequestsAsync(bench.Cloud);

        Assert.Equal([("canary-internal", 99), ("buyers", 100)], rules.OrderBy(rule => rule.Priority).Select(rule => (rule.RuleName, rule.Priority)));
        Assert.Equal((950, 50), during);
        Assert.Equal("home 100 %", Shares.Show(weights.ByDestination));
        Assert.Equal("buyers", Assert.Single(left).RuleName);
        Assert.Equal((1_000, 0), after);
    }

    private static MarkedTraffic Internal(string name, params (string Destination, int Percent)[] weights) =>
        new(name, "x-user-group", ImmutableSortedDictionary<string, ImmutableDictionary<string, int>>.Empty.Add("internal", Of(weights)), "run/mark");

    private static ImmutableDictionary<string, int> Of(params (string Destination, int Percent)[] weights) => weights.ToImmutableDictionary(weight => weight.Destination, weight => weight.Percent);

    private static Task<(int Home, int Unit)> RequestsAsync(Drivers drivers) => RequestsAsync(drivers.Cloud);

    /// <summary>As things are at this moment, not as they are measured.</summary>
    private static async Task<(int Home, int Unit)> RequestsAsync(Orchestrator.Simulator.SimulatedCloud cloud)
    {
        using var http = new HttpClient { BaseAddress = cloud.BaseAddress };
        var destinations = JsonNode.Parse(await http.GetStringAsync("sim/traffic", Stop))!["destinations"]!;
        int Requests(string destination) => (int)Math.Round(destinations[destination]?["requestsPerSecond"]!.GetValue<double>() ?? 0);
        return (Requests("home"), Requests("unit-1"));
    }

    private static async Task AddUnitAsync(Drivers drivers, string unit)
    {
        using var client = Clouds.ClientOf(drivers.Cloud);
        await client.CoreV1.CreateNamespacedServiceAsync(
            new V1Service { Metadata = new V1ObjectMeta { Name = unit }, Spec = new V1ServiceSpec { Ports = [new V1ServicePort { Port = 80 }] } }, "trading", cancellationToken: Stop);
    }
}
