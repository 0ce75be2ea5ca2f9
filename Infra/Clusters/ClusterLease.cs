namespace Orchestrator.Infra.Clusters;

/// <summary>The right to change a cluster, as written in its ConfigMap <c>koordinator-system/orchestrator-lease</c>.</summary>
/// <param name="Token">Fencing token: a greater one takes the cluster from a smaller one.</param>
/// <param name="Run">The run that holds it.</param>
/// <param name="ResourceVersion">Of the ConfigMap when the lease was written or last checked.</param>
public sealed record ClusterLease(string Cluster, long Token, string Run, string ResourceVersion);
