using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.Clusters.Objects;

namespace Orchestrator.Simulator.Clusters;

/// <summary>The disruption controller: how many of the pods that a PodDisruptionBudget chooses may be evicted at this moment.</summary>
internal sealed class Disruptions(SimulatedCluster cluster)
{
    /// <summary>How a budget stands.</summary>
    internal readonly record struct BudgetState(int Healthy, int Desired, int Expected)
    {
        public int Allowed => Math.Max(0, Healthy - Desired);
    }

    /// <summary>The budget of batch pods that every cluster has from the start: a quarter of them may be away.</summary>
    public static (ObjectKey, JsonObject) Seed() => (new ObjectKey(BatchSlots.Namespace, "batch"), new JsonObject
    {
        ["spec"] = new JsonObject { ["maxUnavailable"] = "25%", ["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["app"] = "batch" } } },
    });

    public JsonObject StatusOf(StoredObject budget, DateTimeOffset now)
    {
        var body = budget.Parse();
        var state = StateOf(budget.Key.Namespace, body, now);
        return new JsonObject
        {
            ["currentHealthy"] = state.Healthy,
            ["desiredHealthy"] = state.Desired,
            ["disruptionsAllowed"] = state.Allowed,
            ["expectedPods"] = state.Expected,
            ["observedGeneration"] = body["metadata"]?["generation"]?.DeepClone(),
            ["conditions"] = new JsonArray(new JsonObject
            {
                ["type"] = "DisruptionAllowed",
                ["status"] = state.Allowed > 0 ? "True" : "False",
                ["reason"] = state.Allowed > 0 ? "SufficientPods" : "InsufficientPods",
                ["message"] = "",
                ["lastTransitionTime"] = body["metadata"]?["creationTimestamp"]?.DeepClone(),
                ["observedGeneration"] = body["metadata"]?["generation"]?.DeepClone(),
            }),
        };
    }

    /// <summary>Refuses an eviction that a budget does not allow.</summary>
    /// <param name="healthy">Whether the pod counts as one that its budget has; others may go while the budget is met.</param>
    /// <exception cref="StatusException">429; 500 for a pod that more than one budget chooses.</exception>
    public void Require(ObjectKey pod, IReadOnlyDictionary<string, string> labels, bool healthy, DateTimeOffset now)
    {
        var budgets = cluster.Table(ResourceKind.DisruptionBudget).Snapshot().Objects
            .Where(budget => budget.Key.Namespace == pod.Namespace)
            .Select(budget => (budget.Key, Body: budget.Parse()))
            .Where(budget => SelectorOf(budget.Body) is { } selector && selector.Matches(labels))
            .ToList();
        if (budgets.Count > 1)
        {
            throw new StatusException(500, "InternalError", "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.");
        }

        if (budgets is not [var (key, body)])
        {
            return;
        }

        var state = StateOf(pod.Namespace, body, now);
        if (healthy ? state.Allowed > 0 : state.Healthy >= state.Desired)
        {
            return;
        }

        var needs = string.Create(CultureInfo.InvariantCulture, $"The disruption budget {key.Name} needs {state.Desired} healthy pods and has {state.Healthy} currently");
        throw new StatusException(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.", new JsonObject
        {
            ["causes"] = new JsonArray(new JsonObject { ["reason"] = "DisruptionBudget", ["message"] = needs }),
        }) { RetryAfter = 1 };
    }

    private BudgetState StateOf(string @namespace, JsonObject budget, DateTimeOffset now)
    {
        var (healthy, expected) = (0, 0);
        if (SelectorOf(budget) is { } selector)
        {
            var pods = cluster.Table(ResourceKind.Pod).Snapshot().Objects.Where(pod => pod.Key.Namespace == @namespace && selector.Matches(pod.Labels)).ToList();
            healthy = pods.Count(pod => cluster.IsReady(pod, now));
            expected = Expected(@namespace, pods);
            if (@namespace == BatchSlots.Namespace && selector.Matches(Pods.BatchLabels))
            {
                var all = cluster.Nodes.Sum(node => (int)(node.ReadHost(now).Work / BatchSlots.PodCpuMilli));
                expected += all;
                healthy += Math.Max(0, all - cluster.Nodes.Sum(node => node.Batch.Requeued(now)));
            }
        }

        var spec = budget["spec"];
        var desired = spec?["maxUnavailable"] is { } away ? expected - Scaled(away, expected) : Scaled(spec?["minAvailable"] ?? 1, expected);
        return new BudgetState(healthy, Math.Max(0, desired), expected);
    }

    /// <summary>What the pods' deployments want, and the pods that have none.</summary>
    private int Expected(string @namespace, List<StoredObject> pods) => pods
        .GroupBy(pod => pod.Labels.GetValueOrDefault(Workloads.OwnerLabel))
        .Sum(group => group.Key is { } owner && cluster.Table(ResourceKind.Deployment).Find(new ObjectKey(@namespace, owner)) is { } deployment
            ? deployment.Parse()["spec"]?["replicas"]?.GetValue<int>() ?? 1
            : group.Count());

    private static int Scaled(JsonNode value, int whole) =>
        value.ToString() is var text && text.EndsWith('%') && double.TryParse(text[..^1], CultureInfo.InvariantCulture, out var percent)
            ? (int)Math.Ceiling(whole * percent / 100)
            : int.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : 0;

    /// <summary>Null: a budget without a selector chooses no pod.</summary>
    private static LabelSelector? SelectorOf(JsonObject budget) => budget["spec"]?["selector"] is JsonObject selector ? LabelSelector.OfLabels(selector) : null;
}
