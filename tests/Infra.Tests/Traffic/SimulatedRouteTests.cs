using System.Collections.Immutable;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Orchestrator.Infra.Tests.Alibaba.Sdk;
using Orchestrator.Infra.Tests.Simulator;
using Orchestrator.Infra.Traffic;
using Orchestrator.Simulator.Effects;

namespace Orchestrator.Infra.Tests.Traffic;

/// <summary>The simulated cloud's HTTPRoutes, by our router and by others.</summary>
public sealed class SimulatedRouteTests
{
    private static readonly ImmutableDictionary<string, int> home = Of(("home", 100));

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_traffic_follows_the_route_once_the_controller_has_seen_it()
    {
        await using var drivers = await Drivers.StartAsync();
        await AddUnitAsync(drivers, "unit-1");
        var first = await drivers.Router.ReadAsync(Stop);
        var change = new TrafficChange(first.ByDestination, Of(("home", 70), ("unit-1", 30)), "run/shift");

        var inForce = await drivers.Router.ShiftAsync(change, Stop);
        var again = await drivers.Router.ShiftAsync(change, Stop);

        Assert.Equal((100, RoutingStage.Accepted), (first.ByDestination["home"], first.Stage));
        Assert.Equal(("home 70 %, unit-1 30 %", RoutingStage.Accepted), (Shares.Show(inForce.ByDestination), inForce.Stage));
        Assert.Equal(inForce, again with { ByDestination = inForce.ByDestination });
        var effect = Assert.Single(drivers.Cloud.Effects, effect => effect.Kind == EffectKind.Traffic);
        Assert.Equal(("balancer", "run/shift", "home=100→home=70,unit-1=30"), (effect.Target, effect.Key, effect.Detail));
        Assert.Equal(300, (await drivers.Traffic.ReadAsync(Stop)).ByDestination["unit-1"], tolerance: 1);
    }

    [Fact]
    public async Task Nothing_is_in_force_before_the_controllers_time()
    {
        var clock = new ManualClock();
        await using var cloud = await Clouds.StartAsync(environmentClock: clock);
        using var client = Clouds.ClientOf(cloud);
        using var http = new HttpClient { BaseAddress = cloud.BaseAddress };
        await PatchAsync(client, """{"spec":{"rules":[{"backendRefs":[{"name":"home","port":80,"weight":1},{"name":"nobody","port":80,"weight":3}]}]}}""");

        var (early, before) = (await GetAsync(client), await WeightsAsync(http));
        clock.Advance(5);
        var (late, after) = (await GetAsync(client), await WeightsAsync(http));

        Assert.Equal((2, 1), (early["metadata"]!["generation"]!.GetValue<int>(), Condition(early, "Accepted")["observedGeneration"]!.GetValue<int>()));
        Assert.Equal(("""{"home":100}""", """{"home":25,"nobody":75}"""), (before, after));
        Assert.Equal((2, "True"), (Condition(late, "Accepted")["observedGeneration"]!.GetValue<int>(), Condition(late, "Accepted")["status"]!.ToString()));
        Assert.Equal(("False", "BackendNotFound"), (Condition(late, "ResolvedRefs")["status"]!.ToString(), Condition(late, "ResolvedRefs")["reason"]!.ToString()));
        // What goes to nobody fails.
        Assert.Equal(0.75, JsonNode.Parse(await http.GetStringAsync("sim/traffic", Stop))!["errorRate"]!.GetValue<double>(), 0.001);
    }

    [Fact]
    public async Task A_unit_that_is_nowhere_is_refused_and_the_way_back_is_open()
    {
        await using var drivers = await Drivers.StartAsync();

        var refused = await Assert.ThrowsAsync<TrafficException>(() => drivers.Router.ShiftAsync(new(home, Of(("home", 60), ("ghost", 40)), "run/shift"), Stop));
        var back = await drivers.Router.ShiftAsync(new(Of(("home", 60), ("ghost", 40)), home, "run/shift/held"), Stop);

        Assert.Equal((TrafficErrorKind.NoSuchBackend, "BackendNotFound", true), (refused.Kind, refused.Reason, refused.Written));
        Assert.Equal("home 100 %", Shares.Show(back.ByDestination));
    }

