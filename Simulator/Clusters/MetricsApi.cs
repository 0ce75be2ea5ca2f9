using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Orchestrator.Simulator.Clusters.Objects;

namespace Orchestrator.Simulator.Clusters;

/// <summary>What is measured, not stored: <c>metrics.k8s.io/v1beta1</c> nodes and <c>slo.koordinator.sh/v1alpha1</c> nodemetrics. Read only.</summary>
internal sealed class MetricsApi(SimulatedCluster cluster)
{
    public static bool Offers(ClusterPath path) => PodMetrics.Offers(path) || IsKoordinator(path) || path is { Group: "metrics.k8s.io", Version: "v1beta1", Plural: "nodes" };

    public async Task HandleAsync(HttpContext context, ClusterPath path)
    {
        if (PodMetrics.Offers(path))
        {
            await PodMetrics.HandleAsync(cluster, context, path);
            return;
        }

        if (context.Request.Method != HttpMethods.Get || path.Subresource is not null)
        {
            throw StatusException.MethodNotAllowed();
        }

        var now = cluster.EnvironmentClock.GetUtcNow();
        Action<Utf8JsonWriter, NodeModel> write = IsKoordinator(path)
            ? (writer, node) => NodeStatus.WriteNodeMetric(writer, node, now)
            : (writer, node) => NodeStatus.WriteResourceMetric(writer, node, now);
        context.Response.ContentType = "application/json";
        var output = context.Response.BodyWriter;
        if (path.Name is { } name)
        {
            var node = cluster.FindNode(name) ?? throw new StatusException(404, "NotFound", $"{path.Plural}.{path.Group} \"{name}\" not found");
            await using var writer = new Utf8JsonWriter(output);
            write(writer, node);
        }
        else
        {
            WriteList(context.Request.Query, path, output, write);
        }

        await output.FlushAsync(context.RequestAborted);
    }

    private static bool IsKoordinator(ClusterPath path) => path is { Group: "slo.koordinator.sh", Version: "v1alpha1", Plural: "nodemetrics" };

    private void WriteList(IQueryCollection query, ClusterPath path, IBufferWriter<byte> output, Action<Utf8JsonWriter, NodeModel> write)
    {
        NodeModel[] nodes = [.. cluster.Nodes.OrderBy(node => node.Name, StringComparer.Ordinal)];
        // Pages go on after the last name: metrics have no common version that a page could hold on to.
        var limit = int.TryParse(query["limit"], NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size > 0 ? size : int.MaxValue;
        var after = query["continue"].ToString();
        var start = after.Length == 0 ? 0 : Array.FindIndex(nodes, node => string.CompareOrdinal(node.Name, after) > 0);
        var page = start < 0 ? [] : nodes.AsSpan(start, Math.Min(limit, nodes.Length - start));
        var more = start >= 0 && start + page.Length < nodes.Length;
        using var writer = new Utf8JsonWriter(output, new JsonWriterOptions { SkipValidation = true });
        writer.WriteStartObject();
        writer.WriteString("kind", IsKoordinator(path) ? "NodeMetricList" : "NodeMetricsList");
        writer.WriteString("apiVersion", $"{path.Group}/{path.Version}");
        writer.WriteStartObject("metadata");
        writer.WriteString("resourceVersion", cluster.EnvironmentClock.GetUtcNow().ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));
        if (more)
        {
            writer.WriteString("continue", Encoding.UTF8.GetBytes(page[^1].Name));
            writer.WriteNumber("remainingItemCount", nodes.Length - start - page.Length);
        }

        writer.WriteEndObject();
        writer.WriteStartArray("items");
        foreach (var node in page)
        {
            write(writer, node);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
