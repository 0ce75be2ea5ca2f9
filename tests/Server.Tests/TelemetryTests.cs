using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using OpenTelemetry.Trace;
using Orchestrator.Server.Telemetry;
using Orchestrator.Workflows.Model.Telemetry;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Tests;

/// <summary>The real binary's metrics as Prometheus reads them, and what it sends to a collector.</summary>
public sealed partial class TelemetryTests
{
    private const string Survey = "runbook: look\nsteps:\n  - { id: look, run: fleet.survey }\n  - { id: fails, run: notify, with: { url: 'ftp://nowhere/', message: hi }, onFailure: continue }\n";

    [Theory]
    [InlineData("ORCHESTRATOR_Telemetry__Otlp", "ORCHESTRATOR_Telemetry__Protocol", "HttpProtobuf")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")]
    public async Task A_collector_gets_a_run_as_one_trace_from_its_start_to_the_drivers_calls(string address, string protocol, string name)
    {
        await using var collector = await CollectorServer.StartAsync();
        using var folder = new Folder();
        await using var server = Serve(folder, new() { [address] = collector.Url.ToString(), [protocol] = name, ["OTEL_BSP_SCHEDULE_DELAY"] = "100" });
        using var client = Client(await server.WhenReadyAsync());

        var run = await RunAsync(client);
        await server.InterruptAsync();
        await server.WhenEndedAsync();

        var spans = collector.Spans.Where(span => span.Trace == run.Replace("-", "", StringComparison.Ordinal)).ToList();
        var whole = Assert.Single(spans, span => span.Name == "run look");
        Assert.Equal("", whole.Parent);
        Assert.Equal(run, whole.Attributes["orchestrator.run.id"]);
        Assert.Equal("Failed", whole.Attributes["orchestrator.run.outcome"]);
        Assert.Contains(spans, span => span.Name == "turn" && span.Parent == whole.Id);
        var task = Assert.Single(spans, span => span.Name == "task" && span.Attributes["orchestrator.step"] == "look");
        Assert.Equal(whole.Id, task.Parent);
        var activity = Assert.Single(spans, span => span.Name == "fleet.survey");
        Assert.Equal(task.Id, activity.Parent);
        Assert.Contains(spans, span => span.Name == "GET" && span.Parent == activity.Id && span.Attributes["url.full"].Contains("/nodes", StringComparison.Ordinal));
        Assert.Equal("bad-address", Assert.Single(spans, span => span.Name == "task" && span.Attributes["orchestrator.step"] == "fails").Attributes["error.type"]);
        Assert.DoesNotContain(collector.Spans, span => span.Name == "GET" && span.Parent.Length == 0);

        Assert.Contains("orchestrator.append.duration", collector.Text("metrics"), StringComparison.Ordinal);
        Assert.Contains("shards; this node has", collector.Text("logs"), StringComparison.Ordinal);
        Assert.Contains("node-7", collector.Text("traces"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prometheus_reads_the_names_that_the_documentation_promises()
    {
        using var folder = new Folder();
        await using var server = Serve(folder, []);
        using var client = Client(await server.WhenReadyAsync());
        await RunAsync(client);

        var page = await client.GetStringAsync("/metrics");

        foreach (var counter in (string[])["orchestrator_runs_started_total{} ", "orchestrator_runs_ended_total{outcome=\"Failed\"} ", "orchestrator_tasks_total{activity=\"fleet.survey\",failed=\"false\"} "])
            Assert.Contains($"\n{counter}1\n", page.Replace("False", "false", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("\norchestrator_append_duration_seconds_bucket{le=\"0.1\"} ", page, StringComparison.Ordinal);
        Assert.Contains("\norchestrator_task_duration_seconds_count", page, StringComparison.Ordinal);
        Assert.Contains("\norchestrator_commit_writes_bucket{le=\"512\"} ", page, StringComparison.Ordinal);
        Assert.Contains("\ndotnet_process_memory_working_set_bytes", page, StringComparison.Ordinal);
        Assert.Contains("service_instance_id=\"node-7\"", page, StringComparison.Ordinal);
        // Every line is what the format allows.
        Assert.DoesNotContain(page.Split('\n'), line => line.Length > 0 && line[0] != '#' && !Sample().IsMatch(line));

        using var open = new HttpRequestMessage(HttpMethod.Get, "/metrics") { Headers = { { "Accept", "application/openmetrics-text; version=1.0.0" } } };
        using var answer = await client.SendAsync(open);
        Assert.Equal("application/openmetrics-text", answer.Content.Headers.ContentType?.MediaType);
        Assert.EndsWith("# EOF\n", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_share_of_runs_is_traced_and_every_server_chooses_the_same()
    {
        var begun = new DateTimeOffset(2026, 11, 10, 18, 0, 0, TimeSpan.Zero);
        var runs = Enumerable.Range(0, 4000).Select(second => RunId.New(begun.AddSeconds(second))).ToList();

        var taken = runs.Count(run => Takes(new RunSampler(0.25), run, ActivityKind.Internal));

        Assert.InRange(taken, 850, 1150);
        Assert.All(runs, run => Assert.Equal(Takes(new RunSampler(0.25), run, ActivityKind.Internal), Takes(new RunSampler(0.25), run, ActivityKind.Consumer)));
        Assert.All(runs, run => Assert.True(Takes(new RunSampler(1), run, ActivityKind.Internal)));
        Assert.All(runs, run => Assert.False(Takes(new RunSampler(0), run, ActivityKind.Internal)));
        Assert.False(Takes(new RunSampler(1), runs[0], ActivityKind.Client));
    }

    private static bool Takes(RunSampler sampler, RunId run, ActivityKind kind) =>
        sampler.ShouldSample(new SamplingParameters(default, EngineTrace.TraceOf(run), "any", kind)).Decision == SamplingDecision.RecordAndSample;

    private static Running Serve(Folder folder, Dictionary<string, string> environment)
    {
        environment["ORCHESTRATOR_Simulation__Delays"] = "0";
        return Binary.Start(folder.Path, environment, "serve", "--data", "data", "--port", "0", "--node", "node-7");
    }

    private static HttpClient Client(Uri url)
    {
        var client = new HttpClient { BaseAddress = url };
        client.DefaultRequestHeaders.Add("X-Orchestrator-User", "carol:operator,engineer,admin");
        return client;
    }

    /// <summary>Runs the survey to its end, and gives its id.</summary>
    private static async Task<string> RunAsync(HttpClient client)
    {
        using var answer = await client.PostAsJsonAsync("/api/runs", new { source = Survey });
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(answer.IsSuccessStatusCode, body.GetRawText());
        var run = body.GetProperty("id").GetString()!;
        await ServerFixture.UntilAsync(async () => (await client.GetFromJsonAsync<JsonElement>($"/api/runs/{run}")).GetProperty("run").GetProperty("endedAt").ValueKind == JsonValueKind.String);
        return run;
    }

    [GeneratedRegex("""^[a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\.)*",?)*\})? [-+0-9.eEInfNa]+( \d+)?$""")]
    private static partial Regex Sample();
}
