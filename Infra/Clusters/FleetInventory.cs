using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Orchestrator.Fleet.Clock;
using Orchestrator.Infra.Settings;

namespace Orchestrator.Infra.Clusters;

/// <summary>The clusters this installation knows, each with its driver. Drivers live as long as the inventory and keep their connections.</summary>
public sealed class FleetInventory(IOptions<InfraOptions> options, EnvironmentClock environmentClock) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<ClusterDriver>> _drivers = new(StringComparer.Ordinal);

    /// <summary>Ids of all clusters, sorted.</summary>
    public IReadOnlyCollection<string> Clusters => [.. options.Value.Clusters.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The driver of a cluster; null when no such cluster is configured.</summary>
    public ClusterDriver? Find(string cluster) =>
        options.Value.Clusters.TryGetValue(cluster, out var endpoint)
            ? _drivers.GetOrAdd(cluster, id => new Lazy<ClusterDriver>(() => Connect(id, endpoint))).Value
            : null;

    public void Dispose()
    {
        foreach (var driver in _drivers.Values.Where(driver => driver.IsValueCreated))
        {
            driver.Value.Dispose();
        }
    }

    private ClusterDriver Connect(string cluster, ClusterEndpoint? endpoint) =>
        new(new ClusterConnection(cluster, ClusterConnection.Configuration(cluster, endpoint, options.Value.Cloud), environmentClock, TimeProvider.System), options.Value.NodeParallel);
}
