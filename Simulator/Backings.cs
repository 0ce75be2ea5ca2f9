using System.Collections.Concurrent;
using Orchestrator.Fleet.Files;
using Orchestrator.Simulator.Balancing;
using Orchestrator.Simulator.Clusters;
using Orchestrator.Simulator.OpenApi;

namespace Orchestrator.Simulator;

/// <summary>What stands behind the traffic's destinations: the machines of home, rented instances, pods.</summary>
internal sealed class Backings(FleetDefinition fleet, OpenApiService openApi, ConcurrentDictionary<string, SimulatedCluster> clusters)
{
    /// <summary>Rises whenever that may have changed by anything but time.</summary>
    public long Version => openApi.Version + clusters.Values.Sum(cluster => cluster.Workloads.Version + cluster.Deaths);

    public bool IsUnit(string unit) => openApi.FindUnit(unit) is not null || clusters.Values.Any(cluster => cluster.Services.FindUnit(unit) is not null);

    public Backing Of(string destination, DateTimeOffset at)
    {
        if (destination == Balancer.Home)
        {
            var nodes = clusters.Values.Where(cluster => cluster.IsHome).SelectMany(cluster => cluster.Nodes).Where(node => node.IsAlive(at)).Sum(node => node.Load.CpuMilli);
            return new Backing((nodes + fleet.HomeCpuOutside) / 1_000, Healthy: true);
        }

        if (openApi.CoresOf(destination, at) is { } rented)
        {
            return new Backing(rented, rented > 0);
        }

        foreach (var cluster in clusters.Values)
        {
            if (cluster.Services.CoresOf(destination, fleet.Application.CoresBeside, at) is { } cores)
            {
                return new Backing(cores, cores > 0);
            }
        }

        return default;
    }
}
