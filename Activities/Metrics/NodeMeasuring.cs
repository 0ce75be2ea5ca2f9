using System.Collections.Immutable;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Infra.Clusters;

namespace Orchestrator.Activities.Metrics;

/// <summary>How busy a cluster's nodes are, by their NodeMetrics, as a fact.</summary>
internal sealed class NodeMeasuring(FleetInventory inventory, ProfileSet profiles)
{
    /// <summary>How long it waits for a cluster, on the system clock.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    public NodesMeasured Of(ClusterSurvey survey, DateTimeOffset at)
    {
        var telling = survey.Nodes.Where(node => node is { Usage: not null, CpuMilli: > 0 } && node.MetricAge < 2 * Interval(node)).ToImmutableArray();
        var stale = survey.Nodes.Count(node => node.MetricAge >= 2 * Interval(node));
        return new NodesMeasured(
            survey.Cluster, survey.Nodes.Length, telling.Length, stale, telling.Sum(node => node.CpuMilli), telling.Sum(node => node.Usage!.TotalCpuMilli), telling.Sum(node => node.Usage!.OnlineCpuMilli))
        {
            At = at,
            Unknown = telling.Length > 0 ? null : stale > 0 ? $"the NodeMetrics of all {stale} nodes that have one are too old" : "no node has a NodeMetric",
        };
    }

    /// <summary>Clusters side by side. One that does not answer keeps nobody from his work: its fact says so.</summary>
    public async Task<ImmutableArray<NodesMeasured>> ReadAsync(IEnumerable<string> clusters, TimeProvider clock, CancellationToken cancellationToken) =>
        [.. await Task.WhenAll(clusters.Select(cluster => ReadAsync(cluster, clock, cancellationToken)))];

    private async Task<NodesMeasured> ReadAsync(string cluster, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return inventory.Find(cluster) is { } driver ? Of(await driver.SurveyAsync(either.Token), clock.GetUtcNow()) : Nothing("no address of it is configured");
        }
        catch (ClusterUnreachableException exception)
        {
            return Nothing(exception.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Nothing($"no answer within {Limit.TotalSeconds:0} s");
        }

        NodesMeasured Nothing(string reason) => new(cluster, 0, 0, 0, 0, 0, 0) { At = clock.GetUtcNow(), Unknown = reason };
    }

    private TimeSpan Interval(SurveyedNode node) => TimeSpan.FromSeconds(profiles[node.State ?? ColocationState.OfflineOnly].Colocation.MetricReportIntervalSeconds);
}
