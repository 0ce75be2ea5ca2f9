using Orchestrator.Fleet.Files;

namespace Orchestrator.Fleet.Tests.Files;

public sealed class DemoFleetTests
{
    [Fact]
    public void The_demo_fleet_has_three_batch_clusters_and_an_online_home()
    {
        var fleet = Shipped.DemoFleet;

        Assert.Equal(["hz-batch-a", "hz-batch-b", "sh-batch-a"], fleet.Clusters.Where(c => c.Kind == ClusterKind.Batch).Select(c => c.Id));
        Assert.Equal("hz-online", Assert.Single(fleet.Clusters, c => c.Kind == ClusterKind.Online).Id);
        Assert.Equal(60, fleet.Clusters.Where(c => c.Kind == ClusterKind.Batch).Sum(c => c.NodeCount));
    }

    [Fact]
    public void The_demo_fleets_demand_never_exceeds_its_capacity()
    {
        foreach (var cluster in Shipped.DemoFleet.Clusters)
        {
            for (var at = TimeSpan.Zero; at < TimeSpan.FromDays(1); at += TimeSpan.FromMinutes(5))
            {
                Assert.True(cluster.Demand.OnlineCpuMilli.At(at) + cluster.Demand.BatchCpuMilli.At(at) <= cluster.CpuMilli, $"{cluster.Id} CPU at {at}");
                Assert.True(cluster.Demand.OnlineMemoryMiB.At(at) + cluster.Demand.BatchMemoryMiB.At(at) <= cluster.MemoryMiB, $"{cluster.Id} memory at {at}");
            }
        }
    }

    [Fact]
    public void Nodes_spread_over_the_zones_of_their_cluster()
    {
        var byZone = Shipped.DemoFleet.Clusters[0].ListNodes().CountBy(node => node.Zone).ToDictionary();

        Assert.All(byZone.Values, count => Assert.Equal(8, count));
    }
}
