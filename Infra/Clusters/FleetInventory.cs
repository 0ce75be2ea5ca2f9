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

    /// <summary>The driver of a cluster; null when no such cluster is configured. Throws <see cref="ClusterUnreachableException"/> when its credentials cannot be had.</summary>
    public ClusterDriver? Find(string cluster) =>
        options.Value.Clusters.TryGetValue(cluster, out var endpoint)
            ? Kept(cluster, endpoint)
            : null;

    public void Dispose()
    {
        foreach (var driver in _drivers.Values.Where(driver => driver.IsValueCreated))
        {
            driver.Value.Dispose();
        }
    }

    /// <summary>A driver that could not be made (a plugin that failed, a kubeconfig that is not there yet) is made anew by whoever asks next.</summary>
    private ClusterDriver Kept(string cluster, ClusterEndpoint? endpoint)
    {
        var made = _drivers.GetOrAdd(cluster, id => new Lazy<ClusterDriver>(() => Connect(id, endpoint)));
        try
        {
            return made.Value;
        }
        catch
        {
            _drivers.TryRemove(KeyValuePair.Create(cluster, made));
            throw;
        }
    }

    private ClusterDriver Connect(string cluster, ClusterEndpoint? endpoint) =>
        new(new ClusterConnection(cluster, ClusterAccess.Of(cluster, endpoint, options.Value.Cloud), environmentClock, TimeProvider.System), options.Value.NodeParallel);
}
