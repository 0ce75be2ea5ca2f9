using Orchestrator.Fleet.Clock;
using Orchestrator.Fleet.Demand;
using Orchestrator.Fleet.Files;
using Orchestrator.Simulator;
using Orchestrator.Simulator.Serving;
using k8s;

namespace Orchestrator.Infra.Tests.Simulator;

/// <summary>Small clouds for tests.</summary>
internal static class Clouds
{
    public const string Cluster = "hz-batch-a";

    public static FleetDefinition AFleet(int nodes = 4, double onlineCpuMilli = 0) => new()
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
                    DayCurve.Constant(onlineCpuMilli),
                    DayCurve.Constant(nodes * 32_000.0),
                    DayCurve.Constant(0),
                    DayCurve.Constant(nodes * 100_000.0)),
            },
        ],
    };

    public static string Node(int index) => $"node-{index:0000}";

    public static Task<SimulatedCloud> StartAsync(FleetDefinition? fleet = null, TimeProvider? environmentClock = null, Func<SimulatedCloudOptions, SimulatedCloudOptions>? with = null)
    {
        var options = new SimulatedCloudOptions { Fleet = fleet ?? AFleet(), EnvironmentClock = environmentClock ?? EnvironmentClock.StartingNow() };
        return SimulatedCloud.StartAsync(with?.Invoke(options) ?? options, TestContext.Current.CancellationToken);
    }

    public static k8s.Kubernetes ClientOf(SimulatedCloud cloud, string cluster = Cluster) =>
        new(new KubernetesClientConfiguration { Host = cloud.ClusterAddress(cluster).ToString() });
}
