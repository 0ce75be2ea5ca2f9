using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.Clusters.Objects;
using Orchestrator.Simulator.Colocation;
using Orchestrator.Simulator.Serving;

namespace Orchestrator.Simulator.Clusters;

/// <summary>
/// The deployment controller and the scheduler: pods appear on nodes and become ready over the environment clock's time. A pod goes to a node that its selectors choose, that is ready and not
/// cordoned, and that has what the pod asks for: its requests beside those that are there already, of CPU, memory and pods. What fits nowhere waits, with the reason.
/// </summary>
internal sealed class Workloads(SimulatedCluster cluster, SimulatedCloudOptions options)
{
    public const string OwnerLabel = "orchestrator.io/simulated-deployment";

    private readonly Lock _gate = new();
    private readonly Lock _indexing = new();
    private readonly List<(DateTimeOffset At, ObjectKey Pod, ObjectKey Deployment)> _due = [];
    private readonly List<ObjectKey> _pending = [];
    private volatile PodIndex _index = PodIndex.Empty;
    private long _created;

    /// <summary>Rises whenever pods come, go or are placed.</summary>
    public long Version => _index.Version;

    /// <summary>Most pods on a node: the kubelet's default.</summary>
    public const int MostPods = 110;

    private ObjectTable PodTable => cluster.Table(ResourceKind.Pod);

    /// <summary>Makes the pods that the deployment wants, and removes those it no longer wants; all of them when it is gone.</summary>
    public void Reconcile(ObjectKey key)
    {
        lock (_gate)
        {
            var pods = PodsOf(key);
            var body = cluster.Table(ResourceKind.Deployment).Find(key)?.Parse();
            var wanted = body?["spec"]?["replicas"]?.GetValue<int>() ?? (body is null ? 0 : 1);
            // Those that wait for a node leave first.
            foreach (var surplus in pods.OrderBy(pod => _index.Pods.GetValueOrDefault(pod.Key)?.Node is null).Skip(wanted))
            {
                Placed(PodTable.Write(surplus.Key, _ => null));
            }

            for (var missing = wanted - pods.Count; missing > 0 && body is not null; missing--)
            {
                Create(key, body);
            }
        }
    }

    /// <summary>A pod came or went by another hand: its node's load follows, and its deployment makes a new one.</summary>
    public void PodChanged(ObjectWrite write)
    {
        Placed(write);
        if (write.After is null)
        {
            PlaceWaiting();
        }

        if (write.After is null && write.Before is { } gone && gone.Labels.TryGetValue(OwnerLabel, out var owner))
        {
            Reconcile(new ObjectKey(gone.Key.Namespace, owner));
        }
    }

    public JsonObject StatusOf(StoredObject deployment, DateTimeOffset now)
    {
        var body = deployment.Parse();
        var pods = PodsOf(deployment.Key);
        var index = _index.Pods;
        var ready = pods.Count(pod => index.GetValueOrDefault(pod.Key)?.IsReady(now) is true);
        var wanted = body["spec"]?["replicas"]?.GetValue<int>() ?? 1;
        return new JsonObject
        {
            ["observedGeneration"] = body["metadata"]?["generation"]?.GetValue<long>() ?? 1,
            ["replicas"] = pods.Count,
            ["updatedReplicas"] = pods.Count,
            ["readyReplicas"] = ready,
            ["availableReplicas"] = ready,
            ["unavailableReplicas"] = Math.Max(0, wanted - ready),
            ["conditions"] = new JsonArray(
                new JsonObject { ["type"] = "Available", ["status"] = ready >= wanted ? "True" : "False" },
                new JsonObject { ["type"] = "Progressing", ["status"] = "True", ["reason"] = ready >= wanted ? "NewReplicaSetAvailable" : "ReplicaSetUpdated" }),
        };
    }

    /// <summary>How many pods that a selector chooses are ready, and how many there are.</summary>
    public (int Ready, int All) Count(string @namespace, JsonObject? selector, DateTimeOffset now)
    {
        var pods = PodTable.Snapshot().Objects.Where(pod => pod.Key.Namespace == @namespace && selector is not null
            && selector.All(label => pod.Labels.TryGetValue(label.Key, out var value) && value == label.Value?.ToString())).ToList();
        var index = _index.Pods;
        return (pods.Count(pod => index.GetValueOrDefault(pod.Key)?.IsReady(now) is true), pods.Count);
    }

