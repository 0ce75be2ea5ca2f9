using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net.Http.Json;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using OpenTelemetry.Trace;
using Orchestrator.Server.Api;
using Orchestrator.Server.Telemetry;
using Orchestrator.Servers;
using Orchestrator.Workflows.Model.Store;

namespace Orchestrator.Server.Tests;

/// <summary>The real binary's metrics as Prometheus reads them, and what it sends to a collector.</summary>
public sealed partial class TelemetryTests(SharedServers servers)
{
    private const string Survey = "runbook: look\nsteps:\n  - { id: look, run: fleet.survey }\n  - { id: fails, run: notify, with: { url: 'ftp://nowhere/', message: hi }, onFailure: continue }\n";

    [Theory]
    [InlineData("ORCHESTRATOR_Telemetry__Otlp", "ORCHESTRATOR_Telemetry__Protocol", "HttpProtobuf")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")]
    public async Task A_collector_gets_a_run_as_one_tree_from_its_request_to_the_drivers_calls(string address, string protocol, string name)
    {
        await using var collector = await CollectorServer.StartAsync();
        using var folder = new Folder();
        await using var server = Serve(folder, new() { [address] = collector.Url.ToString(), [protocol] = name });
        using var client = Client(await server.WhenReadyAsync());

        var run = await RunAsync(client);
        await client.GetStringAsync($"/api/runs/{run}");
        await server.InterruptAsync();
        await server.WhenEndedAsync();

        var spans = collector.TreeOf(run);
        IsWhole(spans, run, engine: "server-7", worker: "server-7");
        Assert.Equal("bad-address", Assert.Single(spans, span => span.Name == "task" && span.Attributes["orchestrator.step"] == "fails").Attributes["error.type"]);
        Assert.Equal("Failed", Assert.Single(spans, span => span.Attributes.ContainsKey("orchestrator.run.outcome")).Attributes["orchestrator.run.outcome"]);
        // What only reads is not traced, nor what a server asks the simulated cloud for itself.
        Assert.DoesNotContain(collector.Spans, span => span.Name.StartsWith("GET", StringComparison.Ordinal) && span.Parent.Length == 0);

        Assert.Contains("orchestrator.append.duration", collector.Text("metrics"), StringComparison.Ordinal);
        Assert.Contains("this server owns", collector.Text("logs"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_over_RabbitMQ_with_its_worker_apart_is_one_tree()
    {
        Assert.SkipUnless(ServerAvailability.HasBoth, ServerAvailability.WhyNotBoth);
        await using var collector = await CollectorServer.StartAsync();
        using var folder = new Folder();
        var rabbit = await servers.RabbitAsync();
        var environment = new Dictionary<string, string>
        {
            ["ORCHESTRATOR_Workflows__Store"] = await (await servers.PostgresAsync()).CreateDatabaseAsync(),
            ["ORCHESTRATOR_Workflows__Bus"] = rabbit.Uri(await rabbit.TakeVirtualHostAsync()).AbsoluteUri,
            ["ORCHESTRATOR_Telemetry__Otlp"] = collector.Url.ToString(),
            ["ORCHESTRATOR_Telemetry__Protocol"] = "HttpProtobuf",
        };
        await using var cloud = Binary.Start(folder.Path, new Dictionary<string, string> { ["ORCHESTRATOR_Simulation__Delays"] = "0" }, "cloud", "--port", "0");
        var world = (await cloud.WhenReadyAsync()).ToString();
        await using var engine = Node("engine", "api,engine");
        await using var worker = Node("worker", "worker");
        using var client = Client(await engine.WhenReadyAsync());
        await worker.WhenReadyAsync();

        var run = await RunAsync(client);
        // A span is sent when its process stops, at the latest.
        foreach (var server in (Running[])[worker, engine])
        {
            await server.InterruptAsync();
            await server.WhenEndedAsync();
        }

        IsWhole(collector.TreeOf(run), run, engine: "engine", worker: "worker");

        Running Node(string name, string roles) => Binary.Start(
            folder.Path, environment, "serve", "--data", name, "--port", "0", "--name", name, "--roles", roles, "--cloud", world, "--ask");
    }

    [Fact]
    public async Task A_child_run_is_below_its_parents_turn()
    {
        await using var collector = await CollectorServer.StartAsync();
        using var folder = new Folder();
        folder.Write("runbooks/inner.yaml", "runbook: inner\nsteps:\n  - { id: say, run: notify, with: { message: hello } }\n");
        // Profiles belong to the folder.
        Directory.CreateSymbolicLink(Path.Combine(folder.Path, "runbooks", "profiles"), Path.Combine(Binary.Repository, "Runbooks", "profiles"));
        await using var server = Serve(folder, new()
        {
            ["ORCHESTRATOR_Telemetry__Otlp"] = collector.Url.ToString(), ["ORCHESTRATOR_Telemetry__Protocol"] = "HttpProtobuf",
            ["ORCHESTRATOR_Server__Runbooks"] = Path.Combine(folder.Path, "runbooks"), ["ORCHESTRATOR_Telemetry__RunsPerSecond"] = "1",
        });
        using var client = Client(await server.WhenReadyAsync());

        var run = await RunAsync(client, "runbook: outer\nsteps:\n  - { id: call, runbook: inner }\n");
        await server.InterruptAsync();
        await server.WhenEndedAsync();

        var spans = collector.TreeOf(run);
        var child = Assert.Single(spans, span => span.Name == "child run inner");
        Assert.Equal("run outer", Assert.Single(spans, span => span.Id == child.Parent).Name);
        Assert.Equal(child.Id, Assert.Single(spans, span => span.Id == Assert.Single(spans, task => task.Name == "task").Parent).Parent);
    }

    [Fact]
    public async Task Prometheus_reads_the_names_that_the_documentation_promises()
    {
        using var folder = new Folder();
        await using var server = Serve(folder, []);
        using var client = Client(await server.WhenReadyAsync());
        await RunAsync(client);
        await client.GetStringAsync("/api/approvals");

        var page = await client.GetStringAsync("/metrics");

        foreach (var counter in (string[])[@"orchestrator_runs_started_total(\{\})? 1", @"orchestrator_runs_ended_total\{outcome=""Failed""\} 1", @"orchestrator_tasks_total\{activity=""fleet.survey"",failed=""[fF]alse""\} 1"])
            Assert.Matches($"(?m)^{counter}$", page);
        foreach (var name in (string[])
        [
            "orchestrator_append_duration_seconds_bucket{le=\"0.1\"} ", "orchestrator_task_duration_seconds_count", "orchestrator_commit_writes_bucket{le=\"512\"} ",
            "orchestrator_projection_position{projection=\"work\"} ", "orchestrator_projection_lag{projection=\"emergency-hold\"} ", "dotnet_process_memory_working_set_bytes",
        ])
            Assert.Contains($"\n{name}", page, StringComparison.Ordinal);
        Assert.Contains("service_instance_id=\"server-7\"", page, StringComparison.Ordinal);
        // Every line is what the format allows.
        Assert.DoesNotContain(page.Split('\n'), line => line.Length > 0 && line[0] != '#' && !Sample().IsMatch(line));

        using var open = new HttpRequestMessage(HttpMethod.Get, "/metrics") { Headers = { { "Accept", "application/openmetrics-text; version=1.0.0" } } };
        using var answer = await client.SendAsync(open);
        Assert.Equal("application/openmetrics-text", answer.Content.Headers.ContentType?.MediaType);
        Assert.EndsWith("# EOF\n", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Promtool_has_nothing_to_say_against_our_metrics()
    {
        Assert.SkipWhen(ServerAvailability.WhyNoPromtool.Length > 0, ServerAvailability.WhyNoPromtool);
        using var folder = new Folder();
        await using var server = Serve(folder, []);
        using var client = Client(await server.WhenReadyAsync());
        await RunAsync(client);

        var (code, said) = await CheckAsync(await client.GetStringAsync("/metrics"));

        // 3: it reads every line, and would name some otherwise; those of .NET's own instruments are not ours to change.
        Assert.True(code is 0 or 3, said);
        Assert.DoesNotContain(said.Split('\n'), line => line.StartsWith("orchestrator_", StringComparison.Ordinal));

        var (wrong, _) = await CheckAsync("orchestrator_broken{ 1\n");
        Assert.Equal(1, wrong);
    }

    [Fact]
    public void Every_instrument_says_what_it_measures()
    {
        var instruments = ((Type[])[typeof(EngineMetrics), typeof(ComputeMetrics)])
            .SelectMany(type => type.GetProperties(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)).Select(property => property.GetValue(null)).OfType<Instrument>().ToList();

        Assert.True(instruments.Count >= 12, $"only {instruments.Count} are found");
        Assert.DoesNotContain(instruments, instrument => string.IsNullOrEmpty(instrument.Description));
    }

    [Fact]
    public void A_share_of_traces_is_recorded_and_so_many_runs_a_second()
    {
        var clock = new StoppedClock();
        var root = default(ActivityContext);
        var recorded = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);
        var dropped = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.None);
        var sampler = new TraceSampler(1, 3, clock);

        Assert.Equal(3, Enumerable.Range(0, 10).Count(index => Takes(sampler, index % 2 == 0 ? root : recorded, "run look")));
        clock.Seconds++;
        Assert.True(Takes(sampler, recorded, "run look"));
        Assert.All(Enumerable.Range(0, 10), _ => Assert.True(Takes(sampler, recorded, "child run look")));
        Assert.True(Takes(sampler, root, "POST", ActivityKind.Server));
        Assert.True(Takes(sampler, recorded, "GET", ActivityKind.Client));
        Assert.False(Takes(sampler, root, "GET", ActivityKind.Client));
        Assert.False(Takes(sampler, dropped, "task", ActivityKind.Consumer));
        Assert.False(Takes(new TraceSampler(0, 3, clock), root, "run look"));
        Assert.InRange(Enumerable.Range(0, 4000).Count(_ => Takes(new TraceSampler(0.25, 3, clock), root, "run look")), 800, 1200);
    }

    /// <summary>Request, first turn, way over the bus, task, activity and driver's call, each below the one before.</summary>
    private static void IsWhole(List<ReceivedSpan> spans, string run, string engine, string worker)
    {
        var request = Assert.Single(spans, span => span.Parent.Length == 0);
        Assert.StartsWith("POST", request.Name, StringComparison.Ordinal);
        var first = Assert.Single(spans, span => span.Name == "run look");
        Assert.Equal((request.Id, engine, run), (first.Parent, first.Server, first.Attributes["orchestrator.run.id"]));
        var task = Assert.Single(spans, span => span.Name == "task" && span.Attributes["orchestrator.step"] == "look");
        var send = Assert.Single(spans, span => span.Id == task.Parent);
        Assert.Equal(("send", engine, first.Id, worker), (send.Name, send.Server, send.Parent, task.Server));
        Assert.NotEmpty(send.Attributes["messaging.destination.name"]);
        var activity = Assert.Single(spans, span => span.Name == "fleet.survey");
        Assert.Equal((task.Id, worker), (activity.Parent, activity.Server));
        Assert.Contains(spans, span => span.Name == "GET" && span.Parent == activity.Id && span.Server == worker && span.Attributes["url.full"].Contains("/nodes", StringComparison.Ordinal));
        Assert.Contains(spans, span => span.Name == "turn" && span.Parent == first.Id && span.Server == engine);
    }

    private static bool Takes(TraceSampler sampler, ActivityContext parent, string name, ActivityKind kind = ActivityKind.Internal) => sampler.ShouldSample(
        new SamplingParameters(parent, parent.TraceId == default ? ActivityTraceId.CreateRandom() : parent.TraceId, name, kind)).Decision == SamplingDecision.RecordAndSample;

    private static Running Serve(Folder folder, Dictionary<string, string> environment)
    {
        environment["ORCHESTRATOR_Simulation__Delays"] = "0";
        return Binary.Start(folder.Path, environment, "serve", "--data", "data", "--port", "0", "--name", "server-7");
    }

    private static HttpClient Client(Uri url)
    {
        var client = new HttpClient { BaseAddress = url };
        client.DefaultRequestHeaders.Add("X-Orchestrator-User", "carol:operator,engineer,admin");
        return client;
    }

    /// <summary>Runs a runbook to its end, and gives the run's id.</summary>
    private static async Task<string> RunAsync(HttpClient client, string source = Survey)
    {
        using var answer = await client.PostAsJsonAsync("/api/runs", new { source });
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(answer.IsSuccessStatusCode, body.GetRawText());
        var run = body.GetProperty("id").GetString()!;
        await ServerFixture.UntilAsync(async () => (await client.GetFromJsonAsync<JsonElement>($"/api/runs/{run}")).GetProperty("run").GetProperty("endedAt").ValueKind == JsonValueKind.String);
        return run;
    }

    private static async Task<(int Code, string Said)> CheckAsync(string page)
    {
        using var promtool = Process.Start(new ProcessStartInfo("promtool", ["check", "metrics"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = Task.WhenAll(promtool.StandardOutput.ReadToEndAsync(), promtool.StandardError.ReadToEndAsync());
        await promtool.StandardInput.WriteAsync(page);
        promtool.StandardInput.Close();
        await promtool.WaitForExitAsync();
        return (promtool.ExitCode, string.Join('\n', await said));
    }

    [GeneratedRegex("""^[a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\.)*",?)*\})? [-+0-9.eEInfNa]+( \d+)?$""")]
    private static partial Regex Sample();

    private sealed class StoppedClock : TimeProvider
    {
        public long Seconds { get; set; } = 100;

        public override long GetTimestamp() => Seconds * TimestampFrequency;
    }
}
