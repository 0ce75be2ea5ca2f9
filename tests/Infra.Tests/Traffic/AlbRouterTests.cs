using System.Collections.Immutable;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Infra.Alibaba.Products;
using Orchestrator.Infra.Alibaba.Signing;
using Orchestrator.Infra.Settings;
using Orchestrator.Infra.Tests.Alibaba;
using Orchestrator.Infra.Tests.Alibaba.Sdk;
using Orchestrator.Infra.Traffic;
using Orchestrator.Simulator.Effects;
using Orchestrator.Simulator.Serving;

namespace Orchestrator.Infra.Tests.Traffic;

/// <summary>The load balancer's router, against the simulated OpenAPI and against answers that a server may give.</summary>
public sealed class AlbRouterTests
{
    private static readonly TrafficChange toUnit = new(Of(("home", 100)), Of(("home", 70), ("unit-1", 30)), "run/shift");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_traffic_follows_the_rule_once_it_is_available()
    {
        await using var bench = await AlbBench.StartAsync();
        var router = bench.Router();

        var first = await router.ReadAsync(Stop);
        await router.SwitchAsync(toUnit, Stop);
        var asked = await router.ReadAsync(Stop);
        var inForce = await router.WaitAsync(toUnit, Stop);
        await router.ShiftAsync(toUnit, Stop);

        Assert.Equal(("home 100 %", RoutingStage.Programmed), (Shares.Show(first.ByDestination), first.Stage));
        Assert.Equal("home 70 %, unit-1 30 %", Shares.Show(asked.ByDestination));
        Assert.Equal(RoutingStage.Programmed, inForce.Stage);
        var effect = Assert.Single(bench.Cloud.Effects, effect => effect.Kind == EffectKind.Traffic);
        Assert.Equal("home=100→home=70,unit-1=30", effect.Detail);
        using var http = new HttpClient { BaseAddress = bench.Cloud.BaseAddress };
        Assert.Equal("""{"home":70,"unit-1":30}""", JsonNode.Parse(await http.GetStringAsync("sim/weights", Stop))!["weights"]!.ToJsonString());
    }

