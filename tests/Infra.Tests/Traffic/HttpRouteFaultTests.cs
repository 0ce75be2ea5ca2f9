using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Orchestrator.Infra.Settings;
using Orchestrator.Infra.Traffic;

namespace Orchestrator.Infra.Tests.Traffic;

/// <summary>The HTTPRoute router against API servers and controllers that do what real ones sometimes do.</summary>
public sealed class HttpRouteFaultTests
{
    private static readonly TrafficChange toUnit = new(Of(("home", 100)), Of(("home", 70), ("unit-1", 30)), "run/shift");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sets_the_weights_and_touches_nothing_else_of_the_route()
    {
        await using var server = await FakeRouteServer.StartAsync();
        server.Route["spec"]!["hostnames"] = new JsonArray("trade.example.com");
        server.Route["spec"]!["rules"] = JsonNode.Parse("""
            [{"matches":[{"path":{"type":"PathPrefix","value":"/"}}],"timeouts":{"request":"3s"},
              "backendRefs":[{"name":"home","port":8080,"weight":100,"filters":[{"type":"RequestHeaderModifier","requestHeaderModifier":{"set":[{"name":"x-home","value":"1"}]}}]}]},
             {"matches":[{"path":{"type":"Exact","value":"/old"}}],"filters":[{"type":"RequestRedirect","requestRedirect":{"statusCode":301}}]}]
            """);
        var before = server.Route["spec"]!.DeepClone();

        var inForce = await Shift(server.Router(), toUnit);

        Assert.Equal((RoutingStage.Accepted, true), (inForce.Stage, inForce.InForce));
        var expected = before.DeepClone();
        expected["rules"]![0]!["backendRefs"]![0]!["weight"] = 70;
        expected["rules"]![0]!["backendRefs"]!.AsArray().Add(JsonNode.Parse("""{"name":"unit-1","port":8080,"weight":30}"""));
        Assert.True(JsonNode.DeepEquals(expected, server.Route["spec"]), server.Route["spec"]!.ToJsonString());
        var (_, query, patch) = server.Requests.Single(request => request.Method == "PATCH");
        Assert.Contains("fieldManager=orchestrator", query, StringComparison.Ordinal);
        Assert.DoesNotContain("force=true", query, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(["rules"], patch!["spec"]!.AsObject().Select(field => field.Key));
        Assert.Equal("run/shift", patch["metadata"]!["annotations"]!["orchestrator.io/idempotency-key"]!.ToString());
    }

    [Fact]
    public async Task A_destination_without_traffic_is_taken_out_unless_its_backend_says_more_than_its_name()
    {
        await using var server = await FakeRouteServer.StartAsync();
        server.Change(("home", 40), ("unit-1", 30), ("unit-2", 30));
        server.Backends[2]!["namespace"] = "unit-2";

        await Shift(server.Router(), new(Of(("home", 40), ("unit-1", 30), ("unit-2", 30)), Of(("home", 100)), "home"));
        var home = server.Backends.DeepClone();
        await Shift(server.Router(), new(Of(("home", 100)), Of(("home", 0), ("unit-1", 100)), "away"));

        Assert.Equal("""[{"name":"home","port":80,"weight":100},{"name":"unit-2","port":80,"weight":0,"namespace":"unit-2"}]""", home.ToJsonString());
        Assert.Equal([("home", 0), ("unit-2", 0), ("unit-1", 100)], server.Backends.Select(one => (one!["name"]!.ToString(), one["weight"]!.GetValue<int>())));
    }

    [Theory]
    [InlineData("""[{"name":"home"},{"name":"a"}]""", "a 50 %, home 50 %")]
    [InlineData("""[{"name":"home","weight":1},{"name":"a","weight":1},{"name":"b","weight":1}]""", "a 34 %, b 33 %, home 33 %")]
    [InlineData("""[{"name":"home","weight":9},{"name":"a","weight":1}]""", "a 10 %, home 90 %")]
    [InlineData("""[{"name":"home","weight":99999},{"name":"a","weight":1}]""", "a 1 %, home 99 %")]
    [InlineData("""[{"name":"home","weight":5},{"name":"a","weight":0}]""", "a 0 %, home 100 %")]
    public async Task Reads_relative_weights_as_percents(string backends, string expected)
    {
        await using var server = await FakeRouteServer.StartAsync();
        server.Route["spec"]!["rules"]![0]!["backendRefs"] = JsonNode.Parse(backends);

        Assert.Equal(expected, Shares.Show((await server.Router().ReadAsync(Stop)).ByDestination));
    }

    [Theory]
    [InlineData("""[{"backendRefs":[{"name":"home","weight":0}]}]""", TrafficErrorKind.Unusable, "every backend")]
    [InlineData("""[{"backendRefs":[{"name":"home"},{"name":"home","port":81}]}]""", TrafficErrorKind.Unusable, "two backends")]
    [InlineData("""[{"backendRefs":[{"name":"home","weight":-1}]}]""", TrafficErrorKind.Unusable, "weight of backend home is -1")]
    [InlineData("""[{"backendRefs":[{"name":"home","weight":9223372036854775807}]}]""", TrafficErrorKind.Unusable, "weight of backend home is 9223372036854775807")]
    [InlineData("""[{"backendRefs":[{"name":"home"}],"name":{}}]""", null, "")]
    [InlineData("""["x",{"backendRefs":[7,{"name":"home"}]}]""", null, "")]
    [InlineData("""[{"backendRefs":[{"name":"home","weight":"x"}]}]""", TrafficErrorKind.Unusable, "weight of backend home is")]
    [InlineData("""[{"backendRefs":[{"name":"home"}]},{"backendRefs":[{"name":"home"}]}]""", TrafficErrorKind.Unusable, "Infra:Traffic:Rule")]
    [InlineData("""[{"filters":[]}]""", TrafficErrorKind.Unusable, "none of its rules")]
    [InlineData("""[]""", TrafficErrorKind.Unusable, "none of its rules")]
    public async Task Says_of_a_route_that_divides_nothing_what_is_wrong(string rules, TrafficErrorKind? kind, string message)
    {
        await using var server = await FakeRouteServer.StartAsync();
        server.Route["spec"]!["rules"] = JsonNode.Parse(rules);

        if (kind is null)
        {
            Assert.Equal(100, (await server.Router().ReadAsync(Stop)).ByDestination["home"]);
            return;
        }

        var wrong = await Assert.ThrowsAsync<TrafficException>(() => server.Router().ReadAsync(Stop));

        Assert.Equal(kind, wrong.Kind);
        Assert.Contains(message, wrong.Message, StringComparison.Ordinal);
        Assert.Contains("HTTPRoute trading/trading of cluster edge", wrong.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("buy", 1)]
    [InlineData("1", 1)]
    [InlineData("0", 0)]
    public async Task Of_several_rules_the_settings_choose_one_by_name_or_number(string rule, int index)
    {
        await using var server = await FakeRouteServer.StartAsync();
        server.Route["spec"]!["rules"] = JsonNode.Parse("""[{"backendRefs":[{"name":"home"}]},{"name":"buy","backendRefs":[{"name":"home"}]}]""");

        await Shift(server.Router(new TrafficOptions { Rule = rule }), toUnit);

        Assert.Equal([index == 0 ? 2 : 1, index == 1 ? 2 : 1], server.Route["spec"]!["rules"]!.AsArray().Select(one => one!["backendRefs"]!.AsArray().Count));
    }

    [Fact]
    public async Task Destinations_have_the_names_that_the_settings_give()
    {
        await using var server = await FakeRouteServer.StartAsync();
        server.Change(("edge-home", 100));
        var options = new TrafficOptions { Pattern = "trade-*" };
        options.Backends["home"] = "edge-home";

        await Shift(server.Router(options), toUnit);
        var names = server.Backends.Select(one => one!["name"]!.ToString()).ToList();
        server.Change(("edge-home", 90), ("legacy", 10));
        var foreign = await Assert.ThrowsAsync<TrafficException>(() => server.Router(options).ReadAsync(Stop));

        Assert.Equal(["edge-home", "trade-unit-1"], names);
        Assert.Equal(TrafficErrorKind.NoSuchBackend, foreign.Kind);
        Assert.Contains("no destination has its backend legacy", foreign.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_field_manager_is_named_and_nothing_is_written()
    {
        await using var server = await FakeRouteServer.StartAsync();
        server.Before = async (context, _) =>
        {
            if (context.Request.Method != "PATCH" || context.Request.Query["force"] == "true") return false;
            await FakeRouteServer.StatusAsync(context, 409, "Conflict", "Apply failed with 1 conflict: conflict with \"argocd-controller\" using gateway.networking.k8s.io/v1: .spec.rules", """
                {"causes":[{"reason":"FieldManagerConflict","message":"conflict with \"argocd-controller\" using gateway.networking.k8s.io/v1","field":".spec.rules"}]}
                """);
            return true;
        };

        var conflict = await Assert.ThrowsAsync<TrafficException>(() => Shift(server.Router(), toUnit));
        var stands = server.Generation;
        await Shift(server.Router(new TrafficOptions { ForceConflicts = true }), toUnit);

        Assert.Equal((TrafficErrorKind.FieldConflict, false, false), (conflict.Kind, conflict.Retryable, conflict.Written));
        Assert.Equal(["argocd-controller"], conflict.Managers);
        Assert.Contains("ForceConflicts", conflict.Message, StringComparison.Ordinal);
        Assert.Equal((1, 2), (stands, server.Generation));
    }

    [Fact]
    public async Task Weights_that_somebody_else_has_changed_stay()
    {
        await using var server = await FakeRouteServer.StartAsync();
        server.Change(("home", 50), ("unit-2", 50));

        var changed = await Assert.ThrowsAsync<TrafficException>(() => Shift(server.Router(), toUnit));

        Assert.Equal((TrafficErrorKind.ChangedMeanwhile, false), (changed.Kind, changed.Written));
        Assert.Contains("home 50 %, unit-2 50 %", changed.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Requests, request => request.Method == "PATCH");
    }

    /// <summary>Between our reading and our writing: the version tells.</summary>
    [Fact]
    public async Task Weights_that_change_between_reading_and_writing_stay()
    {
        await using var server = await FakeRouteServer.StartAsync();
        server.Before = (context, _) =>
        {
            if (context.Request.Method == "PATCH") server.Change(("home", 50), ("unit-2", 50));
            return Task.FromResult(false);
        };

        var changed = await Assert.ThrowsAsync<TrafficException>(() => Shift(server.Router(), toUnit));

        Assert.Equal(TrafficErrorKind.ChangedMeanwhile, changed.Kind);
        Assert.Equal(["home", "unit-2"], server.Backends.Select(one => one!["name"]!.ToString()));
    }

    [Fact]
    public async Task A_new_version_by_a_write_of_the_status_alone_is_tried_again()
    {
        await using var server = await FakeRouteServer.StartAsync();
        var conflicts = 0;
        server.Before = (context, _) =>
        {
            if (context.Request.Method == "PATCH" && conflicts++ < 3) server.Touch();
            return Task.FromResult(false);
        };

        await Shift(server.Router(), toUnit);

        Assert.Equal(4, server.Requests.Count(request => request.Method == "PATCH"));
        Assert.Equal(2, server.Generation);
    }

    [Theory]
    [InlineData("Accepted", "NoMatchingListenerHostname", TrafficErrorKind.NotAccepted)]
    [InlineData("Accepted", "NotAllowedByListeners", TrafficErrorKind.NotAccepted)]
    [InlineData("ResolvedRefs", "RefNotPermitted", TrafficErrorKind.NotAccepted)]
    [InlineData("ResolvedRefs", "BackendNotFound", TrafficErrorKind.NoSuchBackend)]
    public async Task A_route_that_is_not_taken_is_told_with_the_controllers_reason_at_once(string type, string reason, TrafficErrorKind kind)
    {
        await using var server = await FakeRouteServer.StartAsync();
        server.Controller = route => FakeRouteServer.Say(route, type, "False", reason, "the controller's own words");

        var refused = await Assert.ThrowsAsync<TrafficException>(() => Shift(server.Router(speed: 1), toUnit));

        Assert.Equal((kind, reason, true), (refused.Kind, refused.Reason, refused.Written));
        Assert.Contains($"{type} is False: {reason}: the controller's own words", refused.Message, StringComparison.Ordinal);
        Assert.Equal(RoutingStage.Requested, (await server.Router().ReadAsync(Stop)).Stage);
    }

    [Fact]
    public async Task A_controller_that_never_looks_is_waited_for_and_then_told()
    {
        await using var server = await FakeRouteServer.StartAsync();
        server.Controller = _ => { };

        var stale = await Assert.ThrowsAsync<TrafficException>(() => Shift(server.Router(), toUnit));
        var read = await server.Router().ReadAsync(Stop);

        Assert.Equal((TrafficErrorKind.NotObserved, true, true), (stale.Kind, stale.Written, stale.Retryable));
        Assert.Contains("has seen generation 1 of it and not 2, within 00:02:00", stale.Message, StringComparison.Ordinal);
        Assert.Equal((RoutingStage.Requested, false), (read.Stage, read.InForce));
        Assert.Contains("generation 1", read.Pending, StringComparison.Ordinal);
    }

    /// <summary>Of two gateways one is late: the weights are in force when both have them.</summary>
    [Fact]
    public async Task Every_gateway_of_the_route_must_have_taken_it()
    {
        await using var server = await FakeRouteServer.StartAsync();
        server.Route["spec"]!["parentRefs"]!.AsArray().Add(JsonNode.Parse("""{"name":"inner"}"""));
        var readings = 0;
        server.Before = (context, _) =>
        {
            if (context.Request.Method == "GET" && server.Generation == 2 && ++readings == 5)
            {
                var parents = server.Route["status"]!["parents"]!.AsArray();
                var inner = parents[0]!.DeepClone();
                inner["parentRef"] = JsonNode.Parse("""{"group":"gateway.networking.k8s.io","kind":"Gateway","name":"inner","namespace":"trading"}""");
                parents.Add(inner);
            }

            return Task.FromResult(false);
        };

        await Shift(server.Router(), toUnit);

        Assert.Equal(5, readings);
    }

    [Theory]
    [InlineData(403, TrafficErrorKind.Denied, "Allow patch on httproutes.gateway.networking.k8s.io in namespace trading")]
    [InlineData(401, TrafficErrorKind.Denied, "Renew the credentials")]
    [InlineData(422, TrafficErrorKind.Unusable, "refuses the new weights with 422")]
    public async Task A_refused_write_says_what_to_do(int code, TrafficErrorKind kind, string message)
    {
        await using var server = await FakeRouteServer.StartAsync();
        server.Before = async (context, _) =>
        {
            if (context.Request.Method != "PATCH") return false;
            await FakeRouteServer.StatusAsync(context, code, "No", "because");
            return true;
        };

        var refused = await Assert.ThrowsAsync<TrafficException>(() => Shift(server.Router(), toUnit));

        Assert.Equal((kind, false), (refused.Kind, refused.Retryable));
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        Assert.Contains("because", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(1000)]
    public async Task Throttling_is_waited_for_and_then_told(int times)
    {
        await using var server = await FakeRouteServer.StartAsync();
        var left = times;
        server.Before = async (context, _) =>
        {
            if (context.Request.Method != "PATCH" || left-- <= 0) return false;
            context.Response.Headers.RetryAfter = "1";
            await FakeRouteServer.StatusAsync(context, 429, "TooManyRequests", "the server has received too many requests", """{"retryAfterSeconds":1}""");
            return true;
        };

        var throttled = await Record.ExceptionAsync(() => Shift(server.Router(), toUnit));

        Assert.Equal(times < 10, throttled is null);
        Assert.Equal(times < 10 ? 2 : 1, server.Generation);
        Assert.True(times < 10 || throttled is TrafficException { Kind: TrafficErrorKind.Throttled, Retryable: true, EffectUnknown: false }, $"{throttled}");
    }

    [Fact]
    public async Task An_answer_that_is_lost_after_its_effect_changes_nothing_twice()
    {
        await using var server = await FakeRouteServer.StartAsync();
        var lost = 0;
        server.Loses = () => lost++ < 1;

        await Shift(server.Router(), toUnit);

        Assert.Equal(2, server.Generation);
        Assert.True(lost > 0);
    }

    /// <summary>Every further try is answered with an error, so that only reading back tells.</summary>
    [Fact]
    public async Task Without_any_answer_the_route_itself_tells_whether_the_weights_are_there()
    {
        await using var server = await FakeRouteServer.StartAsync();
        server.Loses = () => true;
        server.Before = async (context, _) =>
        {
            if (context.Request.Method != "PATCH" || server.Generation == 1) return false;
            await FakeRouteServer.StatusAsync(context, 503, "ServiceUnavailable", "etcd leader changed");
            return true;
        };

        await Shift(server.Router(), toUnit);

        Assert.Equal(2, server.Generation);
    }

    [Fact]
    public async Task A_route_that_is_not_there_is_told_apart_from_one_that_cannot_be_read()
    {
        await using var server = await FakeRouteServer.StartAsync();

        var gone = await Assert.ThrowsAsync<TrafficException>(() => server.Router(new TrafficOptions { Route = "other" }).ReadAsync(Stop));
        server.Before = async (context, _) =>
        {
            context.Response.ContentType = "text/html";
            await context.Response.WriteAsync("<html>a proxy's page</html>");
            return true;
        };
        var proxy = await Record.ExceptionAsync(() => server.Router().ReadAsync(Stop));

        Assert.Equal(TrafficErrorKind.NoSuchRoute, gone.Kind);
        Assert.Contains("kubectl get crd", gone.Message, StringComparison.Ordinal);
        Assert.True(proxy is TrafficException { Kind: TrafficErrorKind.Unreachable or TrafficErrorKind.Unusable }, $"{proxy}");
    }

    [Theory]
    [InlineData("""{"spec":"x"}""")]
    [InlineData("""{"metadata":[],"spec":{"rules":[{"backendRefs":[{"name":"home"}]}]}}""")]
    [InlineData("""{"spec":{"parentRefs":[{"name":"edge"}],"rules":[{"backendRefs":[{"name":"home"}]}]},"status":"x"}""")]
    public async Task An_answer_of_another_shape_is_told_as_such(string answer)
    {
        await using var server = await FakeRouteServer.StartAsync();
        server.Before = async (context, _) =>
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(answer);
            return true;
        };

        Assert.Equal(TrafficErrorKind.Unusable, (await Assert.ThrowsAsync<TrafficException>(() => server.Router().ReadAsync(Stop))).Kind);
    }

    [Fact]
    public async Task Weights_that_do_not_sum_to_100_are_no_change()
    {
        await using var server = await FakeRouteServer.StartAsync();

        await Assert.ThrowsAsync<ArgumentException>(() => server.Router().SwitchAsync(toUnit with { To = Of(("home", 90)) }, Stop));

        Assert.Empty(server.Requests);
    }

    private static Task<RoutedWeights> Shift(ITrafficRouter router, TrafficChange change) => router.ShiftAsync(change, Stop);

    private static ImmutableDictionary<string, int> Of(params (string Destination, int Percent)[] weights) => weights.ToImmutableDictionary(weight => weight.Destination, weight => weight.Percent);
}
