using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.Clusters.Objects;
using Orchestrator.Simulator.Effects;

namespace Orchestrator.Simulator.Clusters;

/// <summary>Pods: those of deployments are stored, batch pods are made up when somebody asks, from what their nodes run.</summary>
internal sealed class Pods(SimulatedCluster cluster)
{
    /// <summary>Part of a group of pods that may be away at once: the group's disruption budget.</summary>
    private const double MayBeAway = 0.25;

    public const string ReadyAtAnnotation = "orchestrator.io/simulated-ready-at";

    /// <summary>Why a pod waits, as the scheduler found it.</summary>
    public const string UnschedulableAnnotation = "orchestrator.io/simulated-unschedulable";

    public const string CheckpointAnnotation = "orchestrator.io/checkpoint";

    private static readonly TimeSpan Checkpointed = TimeSpan.FromMinutes(10);

    /// <summary>Those of every batch pod.</summary>
    public static readonly FrozenDictionary<string, string> BatchLabels = new Dictionary<string, string>
    {
        ["app"] = "batch",
        ["koordinator.sh/qosClass"] = "BE",
        ["koordinator.sh/eviction-enabled"] = "true",
    }.ToFrozenDictionary();

    public IEnumerable<StoredObject> Batch(DateTimeOffset now) =>
        cluster.Nodes.OrderBy(node => node.Name, StringComparer.Ordinal).SelectMany(node => node.Batch.Running(now).Select(pod => BatchPod(node, pod.Name, now, node.Batch.PodMemoryMiB)));

    /// <summary>Evicted batch pods that wait to run again.</summary>
    public IEnumerable<StoredObject> Waiting(DateTimeOffset now) =>
        cluster.Nodes.OrderBy(node => node.Name, StringComparer.Ordinal).SelectMany(node => node.Batch.Waiting(now).Select(pod => BatchPod(null, pod.Name, pod.Since, node.Batch.PodMemoryMiB)));

    public StoredObject? FindBatch(ObjectKey key, DateTimeOffset now)
    {
        if (key.Namespace != BatchSlots.Namespace || NodeOf(key.Name) is not { } node)
        {
            return null;
        }

        return node.Batch.Running(now).Any(pod => pod.Name == key.Name) ? BatchPod(node, key.Name, now, node.Batch.PodMemoryMiB) : null;
    }

    public static JsonObject StatusOf(StoredObject stored, DateTimeOffset now)
    {
        var pod = stored.Parse();
        var readyAt = pod["metadata"]?["annotations"]?[ReadyAtAnnotation]?.ToString();
        var scheduled = pod["spec"]?["nodeName"] is not null;
        var ready = scheduled && readyAt is not null && DateTimeOffset.Parse(readyAt, System.Globalization.CultureInfo.InvariantCulture) <= now;
        return new JsonObject
        {
            ["phase"] = ready ? "Running" : "Pending",
            ["hostIP"] = "127.0.0.1",
            ["podIP"] = "127.0.0.1",
            ["conditions"] = new JsonArray(
                Condition("PodScheduled", scheduled, scheduled ? null : "Unschedulable", scheduled ? null : pod["metadata"]?["annotations"]?[UnschedulableAnnotation]?.ToString()),
                Condition("ContainersReady", ready, ready ? null : "ContainersNotReady"),
                Condition("Ready", ready, ready ? null : "ContainersNotReady")),
        };
    }

