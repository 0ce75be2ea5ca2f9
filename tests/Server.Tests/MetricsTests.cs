using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Infra;
using Orchestrator.Infra.Metrics;
using Orchestrator.Servers;

namespace Orchestrator.Server.Tests;

/// <summary>The real binary between a real Prometheus and the simulated gateway.</summary>
public sealed class MetricsTests
{
    private const string Asking = """
        runbook: asking
        steps:
          - { id: observe, run: traffic.observe, with: {} }
          - { id: requests, run: metrics.query, with: { name: requests } }
          - { id: runs, run: metrics.query, with: { query: "sum(orchestrator_runs_started_total{job=\"orchestrator\"})", unknown: allow } }
          - { id: watch, run: metrics.watch, with: { query: "up{job=\"orchestrator\"}", least: 1, interval: 1s, duration: 3s } }
          - { id: breach, run: metrics.watch, with: { query: "up{job=\"orchestrator\"}", most: 0 }, onFailure: continue }
        """;

    [Fact]
    public async Task A_run_reads_the_world_and_the_server_itself_from_a_Prometheus_server()
    {
        Assert.SkipUnless(ServerAvailability.WhyNoPrometheus.Length == 0, ServerAvailability.WhyNoPrometheus);
        using var folder = new Folder();
        var start = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        await using var cloud = Binary.Start(folder.Path, new Dictionary<string, string> { ["ORCHESTRATOR_Simulation__Delays"] = "0" }, "cloud", "--port", "0", "--speed", "1", "--start", start);
        var world = await cloud.WhenReadyAsync();
        await using var prometheus = await PrometheusServer.StartAsync(new Dictionary<string, Uri> { ["gateway"] = new(world, "stats/prometheus") });
        var environment = new Dictionary<string, string> { ["ORCHESTRATOR_Infra__Metrics__Prometheus"] = prometheus.Address.ToString(), ["ORCHESTRATOR_Infra__Metrics__Window"] = "00:00:12" };
        await using var server = Binary.Start(folder.Path, environment, "serve", "--data", "data", "--port", "0", "--name", "server-7", "--cloud", world.ToString(), "--ask");
        var url = await server.WhenReadyAsync();
        using var client = new HttpClient { BaseAddress = url };
        client.DefaultRequestHeaders.Add("X-Orchestrator-User", "carol:operator,engineer,admin");
        await prometheus.AddAsync("orchestrator", new Uri(url, "metrics"));
        await ServerFixture.UntilAsync(async () => await CountAsync(client, prometheus.Address, "count_over_time(up[1m]) >= 15") == 2);

        var first = await RunAsync(client);
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System);
        var run = await RunAsync(client);

        var steps = (await client.GetFromJsonAsync<JsonElement>($"/api/runs/{run}/steps")).GetProperty("items").EnumerateArray().ToDictionary(step => step.GetProperty("path").GetString()!);
        // The cloud's clock began when its process did: as much as it is behind, its samples are missing at the end of the window. PrometheusTests compares on one clock.
        var total = steps["observe"].GetProperty("result").GetProperty("total").GetDouble();
        var truth = (await client.GetFromJsonAsync<JsonElement>(new Uri(world, "sim/traffic"))).GetProperty("requestsPerSecond").GetDouble();
        Assert.Equal(truth, total, tolerance: truth * 0.15);
        var series = Assert.Single(steps["requests"].GetProperty("result").GetProperty("values").EnumerateArray());
        Assert.Equal("outbound|80||home.trading.svc.cluster.local", series.GetProperty("labels").GetProperty("envoy_cluster_name").GetString());
        Assert.InRange(steps["runs"].GetProperty("result").GetProperty("value").GetDouble(), 1, 2);
        Assert.InRange(steps["watch"].GetProperty("result").GetProperty("passed").GetInt32(), 3, 5);
        Assert.Equal("metrics-breached", steps["breach"].GetProperty("error").GetProperty("code").GetString());
        Assert.NotEqual(first, run);

        // The wall reads the same, and says when it can no more.
        JsonElement traffic = default;
        await ServerFixture.UntilAsync(async () => (traffic = (await client.GetFromJsonAsync<JsonElement>("/api/wall")).GetProperty("traffic")).GetProperty("demand").GetDouble() > 0);
        Assert.Equal(truth, traffic.GetProperty("demand").GetDouble(), tolerance: truth * 0.15);
        await prometheus.DisposeAsync();
        await ServerFixture.UntilAsync(async () =>
            (await client.GetFromJsonAsync<JsonElement>("/api/wall")).GetProperty("traffic").TryGetProperty("error", out var error) && error.ToString().Contains("cannot be reached", StringComparison.Ordinal));

        // And what the server exposes is what the product reads without a Prometheus.
        await using var services = new ServiceCollection().AddInfra(options =>
        {
            options.Cloud = world;
            options.Metrics.Scrape.Add(new Uri(url, "metrics").ToString());
        }).BuildServiceProvider();
        var started = await services.GetRequiredService<IMetrics>().QueryAsync("sum(orchestrator_runs_started_total)", null, TestContext.Current.CancellationToken);
        Assert.Equal(2, Assert.Single(started.Samples).Value);
    }

    [Fact]
    public async Task Settings_that_cannot_be_are_told_with_their_place()
    {
        using var folder = new Folder();
        var wrong = await Binary.RunAsync(
            folder.Path,
            new Dictionary<string, string>
            {
                ["ORCHESTRATOR_Infra__Metrics__Traffic"] = "istoi", ["ORCHESTRATOR_Infra__Metrics__Scrape__0"] = "gateway:80", ["ORCHESTRATOR_Infra__Metrics__Destination"] = "(", ["ORCHESTRATOR_Infra__Metrics__TokenFile"] = "nowhere",
                ["ORCHESTRATOR_Infra__Metrics__Window"] = "00:00:00.1",
            },
            "serve", "--data", "data", "--port", "0");
        var unknown = await Binary.RunAsync(folder.Path, new Dictionary<string, string> { ["ORCHESTRATOR_Infra__Metrics__Prometeus"] = "http://127.0.0.1:9090" }, "serve", "--data", "data", "--port", "0");

        Assert.Equal((2, 2), (wrong.ExitCode, unknown.ExitCode));
        foreach (var says in (string[])["Infra:Metrics.Traffic: there is no set 'istoi'", "Infra:Metrics.Scrape: 'gateway:80'", "Infra:Metrics.Destination: '('", "Infra:Metrics.TokenFile: there is no file 'nowhere'", "Infra:Metrics.Window"])
        {
            Assert.Contains(says, wrong.Error, StringComparison.Ordinal);
        }

        Assert.Contains("Infra:Metrics:Prometeus: there is no such option; did you mean Prometheus?", unknown.Error.Replace("'", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    private static async Task<int> CountAsync(HttpClient client, Uri prometheus, string query)
    {
        var answer = await client.GetFromJsonAsync<JsonElement>(new Uri(prometheus, $"api/v1/query?query={Uri.EscapeDataString(query)}"));
        return answer.GetProperty("data").GetProperty("result").GetArrayLength();
    }

    private static async Task<string> RunAsync(HttpClient client)
    {
        using var answer = await client.PostAsJsonAsync("/api/runs", new { source = Asking });
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(answer.IsSuccessStatusCode, body.GetRawText());
        var run = body.GetProperty("id").GetString()!;
        await ServerFixture.UntilAsync(async () => (await client.GetFromJsonAsync<JsonElement>($"/api/runs/{run}")).GetProperty("run").GetProperty("endedAt").ValueKind == JsonValueKind.String);
        return run;
    }
}
