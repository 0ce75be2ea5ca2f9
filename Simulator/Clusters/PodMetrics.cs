using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Orchestrator.Simulator.Clusters.Objects;

namespace Orchestrator.Simulator.Clusters;

/// <summary><c>metrics.k8s.io/v1beta1</c> pods: in this model a running pod uses what it requests.</summary>
internal static class PodMetrics
{
    public static bool Offers(ClusterPath path) => path is { Group: "metrics.k8s.io", Version: "v1beta1", Plural: "pods", Subresource: null };

    public static Task HandleAsync(SimulatedCluster cluster, HttpContext context, ClusterPath path)
    {
        if (context.Request.Method != HttpMethods.Get)
        {
            throw StatusException.MethodNotAllowed();
        }

        var now = cluster.EnvironmentClock.GetUtcNow();
        var labels = LabelSelector.Parse(context.Request.Query["labelSelector"]);
        var running = cluster.Table(ResourceKind.Pod).Snapshot().Objects.Where(pod => cluster.IsReady(pod, now))
            .Concat(path.Namespace is null or BatchSlots.Namespace ? cluster.Pods.Batch(now) : [])
            .Where(pod => (path.Namespace is null || pod.Key.Namespace == path.Namespace) && labels.Matches(pod.Labels) && (path.Name is null || pod.Key.Name == path.Name))
            .Select(pod => Measured(pod, now));
        return ClusterApi.WriteAsync(context, path.Name is null
            ? new JsonObject { ["kind"] = "PodMetricsList", ["apiVersion"] = "metrics.k8s.io/v1beta1", ["metadata"] = new JsonObject(), ["items"] = new JsonArray([.. running]) }
            : running.FirstOrDefault() ?? throw new StatusException(404, "NotFound", $"podmetrics.metrics.k8s.io \"{path.Namespace}/{path.Name}\" not found"));
    }

    private static JsonObject Measured(StoredObject pod, DateTimeOffset now) => new()
    {
        ["kind"] = "PodMetrics",
        ["apiVersion"] = "metrics.k8s.io/v1beta1",
        ["metadata"] = new JsonObject { ["name"] = pod.Key.Name, ["namespace"] = pod.Key.Namespace, ["creationTimestamp"] = KubeTime.Format(now) },
        ["timestamp"] = KubeTime.Format(now),
        ["window"] = "30s",
        ["containers"] = new JsonArray([.. (pod.Parse()["spec"]?["containers"] as JsonArray ?? []).OfType<JsonObject>().Select(Container)]),
    };

    private static JsonObject Container(JsonObject container)
    {
        var requests = container["resources"]?["requests"];
        // Batch CPU counts thousandths of a core.
        var cpu = requests?["cpu"]?.ToString() ?? (requests?["kubernetes.io/batch-cpu"]?.ToString() is { } milli ? milli + "m" : "0");
        var memory = requests?["memory"]?.ToString() ?? requests?["kubernetes.io/batch-memory"]?.ToString() ?? "0";
        return new JsonObject { ["name"] = container["name"]?.DeepClone(), ["usage"] = new JsonObject { ["cpu"] = cpu, ["memory"] = memory } };
    }
}
