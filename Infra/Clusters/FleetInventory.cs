namespace Orchestrator.Infra.Clusters;

/// <summary>The clusters this installation knows, each with its driver. Drivers live as long as the inventory and share their connections.</summary>
public sealed class FleetInventory
{
    /// <summary>Ids of all clusters, sorted.</summary>
    public IReadOnlyCollection<string> Clusters { get; } = [];

    /// <summary>The driver of a cluster; null when no such cluster is configured.</summary>
    public ClusterDriver? Find(string cluster) => throw new NotImplementedException();
}