    [Fact]
    public async Task The_vendors_sdk_reads_what_the_router_wrote()
    {
        await NodeSdk.RequireAsync();
        await using var bench = await AlbBench.StartAsync();

        await bench.Router().ShiftAsync(toUnit, Stop);

        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, $$"""
                [ { "call": "alb:ListRules", "with": { "RuleIds": ["{{bench.Rule}}"] } }, { "call": "alb:GetListenerAttribute", "with": { "ListenerId": "{{bench.Listener}}" } } ]
                """, Stop);
            var answers = await NodeSdk.DriveAsync(bench.Cloud.BaseAddress, SimulatedAccessKey.Standard.Id, SimulatedAccessKey.Standard.Secret, file);
            var rule = answers[0]!["answer"]!["Rules"]![0]!;
            Assert.Equal(("Available", "ForwardGroup", 1), (rule["RuleStatus"]!.ToString(), rule["RuleActions"]![0]!["Type"]!.ToString(), rule["RuleActions"]![0]!["Order"]!.GetValue<int>()));
            Assert.Equal(
                [(bench.Groups["home"], 70), (bench.Groups["unit-1"], 30)],
                rule["RuleActions"]![0]!["ForwardGroupConfig"]!["ServerGroupTuples"]!.AsArray().Select(tuple => (tuple!["ServerGroupId"]!.ToString(), tuple["Weight"]!.GetValue<int>())));
            Assert.Equal("Running", answers[1]!["answer"]!["ListenerStatus"]!.ToString());
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Why there is no router of listeners: their groups have no weight, those of rules have.</summary>
    [Fact]
    public async Task By_the_vendors_typings_only_rules_have_weights()
    {
        await NodeSdk.RequireAsync();
        string Tuples(string request)
        {
            var text = File.ReadAllText(Path.Combine(NodeSdk.Folder, "node_modules", "@alicloud", "alb20200616", "dist", "models", $"{request}.d.ts"));
            var begin = text.IndexOf("ForwardGroupConfigServerGroupTuples extends", StringComparison.Ordinal);
            return text[begin..text.IndexOf("export declare class", begin, StringComparison.Ordinal)];
        }

        Assert.Contains("weight?: number", Tuples("UpdateRuleAttributeRequest"), StringComparison.Ordinal);
        Assert.Contains("weight?: number", Tuples("ListRulesResponseBody"), StringComparison.Ordinal);
        Assert.DoesNotContain("weight?: number", Tuples("UpdateListenerAttributeRequest"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_actions_and_the_groups_session_persistence_stay()
    {
        await using var bench = await AlbBench.StartAsync();
        var actions = JsonNode.Parse($$"""
            [ { "Type": "InsertHeader", "Order": 1, "InsertHeaderConfig": { "Key": "x-edge", "Value": "1", "ValueType": "UserDefined" } },
              { "Type": "ForwardGroup", "Order": 2, "ForwardGroupConfig": { "ServerGroupStickySession": { "Enabled": true, "Timeout": 100 }, "ServerGroupTuples": [ { "ServerGroupId": "{{bench.Groups["home"]}}", "Weight": 100 } ] } } ]
            """)!.AsArray();
        await bench.Alb.SetActionsAsync(bench.Rule, actions, "theirs", Stop);
        await bench.SettledAsync();

        await bench.Router().ShiftAsync(toUnit, Stop);

        var written = (await bench.SettledAsync())["RuleActions"]!;
        Assert.True(JsonNode.DeepEquals(actions[0], written[0]), written.ToJsonString());
        Assert.Equal("""{"Enabled":true,"Timeout":100}""", written[1]!["ForwardGroupConfig"]!["ServerGroupStickySession"]!.ToJsonString());
        Assert.Equal(2, written[1]!["Order"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_destination_without_traffic_leaves_the_rule_and_home_stays()
    {
        await using var bench = await AlbBench.StartAsync();
        var router = bench.Router();

        await router.ShiftAsync(toUnit, Stop);
        await router.ShiftAsync(new(toUnit.To, Of(("home", 0), ("unit-1", 100)), "away"), Stop);
        var away = Tuples(await bench.SettledAsync());
        await router.ShiftAsync(new(Of(("unit-1", 100)), Of(("home", 100)), "back"), Stop);
        var back = Tuples(await bench.SettledAsync());

        Assert.Equal([("home", 0), ("unit-1", 100)], away.Select(tuple => (bench.Groups.Single(group => group.Value == tuple.Group).Key, tuple.Weight)));
        Assert.Equal([(bench.Groups["home"], 100)], back);
    }

    [Fact]
    public async Task Server_groups_are_named_by_id_too()
    {
        await using var bench = await AlbBench.StartAsync();
        var router = bench.Router(options => (options.Backends["home"], options.Backends["cell"]) = (bench.Groups["home"], bench.Groups["unit-1"]));

        var inForce = await router.ShiftAsync(new(Of(("home", 100)), Of(("home", 60), ("cell", 40)), "key"), Stop);

        Assert.Equal("cell 40 %, home 60 %", Shares.Show(inForce.ByDestination));
    }

    [Fact]
    public async Task Weights_that_somebody_else_has_changed_stay()
    {
        await using var bench = await AlbBench.StartAsync();
        await bench.Alb.SetWeightsAsync(bench.Rule, [new ServerGroupTuple(bench.Groups["home"], 1), new ServerGroupTuple(bench.Groups["unit-1"], 1)], "theirs", Stop);

        var changed = await Assert.ThrowsAsync<TrafficException>(() => bench.Router().ShiftAsync(toUnit, Stop));

        Assert.Equal((TrafficErrorKind.ChangedMeanwhile, false), (changed.Kind, changed.Written));
        Assert.Contains("home 50 %, unit-1 50 %", changed.Message, StringComparison.Ordinal);
    }

    /// <summary>The same weights, asked for with the same key after they had been put back: the cloud must not answer from memory.</summary>
    [Fact]
    public async Task The_same_change_is_made_again_after_it_was_put_back()
    {
        await using var bench = await AlbBench.StartAsync();
        var router = bench.Router();

        await router.ShiftAsync(toUnit, Stop);
        await router.ShiftAsync(new(toUnit.To, toUnit.From, "run/shift/held"), Stop);
        var again = await router.ShiftAsync(toUnit, Stop);

        Assert.Equal(30, again.ByDestination["unit-1"]);
        Assert.Equal(3, bench.Cloud.Effects.Count(effect => effect.Kind == EffectKind.Traffic));
    }

    [Fact]
    public async Task A_change_that_is_under_way_is_waited_for()
    {
        await using var bench = await AlbBench.StartAsync();
        var router = bench.Router();

        await router.SwitchAsync(toUnit, Stop);
        var next = await router.ShiftAsync(new(toUnit.To, Of(("home", 40), ("unit-1", 60)), "next"), Stop);

        Assert.Equal(60, next.ByDestination["unit-1"]);
    }

    [Fact]
    public async Task A_destination_without_a_server_group_is_told_before_anything_is_written()
    {
        await using var bench = await AlbBench.StartAsync();

        var unknown = await Assert.ThrowsAsync<TrafficException>(() => bench.Router().ShiftAsync(toUnit with { To = Of(("home", 50), ("ghost", 50)) }, Stop));

        Assert.Equal((TrafficErrorKind.NoSuchBackend, false), (unknown.Kind, unknown.Written));
        Assert.Contains("there is none named ghost", unknown.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(bench.Cloud.Effects, effect => effect.Kind == EffectKind.Traffic);
    }

    [Fact]
    public async Task A_rule_that_is_not_there_is_told()
    {
        await using var bench = await AlbBench.StartAsync();

        var gone = await Assert.ThrowsAsync<TrafficException>(() => bench.Router(options => options.RuleId = "rule-none").ReadAsync(Stop));

        Assert.Equal(TrafficErrorKind.NoSuchRoute, gone.Kind);
        Assert.Contains("Infra:Traffic:RuleId", gone.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_that_lacks_the_action_is_told_with_the_action()
    {
        var poor = new SimulatedAccessKey("LTAIPOOR", "poor-secret", "poor") { Denied = ["alb:UpdateRuleAttribute"] };
        await using var bench = await AlbBench.StartAsync(options => options with { AccessKeys = [SimulatedAccessKey.Standard, poor] });

        var denied = await Assert.ThrowsAsync<TrafficException>(() => bench.Router(key: poor).ShiftAsync(toUnit, Stop));

        Assert.Equal((TrafficErrorKind.Denied, false), (denied.Kind, denied.Retryable));
        Assert.Contains("Allow alb:UpdateRuleAttribute", denied.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public async Task An_answer_that_is_lost_after_its_effect_changes_nothing_twice(int times)
    {
        await using var bench = await AlbBench.StartAsync();
        using var http = new HttpClient { BaseAddress = bench.Cloud.BaseAddress };
        using var planned = await http.PutAsJsonAsync("sim/faults", new { rules = new[] { new { route = "/openapi/alb/UpdateRuleAttribute", lostAnswerPercent = 100, times } } }, Stop);
        planned.EnsureSuccessStatusCode();

        var inForce = await bench.Router().ShiftAsync(toUnit, Stop);

        Assert.Equal(30, inForce.ByDestination["unit-1"]);
        Assert.Single(bench.Cloud.Effects, effect => effect.Kind == EffectKind.Traffic);
    }

    [Fact]
    public async Task Throttling_is_told_when_it_does_not_end()
    {
        await using var bench = await AlbBench.StartAsync();
        using var http = new HttpClient { BaseAddress = bench.Cloud.BaseAddress };
        using var planned = await http.PutAsJsonAsync("sim/faults", new { rules = new[] { new { route = "/openapi/alb/UpdateRuleAttribute", throttlePercent = 100 } } }, Stop);
        planned.EnsureSuccessStatusCode();

        var throttled = await Assert.ThrowsAsync<TrafficException>(() => bench.Router().ShiftAsync(toUnit, Stop));

        Assert.Equal((TrafficErrorKind.Throttled, true, false), (throttled.Kind, throttled.Retryable, throttled.EffectUnknown));
    }

    [Theory]
    [InlineData("""[{"Type":"FixedResponse"}]""", TrafficErrorKind.Unusable)]
    [InlineData("""[]""", TrafficErrorKind.Unusable)]
    [InlineData("""[{"Type":"ForwardGroup","ForwardGroupConfig":{"ServerGroupTuples":[{"ServerGroupId":"sgp-1","Weight":0}]}}]""", TrafficErrorKind.Unusable)]
    [InlineData("""[{"Type":"ForwardGroup","ForwardGroupConfig":{"ServerGroupTuples":[{"ServerGroupId":"sgp-1","Weight":1},{"ServerGroupId":"sgp-1","Weight":1}]}}]""", TrafficErrorKind.Unusable)]
    public async Task Says_of_a_rule_that_divides_nothing_what_is_wrong(string actions, TrafficErrorKind kind)
    {
        var wrong = await Assert.ThrowsAsync<TrafficException>(() => RouterOver(Rule(actions), Groups).ReadAsync(Stop));

        Assert.Equal(kind, wrong.Kind);
    }

    /// <summary>The rule is available and its listener is not: nobody is served by it.</summary>
    [Fact]
    public async Task Weights_of_a_stopped_listener_are_not_in_force()
    {
        var router = RouterOver(
            Rule("""[{"Type":"ForwardGroup","ForwardGroupConfig":{"ServerGroupTuples":[{"ServerGroupId":"sgp-1","Weight":100}]}}]"""), Groups,
            FakeApi.Json("""{"RequestId":"R","ListenerId":"lsn-1","LoadBalancerId":"alb-1","ListenerPort":80,"ListenerProtocol":"HTTP","ListenerStatus":"Stopped"}"""));

        var read = await router.ReadAsync(Stop);

        Assert.Equal((RoutingStage.Requested, "its listener lsn-1 is Stopped"), (read.Stage, read.Pending));
    }

    [Fact]
    public async Task The_settings_choose_it()
    {
        await using var bench = await AlbBench.StartAsync();
        await using var services = new ServiceCollection()
            .AddSingleton<CredentialSource>(new StaticCredentials(new Credential(SimulatedAccessKey.Standard.Id, SimulatedAccessKey.Standard.Secret)))
            .AddInfra(options =>
            {
                options.Cloud = bench.Cloud.BaseAddress;
                options.Alibaba.Endpoints["*"] = bench.Cloud.BaseAddress;
                (options.Traffic.Kind, options.Traffic.RuleId) = (TrafficRouterKind.Alb, bench.Rule);
            })
            .BuildServiceProvider();

        var router = services.GetRequiredService<ITrafficRouter>();

        Assert.Equal($"rule {bench.Rule} of the load balancer in cn-hangzhou", router.Target);
        Assert.Equal(100, (await router.ReadAsync(Stop)).ByDestination["home"]);
    }

    private static Func<HttpRequestMessage, HttpResponseMessage> Groups => FakeApi.Json("""{"RequestId":"R","ServerGroups":[{"ServerGroupId":"sgp-1","ServerGroupName":"home","ServerGroupStatus":"Available","ServerCount":1}]}""");

    private static Func<HttpRequestMessage, HttpResponseMessage> Rule(string actions) =>
        FakeApi.Json($$"""{"RequestId":"R","Rules":[{"RuleId":"rule-1","ListenerId":"lsn-1","RuleStatus":"Available","RuleActions":{{actions}}}]}""");

    private static AlbRouter RouterOver(params Func<HttpRequestMessage, HttpResponseMessage>[] answers) => new AlbRouter(
        new AlbClient(new FakeApi(answers).Client(), "cn-hangzhou"), new TrafficOptions { Kind = TrafficRouterKind.Alb, RuleId = "rule-1" }, new BackendNames(new Dictionary<string, string>(), "*"), TimeProvider.System, TimeProvider.System);

    private static IEnumerable<(string Group, int Weight)> Tuples(JsonObject rule) =>
        rule["RuleActions"]![0]!["ForwardGroupConfig"]!["ServerGroupTuples"]!.AsArray().Select(tuple => (tuple!["ServerGroupId"]!.ToString(), tuple["Weight"]!.GetValue<int>()));

    private static ImmutableDictionary<string, int> Of(params (string Destination, int Percent)[] weights) => weights.ToImmutableDictionary(weight => weight.Destination, weight => weight.Percent);
}
