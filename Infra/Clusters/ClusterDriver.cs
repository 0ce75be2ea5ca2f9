using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Infra.Settings;

namespace Orchestrator.Infra.Clusters;

/// <summary>
/// Reads and moves one co-located cluster over its Kubernetes API. Retries conflicts, throttling and server errors
/// itself, with jittered backoff on the environment clock, honouring Retry-After. Throws <see cref="FencedException"/> when a
/// writer with a greater token holds the cluster, <see cref="ClusterUnreachableException"/> when the API gives no
/// usable answer after all tries. Safe for concurrent use.
/// </summary>
public sealed class ClusterDriver : IDisposable
{
    private static readonly TimeSpan FirstPoll = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestPoll = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ShortestSystemPoll = TimeSpan.FromMilliseconds(15);
    private static readonly TimeSpan GivenUpAfter = TimeSpan.FromMinutes(2);
    private const int LeastReadings = 3;

    private readonly ClusterConnection _connection;
    private readonly ClusterReader _reader;
    private readonly LeaseKeeper _leases;
    private readonly NodeLabeller _labeller;
    private readonly PodDrain _drain;
    private readonly QuotaKeeper _quotas;
    private readonly BatchPods _batch;
    private readonly UnitWorkloads _units;

    internal ClusterDriver(ClusterConnection connection, int parallel)
    {
        _connection = connection;
        _reader = new ClusterReader(connection);
        _leases = new LeaseKeeper(connection);
        _labeller = new NodeLabeller(connection, parallel);
        _drain = new PodDrain(connection, parallel);
        _quotas = new QuotaKeeper(connection, _leases);
        _batch = new BatchPods(connection, parallel);
        _units = new UnitWorkloads(connection);
        Objects = new ClusterObjects(connection);
    }

    public string Cluster => _connection.Cluster;

    internal ClusterConnection Connection => _connection;

    /// <summary>Objects of any kind that the cluster serves.</summary>
    public ClusterObjects Objects { get; }

    /// <summary>All nodes with label, readiness, capacity, batch allocatable and the age of their metrics, read in pages of 500.</summary>
    public Task<ClusterSurvey> SurveyAsync(CancellationToken cancellationToken) => _reader.SurveyAsync(cancellationToken);

