using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.Clusters.Objects;

namespace Orchestrator.Simulator.Clusters;

/// <summary>The cluster's Event objects: what its controllers, scheduler and kubelets did, kept for an hour.</summary>
internal sealed class Events(SimulatedCluster cluster)
{
    private const int MostKept = 2_000;
    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Uid, string Reason, string Message), ObjectKey> _known = [];
    private readonly Queue<((string, string, string) Id, ObjectKey Key)> _order = [];
    private readonly Dictionary<string, bool> _notReady = [];
    private long _last;

    /// <summary>Adds an event, or counts one up that says the same of the same object.</summary>
    /// <param name="at">When it happened; null: now.</param>
    public void Add(ResourceKind kind, StoredObject about, string type, string reason, string message, string component, DateTimeOffset? at = null)
    {
        var body = about.Parse();
        var time = at ?? cluster.EnvironmentClock.GetUtcNow();
        var table = cluster.Table(ResourceKind.Event);
        lock (_gate)
        {
            // Events of objects of the whole cluster are kept in default, as everywhere; a node is named as its own uid, as kubelets do.
            var uid = kind == ResourceKind.Node ? about.Key.Name : body["metadata"]?["uid"]?.ToString() ?? "";
            var id = (uid, reason, message);
            if (_known.TryGetValue(id, out var known) && table.Find(known) is not null)
            {
                table.Write(known, current =>
                {
                    current!["count"] = (current["count"]?.GetValue<int>() ?? 1) + 1;
                    current["lastTimestamp"] = KubeTime.Format(time);
                    return current;
                });
                return;
            }

            var key = new ObjectKey(about.Key.Namespace.Length > 0 ? about.Key.Namespace : "default", string.Create(CultureInfo.InvariantCulture, $"{about.Key.Name}.{time.ToUnixTimeMilliseconds():x}{++_last:x4}"));
            var involved = new JsonObject { ["kind"] = kind.Kind, ["apiVersion"] = kind.ApiVersion, ["name"] = about.Key.Name, ["uid"] = uid };
            if (about.Key.Namespace.Length > 0)
            {
                involved["namespace"] = about.Key.Namespace;
            }

            if (kind != ResourceKind.Node && body["metadata"]?["resourceVersion"] is { } version)
            {
                involved["resourceVersion"] = version.DeepClone();
            }

            table.Write(key, _ => new JsonObject
            {
                ["metadata"] = new JsonObject(),
                ["involvedObject"] = involved,
                ["reason"] = reason,
                ["message"] = message,
                ["type"] = type,
                ["source"] = new JsonObject { ["component"] = component },
                ["reportingComponent"] = component,
                ["reportingInstance"] = "",
                ["firstTimestamp"] = KubeTime.Format(time),
                ["lastTimestamp"] = KubeTime.Format(time),
                ["eventTime"] = null,
                ["count"] = 1,
            });
            _known[id] = key;
            _order.Enqueue((id, key));
            Forget(table);
        }
    }

    /// <summary>What a change of a pod tells: its place, or that there is none, and its end.</summary>
    public void PodWritten(ObjectWrite write)
    {
        if (write is { After: { } pod } && (write.Before is null || NodeOf(write.Before) is null))
        {
            if (NodeOf(pod) is { } node)
            {
                Add(ResourceKind.Pod, pod, "Normal", "Scheduled", $"Successfully assigned {pod.Key.Namespace}/{pod.Key.Name} to {node}", "default-scheduler");
            }
            else if (write.Before is null)
            {
                var nodes = cluster.Nodes.Count;
                Add(ResourceKind.Pod, pod, "Warning", "FailedScheduling", string.Create(CultureInfo.InvariantCulture, $"0/{nodes} nodes are available: {nodes} node(s) didn't match the pod's node affinity/selector or were not ready or unschedulable."), "default-scheduler");
            }
        }
        else if (write is { Before: { } gone, After: null } && NodeOf(gone) is not null)
        {
            var container = gone.Parse()["spec"]?["containers"]?[0]?["name"]?.ToString();
            Add(ResourceKind.Pod, gone, "Normal", "Killing", $"Stopping container {container}", "kubelet");
        }
    }

    /// <summary>Looks at which nodes have changed their readiness since the last look.</summary>
    public void ObserveNodes(DateTimeOffset now)
    {
        lock (_gate)
        {
            foreach (var node in cluster.Nodes)
            {
                var ready = node.Read(now).Ready;
                if (ready == _notReady.ContainsKey(node.Name) && cluster.Table(ResourceKind.Node).Find(new ObjectKey("", node.Name)) is { } stored)
                {
                    var reason = ready ? "NodeReady" : "NodeNotReady";
                    _ = ready ? _notReady.Remove(node.Name) : _notReady.TryAdd(node.Name, true);
                    Add(ResourceKind.Node, stored, "Normal", reason, $"Node {node.Name} status is now: {reason}", ready ? "kubelet" : "node-controller", now);
                }
            }
        }
    }

    private void Forget(ObjectTable table)
    {
        var oldest = cluster.EnvironmentClock.GetUtcNow() - Kept;
        while (_order.TryPeek(out var first))
        {
            var last = table.Find(first.Key)?.Parse()["lastTimestamp"]?.ToString();
            if (_order.Count <= MostKept && last is not null && DateTimeOffset.Parse(last, CultureInfo.InvariantCulture) >= oldest)
            {
                return;
            }

            _order.Dequeue();
            _known.Remove(first.Id);
            table.Write(first.Key, _ => null);
        }
    }

    private static string? NodeOf(StoredObject pod) => pod.Parse()["spec"]?["nodeName"]?.ToString();
}
