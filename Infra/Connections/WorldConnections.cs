using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orchestrator.Infra.Alibaba;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Clusters;
using Orchestrator.Infra.Metrics;
using Orchestrator.Infra.Settings;

namespace Orchestrator.Infra.Connections;

/// <summary>What of the world is tried.</summary>
/// <param name="Clusters">Ids of the clusters.</param>
/// <param name="Colocated">Those among them that lend nodes: they need Koordinator and more permissions.</param>
/// <param name="Alibaba">Whether Alibaba Cloud is.</param>
/// <param name="Metrics">Whether the source of metrics is.</param>
public sealed record ConnectionScope(ImmutableHashSet<string> Clusters, ImmutableHashSet<string> Colocated, bool Alibaba, bool Metrics);

/// <summary>Tries every connection to the world that is configured, all at once, and changes nothing there.</summary>
public sealed class WorldConnections(IServiceProvider services, SimulationMark mark)
{
    /// <summary>For one connection, on the system clock. Default 20 s.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>What was found, in the order of the settings: clusters by id, then Alibaba Cloud, traffic, metrics. Whatever is wrong is a finding; nothing but cancellation is thrown.</summary>
    public async Task<ImmutableArray<ConnectionFinding>> CheckAsync(ConnectionScope scope, CancellationToken cancellationToken)
    {
        var options = services.GetRequiredService<IOptions<InfraOptions>>().Value;
        var checks = new List<Task<IReadOnlyList<ConnectionFinding>>>();
        foreach (var (id, endpoint) in options.Clusters.Where(pair => scope.Clusters.Contains(pair.Key)).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            var routes = options.Traffic.Kind == TrafficRouterKind.HttpRoute && options.Traffic.Cluster == id;
            var check = new ClusterCheck(id, endpoint, options.Cloud, scope.Colocated.Contains(id), routes ? options.Traffic : null);
            checks.Add(WithinAsync($"cluster {id}", check.CheckAsync, cancellationToken));
        }

        if (scope.Alibaba) checks.Add(WithinAsync("alibaba", new AlibabaCheck(services.GetRequiredService<AlibabaCloud>(), options.Alibaba, mark).CheckAsync, cancellationToken));
        if (options.Traffic.Kind != TrafficRouterKind.HttpRoute || scope.Clusters.Contains(options.Traffic.Cluster ?? "")) checks.Add(WithinAsync("traffic", new RouterCheck(services, RouterAddress(options), mark).CheckAsync, cancellationToken));
        if (scope.Metrics) checks.Add(WithinAsync("metrics", new MetricsCheck(services.GetRequiredService<IMetrics>(), services.GetRequiredService<TrafficMetrics>(), options.Metrics, mark).CheckAsync, cancellationToken));
        return [.. (await Task.WhenAll(checks)).SelectMany(findings => findings)];
    }

    /// <summary>Which of these clusters a simulation answers for, by its own word. One that does not answer within two seconds is not among them.</summary>
    public static async Task<ImmutableArray<string>> SimulatedAsync(InfraOptions options, IEnumerable<string> clusters, CancellationToken cancellationToken)
    {
        using var mark = new SimulationMark { TimeLimit = TimeSpan.FromSeconds(2) };
        var asked = await Task.WhenAll(clusters.Select(async cluster =>
            ClusterAccess.AddressOf(cluster, options.Clusters.GetValueOrDefault(cluster), options.Cloud) is { } address && await mark.AskAsync(address, cancellationToken) == true ? cluster : null));
        return [.. asked.OfType<string>()];
    }

    private Uri? RouterAddress(InfraOptions options)
    {
        if (options.Traffic.Kind == TrafficRouterKind.Alb) return services.GetRequiredService<AlibabaCloud>().Client.EndpointOf(ApiProduct.Alb, options.Traffic.Region ?? options.Alibaba.Region);

        return options.Clusters.TryGetValue(options.Traffic.Cluster ?? "", out var endpoint) ? ClusterAccess.AddressOf(options.Traffic.Cluster!, endpoint, options.Cloud) : null;
    }

    private async Task<IReadOnlyList<ConnectionFinding>> WithinAsync(string connection, Func<CancellationToken, Task<IReadOnlyList<ConnectionFinding>>> check, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(TimeLimit, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return await check(either.Token);
        }
        catch (Exception) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return [new(connection, "answer", ConnectionStatus.Fails, $"no answer within {TimeLimit.TotalSeconds:0} s") { Fix = "Check that it runs, and the way to it" }];
        }
    }
}
