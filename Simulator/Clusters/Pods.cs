using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.Clusters.Objects;
using Orchestrator.Simulator.Effects;

namespace Orchestrator.Simulator.Clusters;

/// <summary>Pods: those of deployments are stored, batch pods are made up when somebody asks, from what their nodes run.</summary>
internal sealed class Pods(SimulatedCluster cluster)
{
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
        var since = readyAt is null ? now : DateTimeOffset.Parse(readyAt, System.Globalization.CultureInfo.InvariantCulture) is var at && at <= now ? at : now;
        var status = new JsonObject
        {
            ["phase"] = ready ? "Running" : "Pending",
            ["hostIP"] = "127.0.0.1",
            ["podIP"] = "127.0.0.1",
            ["conditions"] = new JsonArray(
                Condition("PodScheduled", scheduled, scheduled ? null : "Unschedulable", since, scheduled ? null : pod["metadata"]?["annotations"]?[UnschedulableAnnotation]?.ToString()),
                Condition("Initialized", true, null, since),
                Condition("ContainersReady", ready, ready ? null : "ContainersNotReady", since),
                Condition("Ready", ready, ready ? null : "ContainersNotReady", since)),
        };
        if (scheduled)
        {
            status["startTime"] = pod["metadata"]?["creationTimestamp"]?.DeepClone();
            status["containerStatuses"] = new JsonArray([.. (pod["spec"]?["containers"] as JsonArray ?? []).OfType<JsonObject>().Select(container => new JsonObject
            {
                ["name"] = container["name"]?.DeepClone(),
                ["image"] = container["image"]?.DeepClone(),
                ["imageID"] = "",
                ["ready"] = ready,
                ["started"] = ready,
                ["restartCount"] = 0,
                ["state"] = ready
                    ? new JsonObject { ["running"] = new JsonObject { ["startedAt"] = KubeTime.Format(since) } }
                    : new JsonObject { ["waiting"] = new JsonObject { ["reason"] = "ContainerCreating" } },
            })]);
        }

        return status;
    }

    /// <summary>The eviction subresource: refused with 429 while the pod's disruption budget does not allow it.</summary>
    /// <exception cref="StatusException">404, 409 for another pod's uid, 429.</exception>
    public void Evict(ObjectKey key, JsonObject eviction, bool dryRun)
    {
        var now = cluster.EnvironmentClock.GetUtcNow();
        var wantedUid = eviction["deleteOptions"]?["preconditions"]?["uid"]?.ToString();
        var idempotencyKey = eviction["metadata"]?["annotations"]?[NodeModel.KeyAnnotation]?.ToString();
        if (FindBatch(key, now) is { } batch)
        {
            RequireUid(batch, wantedUid);
            cluster.Disruptions.Require(key, BatchLabels, healthy: true, now);
            if (!dryRun)
            {
                RemoveBatch(key, idempotencyKey);
            }

            return;
        }

        var stored = cluster.Table(ResourceKind.Pod).Get(key);
        RequireUid(stored, wantedUid);
        cluster.Disruptions.Require(key, stored.Labels, cluster.IsReady(stored, now), now);
        if (dryRun)
        {
            return;
        }

        if (!cluster.RemovePod(key))
        {
            throw StatusException.NotFound(ResourceKind.Pod, key.Name);
        }

        cluster.Effects.Add(EffectKind.PodEvict, $"{cluster.Id}/{key.Namespace}/{key.Name}", idempotencyKey, "");
    }

    /// <summary>A batch pod goes and waits to run again under a new name.</summary>
    /// <exception cref="StatusException">404.</exception>
    public void RemoveBatch(ObjectKey key, string? idempotencyKey)
    {
        if (NodeOf(key.Name) is not { } node || !node.Batch.TryEvict(key.Name, cluster.EnvironmentClock.GetUtcNow()))
        {
            throw StatusException.NotFound(ResourceKind.Pod, key.Name);
        }

        cluster.Effects.Add(EffectKind.PodEvict, $"{cluster.Id}/{key.Namespace}/{key.Name}", idempotencyKey, "");
    }

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
                // The framework that requeues what was evicted.
                ["ownerReferences"] = new JsonArray(new JsonObject
                {
                    ["apiVersion"] = "batch.volcano.sh/v1alpha1", ["kind"] = "Job", ["name"] = "night", ["uid"] = "simulated-night", ["controller"] = true,
                }),
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

    public static JsonObject Condition(string type, bool holds, string? reason, DateTimeOffset since, string? message = null)
    {
        var condition = new JsonObject { ["type"] = type, ["status"] = holds ? "True" : "False", ["lastTransitionTime"] = KubeTime.Format(since) };
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
