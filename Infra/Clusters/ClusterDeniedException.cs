namespace Orchestrator.Infra.Clusters;

/// <summary>The cluster's API server answers, and its admission refused the write: a webhook or an admission policy. Sending the same again does not help.</summary>
/// <param name="by">Who refused, as in <c>webhook "policy.example.com"</c>.</param>
/// <param name="reason">What it said.</param>
public sealed class ClusterDeniedException(string cluster, string by, string reason, Exception? inner = null)
    : Exception($"cluster {cluster}: {by} denied the request: {reason}", inner)
{
    public string Cluster { get; } = cluster;

    public string By { get; } = by;

    public string Reason { get; } = reason;
}
