using Orchestrator.Fleet.Clock;
using Orchestrator.Fleet.Demand;
using Orchestrator.Fleet.Files;
using Orchestrator.Simulator;
using Orchestrator.Simulator.Serving;
using k8s;
using k8s.Models;
using System.Text.Json.Nodes;

namespace Orchestrator.Infra.Tests.Simulator;

/// <summary>Small clouds for tests.</summary>
internal static class Clouds
{
    public const string Cluster = "hz-batch-a";

    public static FleetDefinition AFleet(int nodes = 4) => new()
    {
        Name = "test",
        Currency = "CNY",
        Traffic = DayCurve.Constant(1_000),
        Clusters =
        [
            new ClusterDefinition
            {
                Id = Cluster,
                Kind = ClusterKind.Batch,
                Region = "cn-hangzhou",
                Zones = ["cn-hangzhou-h", "cn-hangzhou-i"],
                CostPerNodeHour = 3,
                Pools = [new PoolDefinition { Name = "main", CpuMilli = 32_000, MemoryMiB = 131_072, Nodes = [.. Enumerable.Range(0, nodes).Select(Node)] }],
                Demand = new ClusterDemand(
                    DayCurve.Constant(0),
                    DayCurve.Constant(nodes * 32_000.0),
                    DayCurve.Constant(0),
                    DayCurve.Constant(nodes * 100_000.0)),
            },
        ],
    };

    /// <summary>A deployment in a namespace of its own, with a service that finds it.</summary>
    public static async Task DeployAsync(IKubernetes client, string name, int replicas, string cpu, string memory, string? unit)
    {
        var stop = TestContext.Current.CancellationToken;
        var labels = new Dictionary<string, string> { ["app"] = name };
        if (unit is not null)
        {
            labels["orchestrator.io/unit"] = unit;
        }

        await client.CoreV1.CreateNamespaceAsync(new V1Namespace { Metadata = new V1ObjectMeta { Name = name } }, cancellationToken: stop);
        await client.AppsV1.CreateNamespacedDeploymentAsync(
            new V1Deployment
            {
                Metadata = new V1ObjectMeta { Name = name },
                Spec = new V1DeploymentSpec
                {
                    Replicas = replicas,
                    Selector = new V1LabelSelector { MatchLabels = labels },
                    Template = new V1PodTemplateSpec
                    {
                        Metadata = new V1ObjectMeta { Labels = labels },
                        Spec = new V1PodSpec
                        {
                            Containers = [new V1Container { Name = "main", Resources = new V1ResourceRequirements { Requests = new Dictionary<string, ResourceQuantity> { ["cpu"] = new(cpu), ["memory"] = new(memory) } } }],
                        },
                    },
                },
            },
            name,
            cancellationToken: stop);
        await client.CoreV1.CreateNamespacedServiceAsync(
            new V1Service { Metadata = new V1ObjectMeta { Name = "front", Labels = labels }, Spec = new V1ServiceSpec { Type = "LoadBalancer", Selector = labels, Ports = [new V1ServicePort { Port = 80 }] } }, name, cancellationToken: stop);
    }

    public static string Node(int index) => $"node-{index:0000}";

    public static Task<SimulatedCloud> StartAsync(FleetDefinition? fleet = null, TimeProvider? environmentClock = null, Func<SimulatedCloudOptions, SimulatedCloudOptions>? with = null)
    {
        var options = new SimulatedCloudOptions { Fleet = fleet ?? AFleet(), EnvironmentClock = environmentClock ?? EnvironmentClock.StartingNow() };
        return SimulatedCloud.StartAsync(with?.Invoke(options) ?? options, TestContext.Current.CancellationToken);
    }

    /// <summary>Divides the traffic by the route that every cloud begins with. The controller looks later: see <see cref="WhenRoutedAsync"/>.</summary>
    public static async Task RouteAsync(SimulatedCloud cloud, params (string Destination, int Weight)[] weights)
    {
        using var client = ClientOf(cloud);
        var backends = string.Join(',', weights.Select(weight => $$"""{"name":"{{weight.Destination}}","port":80,"weight":{{weight.Weight}}}"""));
        await client.CustomObjects.PatchNamespacedCustomObjectAsync(
            new V1Patch($$$"""{"spec":{"rules":[{"backendRefs":[{{{backends}}}]}]}}""", V1Patch.PatchType.MergePatch), "gateway.networking.k8s.io", "v1", "trading", "httproutes", "trading",
            cancellationToken: TestContext.Current.CancellationToken);
    }

    /// <summary>The same, and returns when the weights hold, on a clock that runs.</summary>
    public static async Task WhenRoutedAsync(SimulatedCloud cloud, params (string Destination, int Weight)[] weights)
    {
        await RouteAsync(cloud, weights);
        using var http = new HttpClient { BaseAddress = cloud.BaseAddress };
        while (JsonNode.Parse(await http.GetStringAsync("sim/weights", TestContext.Current.CancellationToken))!["weights"]!.AsObject() is var held
            && !weights.All(weight => held[weight.Destination]?.GetValue<int>() == weight.Weight))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    public static k8s.Kubernetes ClientOf(SimulatedCloud cloud, string cluster = Cluster) =>
        new(new KubernetesClientConfiguration { Host = cloud.ClusterAddress(cluster).ToString() });
}