    /// <summary>The eviction subresource: refused with 429 while too many pods of the same owner are away.</summary>
    /// <exception cref="StatusException">404, 409 for another pod's uid, 429.</exception>
    public void Evict(ObjectKey key, JsonObject eviction)
    {
        var now = cluster.EnvironmentClock.GetUtcNow();
        var wantedUid = eviction["deleteOptions"]?["preconditions"]?["uid"]?.ToString();
        var idempotencyKey = eviction["metadata"]?["annotations"]?[NodeModel.KeyAnnotation]?.ToString();
        if (FindBatch(key, now) is { } batch)
        {
            RequireUid(batch, wantedUid);
            var away = cluster.Nodes.Sum(node => node.Batch.Requeued(now));
            var all = cluster.Nodes.Sum(node => node.Batch.CountAt(now));
            if (away + 1 > Math.Max(1, all * MayBeAway))
            {
                throw TooMany();
            }

            if (!NodeOf(key.Name)!.Batch.TryEvict(key.Name, now))
            {
                throw StatusException.NotFound(ResourceKind.Pod, key.Name);
            }
        }
        else
        {
            var table = cluster.Table(ResourceKind.Pod);
            var stored = table.Get(key);
            RequireUid(stored, wantedUid);
            if (!cluster.Workloads.MayEvict(stored, MayBeAway, now))
            {
                throw TooMany();
            }

            var write = table.Write(key, _ => null);
            if (!write.Changed)
            {
                throw StatusException.NotFound(ResourceKind.Pod, key.Name);
            }

            cluster.Workloads.PodChanged(write);
        }

        cluster.Effects.Add(EffectKind.PodEvict, $"{cluster.Id}/{key.Namespace}/{key.Name}", idempotencyKey, "");
    }

    private static StatusException TooMany() =>
        new(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.") { RetryAfter = 1 };

    private static void RequireUid(StoredObject stored, string? uid)
    {
        var actual = stored.Parse()["metadata"]?["uid"]?.ToString();
        if (uid is not null && uid != actual)
        {
            throw StatusException.Conflict(ResourceKind.Pod, stored.Key.Name);
        }
    }

    private NodeModel? NodeOf(string pod)
    {
        // batch-{node}-{slot}-{generation}
        var parts = pod.Split('-');
        return parts.Length > 3 && parts[0] == "batch" ? cluster.FindNode(string.Join('-', parts[1..^2])) : null;
    }

    /// <param name="node">Null: the pod waits.</param>
    /// <param name="at">Now; of a pod that waits, since when.</param>
    private static StoredObject BatchPod(NodeModel? node, string name, DateTimeOffset at, double memoryMiB) => StoredObject.From(
        new ObjectKey(BatchSlots.Namespace, name),
        version: 1,
        new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Pod",
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["namespace"] = BatchSlots.Namespace,
                ["uid"] = $"simulated-{name}",
                ["resourceVersion"] = "1",
                ["labels"] = new JsonObject(BatchLabels.Select(label => KeyValuePair.Create(label.Key, (JsonNode?)label.Value))),
                ["creationTimestamp"] = KubeTime.Format(at - (node is null ? TimeSpan.Zero : TimeSpan.FromMinutes(1))),
                ["annotations"] = new JsonObject
                {
                    [ReadyAtAnnotation] = KubeTime.Format(at - TimeSpan.FromMinutes(1)),
                    // The simulated framework saves every task's work each ten minutes.
                    [CheckpointAnnotation] = KubeTime.Format(new DateTimeOffset(at.UtcTicks - (at.UtcTicks % Checkpointed.Ticks), TimeSpan.Zero)),
                },
            },
            ["spec"] = new JsonObject
            {
                ["nodeName"] = node?.Name,
                ["priorityClassName"] = "koord-batch",
                ["containers"] = new JsonArray(new JsonObject
                {
                    ["name"] = "task",
                    ["image"] = "batch:simulated",
                    ["resources"] = new JsonObject
                    {
                        ["requests"] = new JsonObject { ["kubernetes.io/batch-cpu"] = $"{BatchSlots.PodCpuMilli}", ["kubernetes.io/batch-memory"] = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{memoryMiB:0}Mi") },
                    },
                }),
            },
        });

    private static JsonObject Condition(string type, bool holds, string? reason, string? message = null)
    {
        var condition = new JsonObject { ["type"] = type, ["status"] = holds ? "True" : "False" };
        if (reason is not null)
        {
            condition["reason"] = reason;
        }

        if (message is not null)
        {
            condition["message"] = message;
        }

        return condition;
    }
}