    /// <summary>
    /// Writes ConfigMap <c>koordinator-system/slo-controller-config</c> by server-side apply (field manager <c>orchestrator</c>).
    /// Returns the digest of what is there now. Writing the same data again changes nothing.
    /// </summary>
    /// <param name="data">The ConfigMap's data: <c>colocation-config</c>, <c>resource-threshold-config</c>, ….</param>
    public async Task<string> ApplyProfilesAsync(IReadOnlyDictionary<string, string> data, string idempotencyKey, CancellationToken cancellationToken)
    {
        var digest = ProfilesDigest(data);
        if (await ProfilesDigestAsync(cancellationToken) == digest)
        {
            return digest;
        }

        var patch = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ConfigMap",
            ["metadata"] = new JsonObject
            {
                ["name"] = Slo.ConfigMap,
                ["namespace"] = Slo.Namespace,
                ["annotations"] = new JsonObject { [NodeNames.IdempotencyKey] = idempotencyKey },
            },
            ["data"] = new JsonObject(data.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)JsonValue.Create(pair.Value)))),
        };
        var applied = await _connection.CallAsync(client => client.CoreV1.PatchNamespacedConfigMapAsync(
            new V1Patch(patch.ToJsonString(), V1Patch.PatchType.ApplyPatch),
            Slo.ConfigMap,
            Slo.Namespace,
            fieldManager: ClusterConnection.FieldManager,
            force: true,
            cancellationToken: cancellationToken));
        return ProfilesDigest(applied.Data);
    }

    /// <summary>Digest (<c>sha256:…</c>) of the profiles in the cluster now; null when there are none. Equal data gives equal digests.</summary>
    public async Task<string?> ProfilesDigestAsync(CancellationToken cancellationToken)
    {
        var map = await _connection.FindAsync(client => client.CoreV1.ReadNamespacedConfigMapAsync(Slo.ConfigMap, Slo.Namespace, cancellationToken: cancellationToken));
        return map is null ? null : ProfilesDigest(map.Data ?? new Dictionary<string, string>());
    }

    /// <summary>The same digest of data that is not applied yet.</summary>
    public static string ProfilesDigest(IEnumerable<KeyValuePair<string, string>> data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (key, value) in data.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            // Lengths first, so that no two different maps give the same bytes.
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{key.Length}:{key}{value.Length}:{value}")));
        }

        return "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>
    /// Takes the cluster's lease, or finds it held with this token already. A smaller token there is replaced. Throws
    /// <see cref="FencedException"/> when a greater one is there.
    /// </summary>
    public Task<ClusterLease> TakeLeaseAsync(long token, string run, CancellationToken cancellationToken) => _leases.TakeAsync(token, run, cancellationToken);

    /// <summary>Takes the cluster's lease from whoever has it, with the next token: only for an emergency, whose tokens no journal can give.</summary>
    public Task<ClusterLease> SeizeLeaseAsync(string run, CancellationToken cancellationToken) => _leases.SeizeAsync(run, cancellationToken);

    /// <summary>Throws <see cref="FencedException"/> when the lease is no longer this one's.</summary>
    public Task CheckLeaseAsync(ClusterLease lease, CancellationToken cancellationToken) => _leases.CheckAsync(lease, cancellationToken);

    /// <summary>
    /// Labels nodes with a state, at most <see cref="InfraOptions.NodeParallel"/> at once, skipping those already there. Each patch
    /// carries the key, the lease's token and the resource version it was decided on, so a stale writer changes nothing. The lease is checked before the first patch.
    /// </summary>
    /// <param name="progress">Told how many nodes are done so far.</param>
    public async Task<LabelOutcome> LabelAsync(
        IReadOnlyCollection<string> nodes, ColocationState state, ClusterLease lease, string idempotencyKey, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        await _leases.CheckAsync(lease, cancellationToken);
        var known = await _reader.NodesAsync(nodes, cancellationToken);
        return await _labeller.LabelAsync(known, nodes, state, lease, idempotencyKey, progress, cancellationToken);
    }

    /// <summary>
    /// Reads the nodes back until each is Ready, shows the state's label and the batch allocatable that the profile gives, and a NodeMetric that was measured after this began tells
    /// that batch uses no more than the target lets it; or until <paramref name="deadline"/> (a duration on the environment clock) is over. At least three readings are made,
    /// however fast the night runs.
    /// </summary>
    /// <remarks>
    /// Polled, not watched: what is waited for is a report that each node makes every 20 to 60 s, and a watch of thousands of nodes brings every kubelet's heartbeat with it. One reading is
    /// two lists in pages, at most every 15 s.
    /// </remarks>
    /// <param name="mayBeNotReady">When only so many nodes are left, and the kubelet or koordlet of each has been silent for two minutes, they are no longer waited for. Default 0.</param>
    public async Task<Confirmation> ConfirmAsync(
        IReadOnlyCollection<string> nodes, ColocationState state, BatchTarget target, TimeSpan deadline, CancellationToken cancellationToken, int mayBeNotReady = 0)
    {
        var started = _connection.EnvironmentClock.GetTimestamp();
        var lastReady = started;
        var open = nodes.ToList();
        var confirmed = new List<string>(open.Count);
        var reasons = new List<UnconvergedNode>();
        var gone = new List<UnconvergedNode>();
        // By node, the server's time when the label was first seen in its place: the label is no younger.
        var labelled = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        var poll = FirstPoll;
        for (var reading = 1; ; reading++)
        {
            var read = await _reader.NodesAsync(open, cancellationToken);
            reasons.Clear();
            foreach (var name in open)
            {
                var node = read.GetValueOrDefault(name);
                if (node is null)
                {
                    // The API server has no such node: it will not come back by being waited for.
                    gone.Add(new UnconvergedNode(name, "no such node") { Ready = false, Gone = true });
                }
                else if (target.Difference(node, state, Since(node)) is { } reason)
                {
                    reasons.Add(new UnconvergedNode(name, reason) { Ready = node.Ready && node.MetricAge < GivenUpAfter });
                }
                else
                {
                    confirmed.Add(name);
                }
            }

            lastReady = reasons.Any(node => node.Ready) ? _connection.EnvironmentClock.GetTimestamp() : lastReady;

            open = [.. reasons.Select(node => node.Node)];
            var waited = _connection.EnvironmentClock.GetElapsedTime(started);
            var givenUp = open.Count <= mayBeNotReady && _connection.EnvironmentClock.GetElapsedTime(lastReady) >= GivenUpAfter;
            if (open.Count == 0 || ((waited >= deadline || givenUp) && reading >= LeastReadings))
            {
                return new Confirmation(
                    [.. confirmed.Order(StringComparer.Ordinal)],
                    [.. reasons.Concat(gone).OrderBy(node => node.Node, StringComparer.Ordinal)],
                    waited);
            }

            // A fast night would poll without a pause; the wall's least keeps the API server usable for others.
            await Task.WhenAll(
                Task.Delay(poll, _connection.EnvironmentClock, cancellationToken),
                Task.Delay(ShortestSystemPoll, _connection.SystemClock, cancellationToken));
            poll = poll * 1.5 < LongestPoll ? poll * 1.5 : LongestPoll;
        }

        DateTimeOffset Since(SurveyedNode node)
        {
            if (node.State == state)
            {
                labelled.TryAdd(node.Name, node.ReadAt);
            }

            return labelled.GetValueOrDefault(node.Name, DateTimeOffset.MaxValue);
        }
    }

    /// <summary>The named nodes as they are now, by name; those that are gone are missing.</summary>
    public Task<IReadOnlyDictionary<string, SurveyedNode>> NodesAsync(IReadOnlyCollection<string> nodes, CancellationToken cancellationToken) => _reader.NodesAsync(nodes, cancellationToken);

    /// <summary>The running batch tasks of these nodes, and the API server's time at which they were read.</summary>
    public Task<(ImmutableArray<BatchTask> Tasks, DateTimeOffset At)> BatchTasksAsync(IReadOnlyCollection<string> nodes, CancellationToken cancellationToken) => _batch.TasksAsync(nodes, cancellationToken);

    /// <summary>How many batch pods wait for a node, and how many run.</summary>
    public Task<(int Waiting, int Running)> BatchAsync(CancellationToken cancellationToken) => _batch.CountAsync(cancellationToken);

    /// <summary>
    /// Deletes batch tasks in the order given, a few at a time. Disruption budgets are not asked: they protect the pace of batch, which a lossy degrade gives up. A task that is gone, or whose
    /// name another pod has taken, is passed over.
    /// </summary>
    public Task KillAsync(IEnumerable<(string Task, string Uid)> tasks, ClusterLease lease, CancellationToken cancellationToken) => _batch.KillAsync(tasks, lease, _leases, cancellationToken);

    /// <summary>
    /// Evicts the pods that match a label selector (on the given nodes, or everywhere when null), respecting disruption budgets, and
    /// waits until they are gone or the deadline (night's clock) is over.
    /// </summary>
    public Task<DrainOutcome> DrainAsync(
        string labelSelector, IReadOnlyCollection<string>? nodes, TimeSpan deadline, string idempotencyKey, CancellationToken cancellationToken) =>
        _drain.DrainAsync(labelSelector, nodes, deadline, idempotencyKey, cancellationToken);

    /// <summary>Names (<c>namespace/name</c>) of the pods that match a label selector and have not ended, sorted.</summary>
    /// <param name="counts">Which nodes' pods count, by the node's name, which is empty while a pod waits for one. Null: all.</param>
    public async Task<IReadOnlyList<string>> PodsAsync(string labelSelector, CancellationToken cancellationToken, Func<string, bool>? counts = null) =>
        [.. (await _drain.PodsAsync(labelSelector, nodes: null, cancellationToken)).Where(pod => counts?.Invoke(pod.Spec?.NodeName ?? "") ?? true).Select(PodDrain.Name).Order(StringComparer.Ordinal)];

    /// <summary>The ElasticQuotas by name; null where the cluster has none of that kind.</summary>
    public Task<ImmutableDictionary<string, ClusterQuota>?> QuotasAsync(CancellationToken cancellationToken) => _quotas.ReadAsync(cancellationToken);

    /// <summary>
    /// Admits no more batch work than runs now: ElasticQuota <c>batch</c>, <c>spec.max := max(spec.min, status.used)</c>, by server-side apply. A quota that is
    /// frozen stays as it is; without a quota, or without its use, nothing happens, and <see cref="QuotasAsync"/> shows so.
    /// </summary>
    public Task FreezeBatchAsync(ClusterLease lease, string idempotencyKey, CancellationToken cancellationToken) => _quotas.FreezeAsync(lease, idempotencyKey, cancellationToken);

    /// <summary>Puts the batch quota's <c>spec.max</c> back to what it was before the freeze, whichever run froze it. Nothing happens where it is not frozen.</summary>
    public Task ThawBatchAsync(ClusterLease lease, string idempotencyKey, CancellationToken cancellationToken) => _quotas.ThawAsync(lease, idempotencyKey, cancellationToken);

    /// <summary>Version of Koordinator and koordlet's gates; null when we may not read its workloads.</summary>
    public Task<KoordinatorInstall?> KoordinatorAsync(CancellationToken cancellationToken) => KoordinatorInstall.ReadAsync(_connection, cancellationToken);

    /// <summary>Scales every deployment that carries the unit's label to no replicas.</summary>
    /// <returns>How many deployments there are, and the replicas that they had.</returns>
    public Task<(int Workloads, int Replicas)> EmptyUnitAsync(string unit, string idempotencyKey, CancellationToken cancellationToken) => _units.EmptyAsync(unit, idempotencyKey, cancellationToken);

    /// <summary>How long the oldest batch pod without a node has waited, by the API server's clock; zero when none waits.</summary>
    public Task<TimeSpan> OldestWaitingBatchAsync(CancellationToken cancellationToken) => _batch.OldestWaitingAsync(cancellationToken);

    /// <summary>Running batch pods with a checkpoint (annotation <c>orchestrator.io/checkpoint</c>), counted, and those without, as namespace/name.</summary>
    public Task<(int With, ImmutableArray<string> Without)> CheckpointsAsync(CancellationToken cancellationToken) => _batch.CheckpointsAsync(cancellationToken);

    public void Dispose() => _connection.Dispose();
}
