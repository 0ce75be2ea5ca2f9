using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Fleet.Clock;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Alibaba.Products;
using Orchestrator.Infra.Alibaba.Signing;
using Orchestrator.Infra.Settings;
using Orchestrator.Infra.Tests.Simulator;
using Orchestrator.Infra.Traffic;
using Orchestrator.Simulator;
using Orchestrator.Simulator.Serving;

namespace Orchestrator.Infra.Tests.Traffic;

/// <summary>A load balancer on the simulated cloud whose one rule divides the traffic between <c>home</c> and <c>unit-1</c>.</summary>
internal sealed class AlbBench : IAsyncDisposable
{
    private const string Region = "cn-hangzhou";

    private readonly EnvironmentClock _environment;

    private AlbBench(SimulatedCloud cloud, EnvironmentClock environment) => (Cloud, _environment, Client) = (cloud, environment, Open(cloud, environment, SimulatedAccessKey.Standard));

    public SimulatedCloud Cloud { get; }

    public OpenApiClient Client { get; }

    public AlbClient Alb => new(Client, Region);

    public string Listener { get; private set; } = "";

    public string Rule { get; private set; } = "";

    public IReadOnlyDictionary<string, string> Groups { get; private set; } = new Dictionary<string, string>();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static async Task<AlbBench> StartAsync(Func<SimulatedCloudOptions, SimulatedCloudOptions>? with = null)
    {
        var environment = EnvironmentClock.StartingNow(600);
        var bench = new AlbBench(await Clouds.StartAsync(environmentClock: environment, with: with), environment);
        await bench.BuildAsync();
        return bench;
    }

    public ITrafficRouter Router(Action<TrafficOptions>? configure = null, SimulatedAccessKey? key = null)
    {
        var options = new TrafficOptions { Kind = TrafficRouterKind.Alb, RuleId = Rule };
        configure?.Invoke(options);
        var client = key is null ? Client : Open(Cloud, _environment, key);
        return new AlbRouter(new AlbClient(client, Region), options, new BackendNames(options.Backends.ToDictionary(pair => pair.Key, pair => pair.Value!), options.Pattern), _environment, TimeProvider.System);
    }

    /// <summary>The rule as the API has it, once no change is under way.</summary>
    public async Task<JsonObject> SettledAsync()
    {
        while (true)
        {
            var rule = (await Alb.FindRuleAsync(Rule, Stop))!;
            if (rule["RuleStatus"]!.ToString() == "Available") return rule;
            await Task.Yield();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Cloud.DisposeAsync();
    }

    private static OpenApiClient Open(SimulatedCloud cloud, EnvironmentClock environment, SimulatedAccessKey key) => new(
        new StaticCredentials(new Credential(key.Id, key.Secret)),
        new OpenApiOptions { Endpoints = ImmutableDictionary<string, Uri>.Empty.Add("*", cloud.BaseAddress), ThrottleTimeout = TimeSpan.FromSeconds(30) },
        environment,
        TimeProvider.System);

    private async Task BuildAsync()
    {
        var vpc = new VpcClient(Client, Region);
        var network = await vpc.CreateVpcAsync(new CreateVpcRequest("edge", "10.0.0.0/8", "edge"), Stop);
        await UntilAsync(async () => (await vpc.DescribeVpcAsync(network, Stop)).Status == "Available");
        var a = await vpc.CreateVSwitchAsync(new CreateVSwitchRequest(network, "cn-hangzhou-h", "10.0.0.0/20", "a"), Stop);
        var b = await vpc.CreateVSwitchAsync(new CreateVSwitchRequest(network, "cn-hangzhou-i", "10.9.0.0/20", "b"), Stop);
        var groups = new Dictionary<string, string>();
        foreach (var name in (string[])["home", "unit-1"])
        {
            groups[name] = await Alb.CreateServerGroupAsync(new CreateServerGroupRequest(name, network, "HTTP", new HealthCheckSpec(false), name), Stop);
        }

        Groups = groups;
        var balancer = "";
        await UntilAsync(async () =>
        {
            try
            {
                balancer = await Alb.CreateLoadBalancerAsync(
                    new CreateLoadBalancerRequest("edge", network, "Internet", "Standard", new LoadBalancerBilling("PostPay"), [new ZoneMapping("cn-hangzhou-h", a), new ZoneMapping("cn-hangzhou-i", b)], "alb"), Stop);
                return true;
            }
            catch (ApiException busy) when (busy.Kind == ApiErrorKind.Busy)
            {
                return false;
            }
        });
        await UntilAsync(async () => (await Alb.GetLoadBalancerAsync(balancer, Stop)).LoadBalancerStatus == "Active");
        Listener = await Alb.CreateListenerAsync(new CreateListenerRequest(balancer, 80, "HTTP", [ForwardAction.To(new ServerGroupTuple(groups["home"]))], "lsn"), Stop);
        await UntilAsync(async () => (await Alb.GetListenerAsync(Listener, Stop)).ListenerStatus == "Running");
        Rule = await Alb.CreateRuleAsync(
            new CreateRuleRequest(Listener, 100, "buyers", [RuleCondition.Path("/*")], [ForwardAction.To(new ServerGroupTuple(groups["home"], 100)) with { Order = 1 }], "rule"), Stop);
        await SettledAsync();
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        while (!await holds()) await Task.Yield();
    }
}
