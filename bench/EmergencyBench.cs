using System.Collections.Immutable;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Fleet.Clock;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Files;
using Orchestrator.Fleet.Units;
using Orchestrator.Infra;
using Orchestrator.Infra.Alibaba.Signing;
using Orchestrator.Infra.Clusters;
using Orchestrator.Infra.FastScaleDown;
using Orchestrator.Infra.Provisioning;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Infra.Settings;
using Orchestrator.Infra.Traffic;
using Orchestrator.Simulator;
using Orchestrator.Simulator.Effects;
using Orchestrator.Simulator.Serving;

namespace Orchestrator.Bench;

/// <summary>
/// The emergency stop without store and bus: from the order to the first command that the world has taken, and to the last of 1,000 nodes; then the same with one call in twenty
/// throttled. The simulated cloud is in this process, on the system clock, and shares the machine.
/// </summary>
internal static class EmergencyBench
{
    private const int Nodes = 1_000;
    private const int Rounds = 5;
    private const int Hosts = 16;

    private static readonly FleetDefinition fleet = FleetFileReader.Read("bench.yaml", $$"""
        fleet: bench
        currency: CNY
        traffic: { "00:00": 1000 }
        clusters:
          - id: lend
            kind: batch
            region: cn-hangzhou
            zones: [ cn-hangzhou-h ]
            costPerNodeHour: 6.40
            pools:
              - { name: compute, model: d96, cpuMilli: 96000, memoryMiB: 393216, nodes: { prefix: n-, count: {{Nodes}} } }
          - id: home
            kind: online
            region: cn-hangzhou
            zones: [ cn-hangzhou-h ]
            costPerNodeHour: 7.20
            pools:
              - { name: trade, model: g64, cpuMilli: 64000, memoryMiB: 262144, nodes: { prefix: o-, count: 16 } }
        """).Value!;

    public static async Task<Figure> MeasureAsync()
    {
        var folder = Directory.CreateTempSubdirectory("orchestrator-bench-").FullName;
        var clock = EnvironmentClock.StartingNow();
        await using var cloud = await SimulatedCloud.StartAsync(
            new SimulatedCloudOptions { Fleet = fleet, EnvironmentClock = clock, Delays = 0, CallsPerMinute = new Dictionary<string, int> { ["*"] = 1_000_000 } }, CancellationToken.None);
        await using var services = Build(cloud, clock, folder);
        var unit = await UnitAsync(services);
        var order = new ScaleDownOrder("", [unit], ["lend"]);
        var quiet = await RoundsAsync(services, cloud, order, "quiet");
        using var faults = new HttpClient { BaseAddress = cloud.BaseAddress };
        using var set = await faults.PutAsJsonAsync("sim/faults", new { rules = new[] { new { route = "/*", throttlePercent = 5 } }, deadNodes = Array.Empty<string>() });
        set.EnsureSuccessStatusCode();
        var throttled = await RoundsAsync(services, cloud, order, "throttled");
        Directory.Delete(folder, recursive: true);

        var figure = Figure.Of("emergency", "s to the last node", quiet.Select(round => round.Last));
        figure.More["nodes"] = Nodes;
        figure.More["firstCommandMilliseconds"] = quiet.Select(round => Math.Round(round.First * 1000, 1)).ToArray();
        figure.More["trafficInForceSeconds"] = quiet.Select(round => Math.Round(round.Traffic, 3)).ToArray();
        figure.More["cloudCommandSeconds"] = quiet.Select(round => Math.Round(round.Cloud, 3)).ToArray();
        figure.More["throttledLastSeconds"] = throttled.Select(round => Math.Round(round.Last, 3)).ToArray();
        figure.More["throttledFirstCommandMilliseconds"] = throttled.Select(round => Math.Round(round.First * 1000, 1)).ToArray();
        return figure;
    }