    [Fact]
    public async Task A_route_without_a_gateway_is_never_in_force()
    {
        await using var drivers = await Drivers.StartAsync();
        using var client = Clouds.ClientOf(drivers.Cloud);
        await PatchAsync(client, """{"spec":{"parentRefs":[{"name":"absent"}]}}""");

        var never = await Assert.ThrowsAsync<TrafficException>(() => drivers.Router.WaitAsync(new(home, home, "wait"), Stop));

        Assert.Equal(TrafficErrorKind.NotObserved, never.Kind);
        Assert.Contains("no controller has taken it for gateway absent", never.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_edits_the_route_owns_its_rules_until_they_are_taken_over()
    {
        await using var drivers = await Drivers.StartAsync();
        using var client = Clouds.ClientOf(drivers.Cloud);
        await AddUnitAsync(drivers, "unit-1");
        await PatchAsync(client, """{"spec":{"rules":[{"timeouts":{"request":"3s"},"backendRefs":[{"name":"home","port":80,"weight":100}]}]}}""", "kubectl-edit");

        var conflict = await Assert.ThrowsAsync<TrafficException>(() => drivers.Router.ShiftAsync(new(home, Of(("home", 70), ("unit-1", 30)), "run/shift"), Stop));

        Assert.Equal(TrafficErrorKind.FieldConflict, conflict.Kind);
        Assert.Equal(["kubectl-edit"], conflict.Managers);
        Assert.DoesNotContain(drivers.Cloud.Effects, effect => effect.Kind == EffectKind.Traffic);

        await using var forcing = await Drivers.StartAsync(configure: options => options.Traffic.ForceConflicts = true);
        using var other = Clouds.ClientOf(forcing.Cloud);
        await AddUnitAsync(forcing, "unit-1");
        await PatchAsync(other, """{"spec":{"rules":[{"timeouts":{"request":"3s"},"backendRefs":[{"name":"home","port":80,"weight":100}]}]}}""", "kubectl-edit");
        await forcing.Router.ShiftAsync(new(home, Of(("home", 70), ("unit-1", 30)), "run/shift"), Stop);

        var route = await GetAsync(other);
        Assert.Equal("3s", route["spec"]!["rules"]![0]!["timeouts"]!["request"]!.ToString());
        Assert.Equal("trade.example.com", route["spec"]!["hostnames"]![0]!.ToString());
        Assert.Equal(["orchestrator"], route["metadata"]!["managedFields"]!.AsArray().Where(entry => entry!["fieldsV1"]!["f:spec"]?["f:rules"] is not null).Select(entry => entry!["manager"]!.ToString()));
    }

    [Fact]
    public async Task A_change_by_somebody_else_is_an_effect_of_theirs()
    {
        await using var drivers = await Drivers.StartAsync();
        using var client = Clouds.ClientOf(drivers.Cloud);
        await AddUnitAsync(drivers, "unit-1");
        await drivers.Router.ShiftAsync(new(home, Of(("home", 70), ("unit-1", 30)), "run/shift"), Stop);

        await PatchAsync(client, """{"spec":{"rules":[{"backendRefs":[{"name":"home","port":80,"weight":1}]}]}}""");
        var changed = await Assert.ThrowsAsync<TrafficException>(() => drivers.Router.ShiftAsync(new(Of(("home", 70), ("unit-1", 30)), Of(("home", 40), ("unit-1", 60)), "run/next"), Stop));

        Assert.Equal(TrafficErrorKind.ChangedMeanwhile, changed.Kind);
        Assert.Equal([("run/shift", "home=100→home=70,unit-1=30"), ("", "home=70,unit-1=30→home=100")], drivers.Cloud.Effects.Where(effect => effect.Kind == EffectKind.Traffic).Select(effect => (effect.Key, effect.Detail)));
    }

    [Theory]
    [InlineData("""{"spec":{"rules":[{"backendRefs":[{"name":"home","weight":-1}]}]}}""", "weight")]
    [InlineData("""{"spec":{"rules":[{"backendRefs":[{"name":"home","weight":1000001}]}]}}""", "weight")]
    [InlineData("""{"spec":{"rules":[{"backendRefs":[{"weight":1}]}]}}""", "name")]
    public async Task The_schema_of_a_route_is_kept(string patch, string field)
    {
        await using var cloud = await Clouds.StartAsync();
        using var client = Clouds.ClientOf(cloud);

        var refused = await Assert.ThrowsAsync<HttpOperationException>(() => PatchAsync(client, patch));

        Assert.Equal(422, (int)refused.Response.StatusCode);
        Assert.Contains(field, refused.Response.Content, StringComparison.Ordinal);
        Assert.Empty(cloud.Effects);
    }

    [Fact]
    public async Task A_lost_answer_has_divided_the_traffic_once()
    {
        await using var drivers = await Drivers.StartAsync();
        await AddUnitAsync(drivers, "unit-1");
        using var http = new HttpClient { BaseAddress = drivers.Cloud.BaseAddress };
        using var planned = await http.PutAsJsonAsync("sim/faults", new { rules = new[] { new { route = "/clusters/*/httproutes/*", methods = new[] { "PATCH" }, lostAnswerPercent = 100, times = 1 } } }, Stop);
        planned.EnsureSuccessStatusCode();

        var inForce = await drivers.Router.ShiftAsync(new(home, Of(("home", 70), ("unit-1", 30)), "run/shift"), Stop);

        Assert.Equal("home 70 %, unit-1 30 %", Shares.Show(inForce.ByDestination));
        Assert.Single(drivers.Cloud.Effects, effect => effect.Kind == EffectKind.Traffic);
    }

    [Fact]
    public async Task The_kubernetes_projects_own_client_reads_what_the_router_wrote_and_the_router_what_it_wrote()
    {
        await NodeSdk.RequireAsync();
        await using var drivers = await Drivers.StartAsync();
        await AddUnitAsync(drivers, "unit-1");
        await drivers.Router.ShiftAsync(new(home, Of(("home", 70), ("unit-1", 30)), "run/shift"), Stop);

        var read = await NodeSdk.RouteAsync(drivers.Cloud.ClusterAddress(Clouds.Cluster), "read");
        await NodeSdk.RouteAsync(drivers.Cloud.ClusterAddress(Clouds.Cluster), "split");
        var split = await drivers.Router.ReadAsync(Stop);
        var conflict = await Assert.ThrowsAsync<TrafficException>(() => drivers.Router.ShiftAsync(new(split.ByDestination, home, "run/home"), Stop));

        Assert.Equal("""["home=70","unit-1=30"]""", read["weights"]!.ToJsonString());
        Assert.Equal("""["Accepted=True@2","ResolvedRefs=True@2"]""", read["conditions"]!.ToJsonString());
        Assert.Equal("home 50 %, unit-1 50 %", Shares.Show(split.ByDestination));
        Assert.Equal(TrafficErrorKind.FieldConflict, conflict.Kind);
    }

    [Fact]
    public async Task A_watch_sees_when_the_controller_has_looked()
    {
        await using var drivers = await Drivers.StartAsync();
        using var client = Clouds.ClientOf(drivers.Cloud);
        var seen = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watch = client.CustomObjects.WatchListNamespacedCustomObject("gateway.networking.k8s.io", "v1", "trading", "httproutes", onEvent: (_, item) =>
        {
            var route = JsonSerializer.SerializeToNode(item)!.AsObject();
            if (Condition(route, "Accepted")["observedGeneration"]!.GetValue<int>() is > 1 and var generation) seen.TrySetResult(generation);
        });

        await PatchAsync(client, """{"spec":{"hostnames":["other.example.com"]}}""");

        Assert.Equal(2, await seen.Task.WaitAsync(TimeSpan.FromSeconds(20), Stop));
    }

    private static async Task AddUnitAsync(Drivers drivers, string unit)
    {
        using var client = Clouds.ClientOf(drivers.Cloud);
        await client.CoreV1.CreateNamespacedServiceAsync(
            new V1Service { Metadata = new V1ObjectMeta { Name = unit }, Spec = new V1ServiceSpec { Ports = [new V1ServicePort { Port = 80 }] } }, "trading", cancellationToken: Stop);
    }

    private static Task<object> PatchAsync(k8s.Kubernetes client, string patch, string? manager = null) => client.CustomObjects.PatchNamespacedCustomObjectAsync(
        new V1Patch(patch, V1Patch.PatchType.MergePatch), "gateway.networking.k8s.io", "v1", "trading", "httproutes", "trading", fieldManager: manager, cancellationToken: Stop);

    private static async Task<JsonObject> GetAsync(k8s.Kubernetes client) =>
        JsonSerializer.SerializeToNode(await client.CustomObjects.GetNamespacedCustomObjectAsync("gateway.networking.k8s.io", "v1", "trading", "httproutes", "trading", Stop))!.AsObject();

    private static async Task<string> WeightsAsync(HttpClient http) => JsonNode.Parse(await http.GetStringAsync("sim/weights", Stop))!["weights"]!.ToJsonString();

    private static JsonNode Condition(JsonObject route, string type) =>
        route["status"]!["parents"]![0]!["conditions"]!.AsArray().Single(condition => condition!["type"]!.ToString() == type)!;

    private static ImmutableDictionary<string, int> Of(params (string Destination, int Percent)[] weights) => weights.ToImmutableDictionary(weight => weight.Destination, weight => weight.Percent);
}
