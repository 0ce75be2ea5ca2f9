namespace Orchestrator.Infra.Clusters;

/// <summary>A cluster's API gave no usable answer after all tries. Retrying later may help.</summary>
public sealed class ClusterUnreachableException(string cluster, string message, Exception? inner = null)
    : Exception($"cluster {cluster}: {message}", inner)
{
    public string Cluster { get; } = cluster;
}
