using k8s;
using k8s.Models;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Activities.Metrics;
using Orchestrator.Activities.Shift;
using Orchestrator.Activities.Traffic;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Infra.Metrics;
using Orchestrator.Infra.Settings;
using Orchestrator.Servers;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Tests;

/// <summary>The same world, read from a real Prometheus server and from the gateway itself.</summary>
public sealed class PrometheusTests
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(6);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task Steps_and_guards_read_the_same_figures_from_a_Prometheus_server_as_from_the_gateway()
    {
        Assert.SkipUnless(ServerAvailability.WhyNoPrometheus.Length == 0, ServerAvailability.WhyNoPrometheus);
        // A Prometheus server lives in real time: so must what it scrapes.
        await using var cloud = await TestCloud.OpenAsync(speed: 1, start: TimeProvider.System.GetUtcNow());
        await WhenRoutedAsync(cloud, home: 70, unit: 30);
        await using var prometheus = await PrometheusServer.StartAsync(new Dictionary<string, Uri> { ["gateway"] = new(cloud.Cloud.BaseAddress, "stats/prometheus") });
        var services = cloud.WithMetrics(metrics => (metrics.Prometheus, metrics.Window) = (prometheus.Address, Window));
        await WhenFilledAsync(services);

        var scraped = await cloud.Services.GetRequiredService<TrafficMetrics>().ReadAsync(Stop);
        var served = await services.GetRequiredService<TrafficMetrics>().ReadAsync(Stop);

        Assert.Equal(scraped.Demand, served.Demand, tolerance: scraped.Demand * 0.03);
        Assert.Equal(scraped.ByDestination.Keys.Order(), served.ByDestination.Keys.Order());
        Assert.Equal(scraped.ByDestination["unit-1"], served.ByDestination["unit-1"], tolerance: scraped.Demand * 0.03);
        // There is no such unit: what goes there fails.
        Assert.Equal(0.3, served.ErrorRate!.Value, tolerance: 0.02);
        Assert.Equal(scraped.ErrorRate!.Value, served.ErrorRate!.Value, tolerance: 0.02);
        // A few requests in seconds are above the quantile: one more or less moves it by a few milliseconds.
        Assert.Equal(scraped.P99ByDestination["home"].TotalMilliseconds, served.P99ByDestination["home"].TotalMilliseconds, tolerance: 20);
        Assert.Equal(scraped.P99!.Value.TotalMilliseconds, served.P99!.Value.TotalMilliseconds, tolerance: 100);
        Assert.Empty(served.Unknown);
        Assert.InRange(served.At, cloud.Clock.GetUtcNow() - TimeSpan.FromSeconds(10), cloud.Clock.GetUtcNow());

        var observed = await TestCloud.RunAsync<ObserveTraffic, ObserveTrafficArguments, ObserveTrafficResult>(services, new(), cloud.ATask("observe"));
        Assert.Equal(scraped.Demand, observed.Total, tolerance: scraped.Demand * 0.03);
        Assert.Equal(observed.Total, Assert.Single(cloud.Journal.Facts.OfType<TrafficObserved>()).Demand);

        var asked = await TestCloud.RunAsync<QueryMetrics, QueryMetricsArguments, QueryMetricsResult>(services, new() { Name = "requests" }, cloud.ATask("ask"));
        Assert.Equal(2, asked.Values.Length);
        Assert.Equal(scraped.Demand, asked.Values.Sum(series => series.Value), tolerance: scraped.Demand * 0.03);
        Assert.Equal(1, (await TestCloud.RunAsync<QueryMetrics, QueryMetricsArguments, QueryMetricsResult>(services, new() { Query = "up{job=\"gateway\"}" }, cloud.ATask("up"))).Value);
        var past = await TestCloud.RunAsync<QueryMetrics, QueryMetricsArguments, QueryMetricsResult>(
            services, new() { Name = "requests", At = TimeProvider.System.GetUtcNow().AddDays(-1), Unknown = WhenUnknown.Allow }, cloud.ATask("past"));
        Assert.False(past.Known);
        var wrong = await Assert.ThrowsAsync<ActivityFailedException>(() =>
            TestCloud.RunAsync<QueryMetrics, QueryMetricsArguments, QueryMetricsResult>(services, new() { Query = "rate(up" }, cloud.ATask("wrong")));
        Assert.Equal(("bad-query", false), (wrong.Error.Code, wrong.Error.Retryable));

        await AgreeAsync(cloud.Services.GetRequiredService<IMetrics>(), services.GetRequiredService<IMetrics>());

        await LabelAsync(cloud, ColocationState.PeakDegradeLossless);
        Assert.Contains("traffic: traffic at most 100 % of the peak", await RefusalAsync(services, cloud, "relax"), StringComparison.Ordinal);
    }

    /// <summary>What we make of a query is what Prometheus does, and every query that ships is one that it understands.</summary>
    private static async Task AgreeAsync(IMetrics scraped, IMetrics served)
    {
        foreach (var query in (string[])
        [
            "sum(rate(envoy_cluster_upstream_rq_completed[6s]))",
            "sum by (envoy_cluster_name) (rate(envoy_cluster_upstream_rq_completed[6s])) / 100 - 1",
            "count(envoy_cluster_upstream_rq_time_bucket)",
            "count without (le, instance, job) (envoy_cluster_upstream_rq_time_bucket{le!~\".*5.*\"})",
            "histogram_quantile(0.5, sum by (le) (rate(envoy_cluster_upstream_rq_time_bucket[6s])))",
            "histogram_quantile(0.9, sum by (le, envoy_cluster_name) (rate(envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=~\"outbound.*home.*\"}[6s])))",
            "sum by (envoy_cluster_name) (rate(envoy_cluster_upstream_rq_xx{envoy_response_code_class=\"5\"}[6s])) or sum by (envoy_cluster_name) (rate(envoy_cluster_upstream_rq_completed[6s])) * 0",
            "sum(rate(envoy_cluster_upstream_rq_time_sum[6s])) / sum(rate(envoy_cluster_upstream_rq_time_count[6s]))",
            "count(envoy_cluster_upstream_rq_completed > bool 0) + -2 * 3",
            "count(envoy_cluster_upstream_rq_completed and envoy_cluster_upstream_rq_time_count)",
            "max(timestamp(envoy_cluster_upstream_rq_completed)) / time()",
            "no_such_metric",
            "1 + 2 * 3 % 4 - -5",
        ])
        {
            // Both scrape by themselves: on a busy machine one of them may have missed a scrape, which its next ones make up for.
            string? apart;
            for (var attempt = 1; ; attempt++)
            {
                var (ours, theirs) = (await scraped.QueryAsync(query, null, Stop), await served.QueryAsync(query, null, Stop));
                Assert.Equal(theirs.Samples.Length, ours.Samples.Length);
                apart = null;
                foreach (var (one, other) in Sorted(ours).Zip(Sorted(theirs)))
                {
                    Assert.Equal(other.Labels.Remove("instance").Remove("job"), one.Labels.Remove("instance"));
                    if (Math.Abs(one.Value - other.Value) > 0.001 + (Math.Abs(other.Value) * 0.05)) apart ??= $"{query}: {one.Value} here, {other.Value} there";
                }

                if (apart is null || attempt == 20) break;
                await Task.Delay(Window / 4, TimeProvider.System, Stop);
            }

            Assert.True(apart is null, apart);
        }

        foreach (var set in QuerySet.TrafficSets)
        {
            var queries = QuerySet.Of(new MetricsOptions { Traffic = set });
            foreach (var name in queries.Names)
            {
                await served.QueryAsync(queries.Find(name)!, null, Stop);
                await scraped.QueryAsync(queries.Find(name)!, null, Stop);
            }
        }

        static IEnumerable<MetricSample> Sorted(MetricAnswer answer) => answer.Samples.OrderBy(sample => string.Join(',', sample.Labels.Remove("instance").Remove("job")), StringComparer.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_guard_says_that_the_traffic_is_unknown_and_why()
    {
        await using var cloud = await TestCloud.OpenAsync();
        var services = cloud.WithMetrics(metrics => metrics.Prometheus = new Uri("http://127.0.0.1:9/"));
        await LabelAsync(cloud, ColocationState.PeakDegradeLossless);

        Assert.Contains("traffic: the traffic is unknown: http://127.0.0.1:9: it cannot be reached", await RefusalAsync(services, cloud, "relax"), StringComparison.Ordinal);
    }

    private static async Task<string> RefusalAsync(IServiceProvider services, TestCloud cloud, string path)
    {
        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => TestCloud.RunAsync<ShiftCluster, ShiftClusterArguments, ShiftClusterResult>(
            services, new() { Cluster = "lend", To = TargetState.StressTest }, cloud.ATask(path)));
        Assert.Equal("guard-refused", failure.Error.Code);
        return failure.Message;
    }

    /// <summary>Waits until the server has scraped over the whole window, so that it has no series' beginning to reckon with.</summary>
    private static async Task WhenFilledAsync(IServiceProvider services)
    {
        var metrics = services.GetRequiredService<IMetrics>();
        while (true)
        {
            var count = await metrics.QueryAsync("count_over_time(up{job=\"gateway\"}[1m])", null, Stop);
            if (count.Samples is [{ Value: >= 9 }])
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, Stop);
        }
    }

    private static async Task LabelAsync(TestCloud cloud, ColocationState state)
    {
        using var client = new k8s.Kubernetes(new KubernetesClientConfiguration { Host = cloud.Cloud.ClusterAddress("lend").ToString() });
        foreach (var node in (await client.CoreV1.ListNodeAsync(cancellationToken: Stop)).Items)
        {
            await client.CoreV1.PatchNodeAsync(
                new V1Patch($$$$"""{"metadata":{"labels":{"{{{{ColocationStates.LabelKey}}}}":"{{{{state.Id()}}}}"}}}""", V1Patch.PatchType.MergePatch), node.Metadata.Name, cancellationToken: Stop);
        }
    }

    /// <summary>Divides the traffic by the route that the cloud begins with, and returns when the weights hold.</summary>
    private static async Task WhenRoutedAsync(TestCloud cloud, int home, int unit)
    {
        using var client = new k8s.Kubernetes(new KubernetesClientConfiguration { Host = cloud.Cloud.ClusterAddress("lend").ToString() });
        await client.CustomObjects.PatchNamespacedCustomObjectAsync(
            new V1Patch(
                $$$"""{"spec":{"rules":[{"backendRefs":[{"name":"home","port":80,"weight":{{{home}}}},{"name":"unit-1","port":80,"weight":{{{unit}}}}]}]}}""", V1Patch.PatchType.MergePatch),
            "gateway.networking.k8s.io", "v1", "trading", "httproutes", "trading", cancellationToken: Stop);
        using var http = new HttpClient { BaseAddress = cloud.Cloud.BaseAddress };
        while (!(await http.GetStringAsync("sim/weights", Stop)).Contains($"\"unit-1\":{unit}", StringComparison.Ordinal))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, Stop);
        }
    }
}
