using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.Clusters.Objects;
using Orchestrator.Simulator.Colocation;
using Orchestrator.Simulator.Serving;

namespace Orchestrator.Simulator.Clusters;

/// <summary>The deployment controller and the scheduler: pods appear on nodes and become ready over night time.</summary>
internal sealed class Workloads(SimulatedCluster cluster, SimulatedCloudOptions options)
{
    public const string OwnerLabel = "orchestrator.io/simulated-deployment";

    private readonly Lock _gate = new();
    private readonly List<(DateTimeOffset At, ObjectKey Pod, ObjectKey Deployment)> _due = [];
    private long _created;

    private ObjectTable PodTable => cluster.Table(ResourceKind.Pod);

    /// <summary>Makes the pods that the deployment wants, and removes those it no longer wants; all of them when it is gone.</summary>
    public void Reconcile(ObjectKey key)
    {
        lock (_gate)
        {
            var pods = PodsOf(key);
            var body = cluster.Table(ResourceKind.Deployment).Find(key)?.Parse();
            var wanted = body?["spec"]?["replicas"]?.GetValue<int>() ?? (body is null ? 0 : 1);
            foreach (var surplus in pods.Skip(wanted))
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
        if (write.After is null && write.Before is { } gone && gone.Labels.TryGetValue(OwnerLabel, out var owner))
        {
            Reconcile(new ObjectKey(gone.Key.Namespace, owner));
        }
    }

    public JsonObject StatusOf(StoredObject deployment, DateTimeOffset now)
    {
        var body = deployment.Parse();
        var pods = PodsOf(deployment.Key);
        var ready = pods.Count(pod => IsReady(pod, now));
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
        return (pods.Count(pod => IsReady(pod, now)), pods.Count);
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

    public static bool IsReady(StoredObject pod, DateTimeOffset now)
    {
        var body = pod.Parse();
        return body["spec"]?["nodeName"] is not null
            && body["metadata"]?["annotations"]?[Pods.ReadyAtAnnotation]?.ToString() is { } at
            && DateTimeOffset.Parse(at, CultureInfo.InvariantCulture) <= now;
    }

    private List<StoredObject> PodsOf(ObjectKey deployment) =>
        [.. PodTable.Snapshot().Objects.Where(pod => pod.Key.Namespace == deployment.Namespace && pod.Labels.GetValueOrDefault(OwnerLabel) == deployment.Name)];

    private void Create(ObjectKey deployment, JsonObject body)
    {
        var template = body["spec"]?["template"] as JsonObject ?? [];
        var name = string.Create(CultureInfo.InvariantCulture, $"{deployment.Name}-{++_created:x5}");
        var spec = template["spec"]?.DeepClone() as JsonObject ?? [];
        var node = spec["nodeName"] is null ? Choose(spec) : null;
        if (node is not null)
        {
            spec["nodeName"] = node;
        }

        var labels = template["metadata"]?["labels"]?.DeepClone() as JsonObject ?? [];
        labels[OwnerLabel] = deployment.Name;
        var readyAt = cluster.EnvironmentClock.GetUtcNow() + TimeSpan.FromSeconds((20 + (StableRandom.Of(options.Seed, name, "start") * 25)) * options.Delays);
        var pod = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["labels"] = labels,
                ["annotations"] = new JsonObject { [Pods.ReadyAtAnnotation] = readyAt.ToString("O", CultureInfo.InvariantCulture) },
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
        Placed(PodTable.Write(new ObjectKey(deployment.Namespace, name), _ => pod));
        _due.Add((readyAt, new ObjectKey(deployment.Namespace, name), deployment));
    }

    /// <summary>The node that suits and has the fewest of our pods.</summary>
    public string? Choose(JsonObject spec)
    {
        var now = cluster.EnvironmentClock.GetUtcNow();
        var selectors = LabelSelector.OfPod(spec);
        var counts = PodTable.Snapshot().Objects
            .Select(pod => pod.Parse()["spec"]?["nodeName"]?.ToString())
            .Where(name => name is not null)
            .GroupBy(name => name!)
            .ToDictionary(group => group.Key, group => group.Count());
        return cluster.Table(ResourceKind.Node).Snapshot().Objects
            .Where(node => selectors.Any(selector => selector.Matches(node.Labels)))
            .OrderBy(node => counts.GetValueOrDefault(node.Key.Name))
            .ThenBy(node => node.Key.Name, StringComparer.Ordinal)
            .FirstOrDefault(node => node.Parse()["spec"]?["unschedulable"]?.GetValue<bool>() is not true && cluster.FindNode(node.Key.Name)!.Read(now).Ready)
            ?.Key.Name;
    }

    private void Placed(ObjectWrite write)
    {
        if (!write.Changed || (write.Before is not null && write.After is not null))
        {
            return;
        }

        var spec = (write.After ?? write.Before!).Parse()["spec"];
        if (spec?["nodeName"]?.ToString() is not { } name || cluster.FindNode(name) is not { } node)
        {
            return;
        }

        var sign = write.After is null ? -1 : 1;
        foreach (var container in (spec["containers"] as JsonArray ?? []).OfType<JsonObject>())
        {
            var requests = container["resources"]?["requests"];
            node.Place(sign * Quantity(requests?["cpu"], 1000), sign * Quantity(requests?["memory"], 1.0 / (1024 * 1024)));
        }
    }

    private static double Quantity(JsonNode? quantity, double unit)
    {
        try
        {
            return quantity is null ? 0 : (double)new k8s.Models.ResourceQuantity(quantity.ToString()).ToDecimal() * unit;
        }
        catch (Exception error) when (error is FormatException or OverflowException or ArgumentException)
        {
            return 0;
        }
    }
}