    private static async Task<List<Round>> RoundsAsync(ServiceProvider services, SimulatedCloud cloud, ScaleDownOrder order, string name)
    {
        var rounds = new List<Round>();
        // The first one is not counted: code is compiled and connections are opened.
        for (var number = 0; number <= Rounds; number++)
        {
            await LendAsync(services, order.Units[0].Unit, $"{name}-{number}");
            var seen = cloud.Effects[^1].Seq;
            var begun = cloud.Clock.GetUtcNow();
            var actions = new List<ScaleDownAction>();
            await foreach (var action in services.GetRequiredService<ScaleDown>().CarryOutAsync(order with { Id = $"{name}-{number}" }, CancellationToken.None)) actions.Add(action);

            if (actions.Find(action => action.Outcome != ScaleDownOutcome.Done) is { } failed) throw new InvalidOperationException($"{failed.Kind} {failed.Id}: {failed.Detail}");

            var effects = cloud.Effects.Where(effect => effect.Seq > seen).ToArray();
            var moved = effects.Where(effect => effect.Kind == EffectKind.NodeLabel).ToArray();
            if (moved.Length != Nodes) throw new InvalidOperationException($"{moved.Length} of {Nodes} nodes moved");

            if (number > 0)
            {
                rounds.Add(new Round(
                    (effects.Min(effect => effect.At) - begun).TotalSeconds, (moved.Max(effect => effect.At) - begun).TotalSeconds, actions.Single(action => action.Kind == "traffic").Seconds,
                    actions.Single(action => action.Kind == "unit").Seconds));
            }
        }

        return rounds;
    }

    /// <summary>A third of the traffic on the unit, every node lent: what the next order takes down.</summary>
    private static async Task LendAsync(ServiceProvider services, string unit, string key)
    {
        var driver = services.GetRequiredService<FleetInventory>().Find("lend")!;
        var lease = await driver.SeizeLeaseAsync($"lend {key}", CancellationToken.None);
        var survey = await driver.SurveyAsync(CancellationToken.None);
        var labelled = await driver.LabelAsync([.. survey.Nodes.Select(node => node.Name)], ColocationState.Transitional, lease, $"lend {key}", null, CancellationToken.None);
        if (!labelled.Failed.IsEmpty) throw new InvalidOperationException($"{labelled.Failed.Length} nodes could not be lent: {labelled.Failed[0].Reason}");

        var router = services.GetRequiredService<ITrafficRouter>();
        var now = (await router.ReadAsync(CancellationToken.None)).ByDestination;
        await router.ShiftAsync(new TrafficChange(now, ImmutableDictionary<string, int>.Empty.Add("home", 67).Add(unit, 33), $"lend {key}"), CancellationToken.None);
    }

    private static async Task<UnitOrder> UnitAsync(ServiceProvider services)
    {
        var program = StackPrograms.For(UnitKind.Cloud);
        var stacks = services.GetRequiredService<IStacks>();
        var config = ImmutableDictionary<string, JsonNode?>.Empty.Add("region", "cn-hangzhou").Add("hosts", Hosts);
        var built = await stacks.UpAsync(new StackRequest(program, "cloud-1", config) { IdempotencyKey = "bench" }, null, CancellationToken.None);
        if (!built.Succeeded) throw new InvalidOperationException($"the unit was not built: {built.Failures[0].Message}");

        return new UnitOrder("cloud-1", UnitKind.Cloud, null, "cn-hangzhou", built.Outputs["hostGroup"]!.ToString(), Hosts);
    }

    private static ServiceProvider Build(SimulatedCloud cloud, EnvironmentClock clock, string folder)
    {
        var services = new ServiceCollection().AddLogging().AddSingleton(clock).AddSingleton(fleet);
        services.AddSingleton<CredentialSource>(new StaticCredentials(new Credential(SimulatedAccessKey.Standard.Id, SimulatedAccessKey.Standard.Secret)));
        services.AddInfra(options =>
        {
            options.Cloud = cloud.BaseAddress;
            options.Alibaba.Endpoints["*"] = cloud.BaseAddress;
            options.StateDirectory = folder;
            foreach (var cluster in fleet.Clusters) options.Clusters[cluster.Id] = new ClusterEndpoint();
        });
        return services.BuildServiceProvider();
    }

    /// <param name="First">Seconds to the first command that took effect.</param>
    /// <param name="Last">Seconds to the last node.</param>
    /// <param name="Traffic">Seconds until the traffic was home, in force.</param>
    /// <param name="Cloud">Seconds until the cloud had taken the command for the unit's hosts.</param>
    private sealed record Round(double First, double Last, double Traffic, double Cloud);
}
