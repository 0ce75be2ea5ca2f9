using Orchestrator.Fleet.Colocation;

namespace Orchestrator.Infra.Clusters;

/// <summary>
/// Reads and moves one co-located cluster over its Kubernetes API. Retries conflicts, throttling and server errors
/// itself, with jittered backoff on the night's clock, honouring Retry-After. Throws <see cref="FencedException"/> when a
/// writer with a greater token holds the cluster, <see cref="ClusterUnreachableException"/> when the API gives no
/// usable answer after all tries. Safe for concurrent use.
/// </summary>
public sealed class ClusterDriver
{
    public string Cluster { get; } = "";

    /// <summary>All nodes with label, readiness, capacity, batch allocatable and the age of their metrics, read in pages of 500.</summary>
    public Task<ClusterSurvey> SurveyAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>
    /// Writes ConfigMap <c>koordinator-system/slo-controller-config</c> by server-side apply (field manager <c>orchestrator</c>).
    /// Returns the digest of what is there now. Writing the same data again changes nothing.
    /// </summary>
    /// <param name="data">The ConfigMap's data: <c>colocation-config</c>, <c>resource-threshold-config</c>, ….</param>
    public Task<string> ApplyProfilesAsync(IReadOnlyDictionary<string, string> data, string idempotencyKey, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Digest (<c>sha256:…</c>) of the profiles in the cluster now; null when there are none. Equal data gives equal digests.</summary>
    public Task<string?> ProfilesDigestAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>The same digest of data that is not applied yet.</summary>
    public static string ProfilesDigest(IReadOnlyDictionary<string, string> data) => throw new NotImplementedException();

    /// <summary>Takes the cluster's lease, or finds it already this run's. A smaller token there is replaced. Throws <see cref="FencedException"/> when a greater one is there.</summary>
    public Task<ClusterLease> TakeLeaseAsync(long token, string run, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Throws <see cref="FencedException"/> when the lease is no longer this one's.</summary>
    public Task CheckLeaseAsync(ClusterLease lease, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>
    /// Labels nodes with a state, at most 64 at once, skipping those already there. Each patch carries the key, the
    /// lease's token and the resource version it was decided on, so a stale writer changes nothing.
    /// </summary>
    /// <param name="progress">Told how many nodes are done so far.</param>
    public Task<LabelOutcome> LabelAsync(
        IReadOnlyCollection<string> nodes, ColocationState state, ClusterLease lease, string idempotencyKey, IProgress<int>? progress, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>
    /// Reads the nodes back until each shows the state's label and the batch allocatable that the profile gives, or until
    /// <paramref name="deadline"/> (a duration on the night's clock) is over.
    /// </summary>
    public Task<Confirmation> ConfirmAsync(
        IReadOnlyCollection<string> nodes, ColocationState state, BatchTarget target, TimeSpan deadline, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Evicts the pods that match a label selector (on the given nodes, or everywhere when null) and waits until they are gone or the deadline (night's clock) is over.</summary>
    public Task<DrainOutcome> DrainAsync(
        string labelSelector, IReadOnlyCollection<string>? nodes, TimeSpan deadline, string idempotencyKey, CancellationToken cancellationToken) => throw new NotImplementedException();
}
