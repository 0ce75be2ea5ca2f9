using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using k8s.Autorest;
using k8s.Models;
using Orchestrator.Fleet.Colocation;

namespace Orchestrator.Infra.Clusters;

/// <summary>Reads nodes with their metrics, a page of 500 at a time or a few by name.</summary>
internal sealed class ClusterReader(ClusterConnection connection)
{
    private const int PageSize = 500;
    private const int Parallel = 16;

    public async Task<ClusterSurvey> SurveyAsync(CancellationToken cancellationToken)
    {
        // Two lists at once; the metrics' page is the larger one.
        var metrics = MetricsAsync(cancellationToken);
        var nodes = new List<V1Node>();
        HttpResponseMessage? answer = null;
        string? next = null;
        var restarted = false;
        do
        {
            HttpOperationResponse<V1NodeList> page;
            try
            {
                page = await connection.CallAsync(client => client.CoreV1.ListNodeWithHttpMessagesAsync(
                    limit: PageSize, continueParameter: next, cancellationToken: cancellationToken));
            }
            catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.Gone && !restarted)
            {
                // The list's version was compacted away between two pages: begin anew, once.
                restarted = true;
                nodes.Clear();
                next = null;
                continue;
            }

            answer = page.Response;
            nodes.AddRange(page.Body.Items);
            next = page.Body.Metadata?.ContinueProperty;
        }
        while (!string.IsNullOrEmpty(next) || answer is null);

        var byNode = await metrics;
        var at = ServerTime(answer);
        return new ClusterSurvey(
            connection.Cluster,
            at,
            answer.Headers.Contains("X-Simulated"),
            [.. nodes.Select(node => NodeReader.Read(node, byNode.GetValueOrDefault(node.Metadata.Name), at)).OrderBy(node => node.Name, StringComparer.Ordinal)]);
    }

    /// <summary>The named nodes, by name; those that are gone are missing.</summary>
    public async Task<IReadOnlyDictionary<string, SurveyedNode>> NodesAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        if (names.Count > PageSize / 10)
        {
            var wanted = names.ToHashSet(StringComparer.Ordinal);
            var survey = await SurveyAsync(cancellationToken);
            return survey.Nodes.Where(node => wanted.Contains(node.Name)).ToDictionary(node => node.Name, StringComparer.Ordinal);
        }

        var found = new ConcurrentDictionary<string, SurveyedNode>(StringComparer.Ordinal);
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken };
        await System.Threading.Tasks.Parallel.ForEachAsync(names, options, async (name, token) =>
        {
            var metric = connection.FindAsync(client => client.CustomObjects.GetClusterCustomObjectWithHttpMessagesAsync(Slo.Group, Slo.Version, Slo.NodeMetrics, name, cancellationToken: token));
            var node = await connection.FindAsync(client => client.CoreV1.ReadNodeWithHttpMessagesAsync(name, cancellationToken: token));
            var read = await metric;
            if (node is not null)
            {
                found[name] = NodeReader.Read(node.Body, read?.Body is JsonElement element ? NodeMetric.Read(element, ServerTime(read.Response)) : null, ServerTime(node.Response));
            }
        });
        return found;
    }

    private async Task<ImmutableDictionary<string, NodeMetric>> MetricsAsync(CancellationToken cancellationToken)
    {
        var metrics = ImmutableDictionary.CreateBuilder<string, NodeMetric>(StringComparer.Ordinal);
        string? next = null;
        do
        {
            var page = await connection.FindAsync(client => client.CustomObjects.ListClusterCustomObjectWithHttpMessagesAsync(
                Slo.Group, Slo.Version, Slo.NodeMetrics, limit: PageSize, continueParameter: next, cancellationToken: cancellationToken));
            if (page?.Body is not JsonElement list)
            {
                // A cluster without Koordinator has no such resource; its nodes then show no metric, and the guards say so.
                break;
            }

            var now = ServerTime(page.Response);
            foreach (var item in list.GetProperty("items").EnumerateArray())
            {
                metrics[item.GetProperty("metadata").GetProperty("name").GetString() ?? ""] = NodeMetric.Read(item, now);
            }

            next = list.TryGetProperty("metadata", out var metadata) && metadata.TryGetProperty("continue", out var token) ? token.GetString() : null;
        }
        while (!string.IsNullOrEmpty(next));
        return metrics.ToImmutable();
    }

    /// <summary>The API server's own time: ages measured against it don't depend on our clock or on a slow link.</summary>
    private DateTimeOffset ServerTime(HttpResponseMessage answer) => answer.Headers.Date ?? connection.EnvironmentClock.GetUtcNow();
}

/// <summary>Where Koordinator's node objects live.</summary>
internal static class Slo
{
    public const string Group = "slo.koordinator.sh";
    public const string Version = "v1alpha1";
    public const string NodeMetrics = "nodemetrics";
    public const string Namespace = SloControllerConfig.Namespace;
    public const string ConfigMap = SloControllerConfig.Name;
}