    /// <summary>Cores of the pods that a selector chooses, that are ready and whose nodes live, as many as they are worth beside the batch work on their nodes.</summary>
    public double Cores(string @namespace, JsonObject? selector, Func<double, double, double> coresBeside, DateTimeOffset at)
    {
        var wanted = selector?.Select(label => (label.Key, label.Value?.ToString())).ToArray() ?? [];
        var cores = 0.0;
        foreach (var pod in _index.Pods.Values)
        {
            if (wanted.Length > 0 && pod.Pod.Key.Namespace == @namespace && pod.IsReady(at)
                && wanted.All(label => pod.Pod.Labels.TryGetValue(label.Key, out var value) && value == label.Item2)
                && cluster.FindNode(pod.Node!) is { } node && node.IsAlive(at))
            {
                cores += coresBeside(pod.CpuMilli / 1_000, node.BatchShareAt(at));
            }
        }

        return cores;
    }

    /// <summary>Looks again for nodes for the pods that wait.</summary>
    public void PlaceWaiting()
    {
        lock (_gate)
        {
            foreach (var key in _pending.ToArray())
            {
                if (PodTable.Find(key) is not { } pod)
                {
                    _pending.Remove(key);
                    continue;
                }

                var spec = pod.Parse()["spec"] as JsonObject ?? [];
                var (node, reason) = Choose(spec);
                if (node is null && reason == pod.Parse()["metadata"]?["annotations"]?[Pods.UnschedulableAnnotation]?.ToString())
                {
                    continue;
                }

                var readyAt = ReadyAt(key.Name);
                var write = PodTable.Write(key, before =>
                {
                    if (before is null)
                    {
                        return null;
                    }

                    if (node is null)
                    {
                        before["metadata"]!["annotations"]![Pods.UnschedulableAnnotation] = reason;
                        return before;
                    }

                    before["spec"]!["nodeName"] = node;
                    var annotations = before["metadata"]!["annotations"]!.AsObject();
                    annotations.Remove(Pods.UnschedulableAnnotation);
                    annotations[Pods.ReadyAtAnnotation] = readyAt.ToString("O", CultureInfo.InvariantCulture);
                    return before;
                });
                if (node is not null)
                {
                    _pending.Remove(key);
                    Placed(write);
                    cluster.Runs.Placed(write.After!, cluster.EnvironmentClock.GetUtcNow());
                    if (pod.Labels.TryGetValue(OwnerLabel, out var owner))
                    {
                        _due.Add((readyAt, key, new ObjectKey(key.Namespace, owner)));
                    }
                }
            }
        }
    }

    /// <summary>Shows watchers the pods that have become ready since, and their deployments.</summary>
    public void ShowDue(DateTimeOffset now)
    {
        lock (_gate)
        {
            foreach (var (_, pod, deployment) in _due.Where(due => due.At <= now).ToList())
            {
                PodTable.Touch(pod);
                cluster.Table(ResourceKind.Deployment).Touch(deployment);
            }

            _due.RemoveAll(due => due.At <= now);
        }
    }

    public bool IsReady(StoredObject pod, DateTimeOffset now) => _index.Pods.GetValueOrDefault(pod.Key)?.IsReady(now) is true;

    /// <summary>A pod that no deployment made waits for a node too.</summary>
    public void Wait(ObjectKey pod)
    {
        lock (_gate)
        {
            _pending.Add(pod);
        }
    }

    private List<StoredObject> PodsOf(ObjectKey deployment) =>
        [.. PodTable.Snapshot().Objects.Where(pod => pod.Key.Namespace == deployment.Namespace && pod.Labels.GetValueOrDefault(OwnerLabel) == deployment.Name)];

    private void Create(ObjectKey deployment, JsonObject body)
    {
        var template = body["spec"]?["template"] as JsonObject ?? [];
        var name = string.Create(CultureInfo.InvariantCulture, $"{deployment.Name}-{++_created:x5}");
        var spec = template["spec"]?.DeepClone() as JsonObject ?? [];
        var (node, reason) = spec["nodeName"] is null ? Choose(spec) : (spec["nodeName"]!.ToString(), "");
        if (node is not null)
        {
            spec["nodeName"] = node;
        }

        var labels = template["metadata"]?["labels"]?.DeepClone() as JsonObject ?? [];
        labels[OwnerLabel] = deployment.Name;
        var readyAt = ReadyAt(name);
        var annotations = new JsonObject();
        if (node is null)
        {
            annotations[Pods.UnschedulableAnnotation] = reason;
        }
        else
        {
            annotations[Pods.ReadyAtAnnotation] = readyAt.ToString("O", CultureInfo.InvariantCulture);
        }

        var pod = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["labels"] = labels,
                ["annotations"] = annotations,
                ["ownerReferences"] = new JsonArray(new JsonObject
                {
                    ["apiVersion"] = "apps/v1",
                    ["kind"] = "Deployment",
                    ["name"] = deployment.Name,
                    ["uid"] = body["metadata"]?["uid"]?.ToString() ?? "",
                    ["controller"] = true,
                }),
            },
            ["spec"] = spec,
        };
        var key = new ObjectKey(deployment.Namespace, name);
        Placed(PodTable.Write(key, _ => pod));
        if (node is null)
        {
            _pending.Add(key);
        }
        else
        {
            _due.Add((readyAt, key, deployment));
        }
    }

    private DateTimeOffset ReadyAt(string pod) =>
        cluster.EnvironmentClock.GetUtcNow() + TimeSpan.FromSeconds((20 + (StableRandom.Of(options.Seed, pod, "start") * 25)) * options.Delays);

    /// <summary>The node that suits, has room and has the fewest of our pods; or why there is none.</summary>
    public (string? Node, string Reason) Choose(JsonObject spec)
    {
        var now = cluster.EnvironmentClock.GetUtcNow();
        var selectors = LabelSelector.OfPod(spec);
        var (cpu, memory, batchCpu) = PodPlacement.Requests(spec);
        var whyNot = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var nodes = cluster.Table(ResourceKind.Node).Snapshot().Objects.Where(node => cluster.FindNode(node.Key.Name) is not null).ToList();
        foreach (var stored in nodes.OrderBy(node => cluster.FindNode(node.Key.Name)?.Online.Count).ThenBy(node => node.Key.Name, StringComparer.Ordinal))
        {
            if (cluster.FindNode(stored.Key.Name) is not { } node)
            {
                continue;
            }

            var reason = WhyNot(stored, node);
            if (reason is null)
            {
                return (node.Name, "");
            }

            whyNot[reason] = whyNot.GetValueOrDefault(reason) + 1;
        }

        return (null, string.Create(CultureInfo.InvariantCulture, $"0/{nodes.Count} nodes are available: {string.Join(", ", whyNot.Select(reason => $"{reason.Value} {reason.Key}"))}."));

        string? WhyNot(StoredObject stored, NodeModel node)
        {
            var online = node.Online;
            return !selectors.Any(selector => selector.Matches(stored.Labels)) ? "node(s) didn't match Pod's node affinity/selector"
                : online.Count >= MostPods ? "Too many pods"
                : online.RequestedCpu + cpu > node.Load.CpuMilli ? "Insufficient cpu"
                : online.RequestedMemory + memory > node.Load.MemoryMiB ? "Insufficient memory"
                : batchCpu > 0 && (node.Batch.CountAt(now) * BatchSlots.PodCpuMilli) + batchCpu > node.Read(now).BatchCpu ? "Insufficient kubernetes.io/batch-cpu"
                : !node.Read(now).Ready ? "node(s) had untolerated taint {node.kubernetes.io/unreachable: }"
                : stored.Parse()["spec"]?["unschedulable"]?.GetValue<bool>() is true ? "node(s) were unschedulable"
                : null;
        }
    }

    /// <summary>Keeps the index and the nodes' loads with what is stored: a pod that came, went, or got its node.</summary>
    private void Placed(ObjectWrite write)
    {
        if (!write.Changed)
        {
            return;
        }

        var now = cluster.EnvironmentClock.GetUtcNow();
        var key = (write.After ?? write.Before!).Key;
        var after = write.After is { } stored ? PodPlacement.Of(stored) : null;
        PodPlacement? before;
        lock (_indexing)
        {
            before = _index.Pods.GetValueOrDefault(key);
            _index = new PodIndex(_index.Version + 1, after is null ? _index.Pods.Remove(key) : _index.Pods.SetItem(key, after));
        }

        Place(before, -1, now);
        Place(after, 1, now);
    }

    private void Place(PodPlacement? pod, int sign, DateTimeOffset now)
    {
        if (pod?.Node is { } name && cluster.FindNode(name) is { } node)
        {
            node.Place(pod.Unit, sign, sign * pod.CpuMilli, sign * pod.MemoryMiB, now);
        }
    }
}
