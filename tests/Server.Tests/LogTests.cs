using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Server.Logging;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Execution.Runs;
using Orchestrator.Workflows.Hosting;
using Orchestrator.Workflows.Language.Reading;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Server.Tests;

/// <summary>The log of the real binary: where it goes, in which form, with which numbers and names; and one entry in both forms.</summary>
public sealed class LogTests
{
    private const string Shards = "OwnMembership[1011]: Shards acquired: 64; this server owns 64 now";

    private static readonly Dictionary<string, string> plain = new()
    {
        ["ORCHESTRATOR_Simulation__Delays"] = "0", ["DOTNET_RUNNING_IN_CONTAINER"] = "", ["KUBERNETES_SERVICE_HOST"] = "",
    };

    [Fact]
    public async Task A_server_logs_lines_of_text_on_standard_output_and_into_the_file()
    {
        using var folder = new Folder();
        var finished = await ServeAsync(folder, []);

        var line = Assert.Single(finished.Output.Split('\n'), line => line.Contains(Shards, StringComparison.Ordinal));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z Information Orchestrator\.Workflows\.", line);
        Assert.Contains("orchestrator: ready on http://127.0.0.1:", finished.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Quartz", finished.Output, StringComparison.Ordinal);
        Assert.Contains(Shards, await File.ReadAllTextAsync(Path.Combine(folder.Path, "data", "orchestrator.log")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ORCHESTRATOR_Log__Format", "json")]
    [InlineData("DOTNET_RUNNING_IN_CONTAINER", "true")]
    public async Task In_a_container_or_when_it_is_asked_for_every_line_is_a_JSON_object(string name, string value)
    {
        using var folder = new Folder();
        var finished = await ServeAsync(folder, new() { [name] = value });

        var entries = finished.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<JsonElement>(line)).ToList();
        var shards = Assert.Single(entries, entry => EventOf(entry) == 1011);
        Assert.Equal("server-7", shards.GetProperty("server").GetString());
        Assert.Equal("Information", shards.GetProperty("level").GetString());
        Assert.Equal(64, shards.GetProperty("properties").GetProperty("Taken").GetInt32());
        Assert.StartsWith("http://127.0.0.1:", Assert.Single(entries, entry => EventOf(entry) == 9071).GetProperty("properties").GetProperty("Url").GetString(), StringComparison.Ordinal);
        // The file stays text.
        Assert.Contains(Shards, await File.ReadAllTextAsync(Path.Combine(folder.Path, "data", "orchestrator.log")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("None", false, false)]
    [InlineData("StandardError", false, true)]
    public async Task The_log_goes_where_it_is_told(string output, bool onOutput, bool onError)
    {
        using var folder = new Folder();
        var finished = await ServeAsync(folder, new() { ["ORCHESTRATOR_Log__Output"] = output, ["ORCHESTRATOR_Log__File"] = "false" });

        Assert.Equal(onOutput, finished.Output.Contains(Shards, StringComparison.Ordinal));
        Assert.Equal(onError, finished.Error.Contains(Shards, StringComparison.Ordinal));
        Assert.False(File.Exists(Path.Combine(folder.Path, "data", "orchestrator.log")));
    }

    [Theory]
    [InlineData("Auto", false)]
    [InlineData("StandardOutput", false)]
    [InlineData("StandardError", true)]
    public async Task A_run_keeps_standard_output_for_its_document(string output, bool onError)
    {
        using var folder = new Folder();
        folder.Write("a.yaml", "runbook: a\nsteps:\n  - { id: say, run: notify, with: { message: hello } }\n");

        var finished = await Binary.RunAsync(folder.Path, new Dictionary<string, string>(plain) { ["ORCHESTRATOR_Log__Output"] = output }, "run", "a.yaml", "--data", "data", "--json");

        Assert.Equal(0, finished.ExitCode);
        JsonDocument.Parse(finished.Output).Dispose();
        Assert.Equal(onError, finished.Error.Contains("[1011]", StringComparison.Ordinal));
        Assert.Contains("[1011]", await File.ReadAllTextAsync(Path.Combine(folder.Path, "data", "orchestrator.log")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_start_that_fails_is_a_sentence_and_no_stack()
    {
        using var folder = new Folder();
        await using var first = Binary.Start(folder.Path, plain, "serve", "--data", "data", "--port", "0");
        var url = await first.WhenReadyAsync();

        var finished = await Binary.RunAsync(folder.Path, plain, "serve", "--data", "other", "--port", url.Port.ToString(System.Globalization.CultureInfo.InvariantCulture));

        Assert.Equal(4, finished.ExitCode);
        Assert.Contains("is taken; give another one with --port", finished.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", finished.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_option_of_the_log_is_told_with_its_place()
    {
        using var folder = new Folder();

        var finished = await Binary.RunAsync(folder.Path, new Dictionary<string, string> { ["ORCHESTRATOR_Log__Format"] = "yaml", ["ORCHESTRATOR_Log__Colour"] = "red", ["ORCHESTRATOR_Telemetry__Share"] = "2", ["ORCHESTRATOR_Telemetri__Share"] = "1", ["ORCHESTRATOR_Infra__Clusters__hz__Sever"] = "http://127.0.0.1:1" }, "serve");

        Assert.Equal(2, finished.ExitCode);
        Assert.Contains("appsettings.json: Log:Format: 'yaml' does not fit; give Auto, Text, Json", finished.Error, StringComparison.Ordinal);
        Assert.Contains("appsettings.json: Log:Colour: there is no such option; known: Level, Levels, Format, Output, File, FileLimit", finished.Error, StringComparison.Ordinal);
        Assert.Contains("appsettings.json: Telemetry:Share:", finished.Error, StringComparison.Ordinal);
        Assert.Contains("appsettings.json: Telemetri: there is no such section; did you mean Telemetry?", finished.Error, StringComparison.Ordinal);
        Assert.Contains("appsettings.json: Infra:Clusters:hz:Sever: there is no such option; did you mean Server?", finished.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_entry_carries_what_it_belongs_to_and_what_is_quoted_forges_nothing()
    {
        var scopes = new LoggerExternalScopeProvider();
        using var task = scopes.Push(new List<KeyValuePair<string, object?>> { new("RunId", "r-1"), new("Step", "lend/a\n2026 forged"), new("Attempt", 2), new("Room", 7) });
        List<KeyValuePair<string, object?>> state = [new("RunId", "r-1"), new("Speed", 1.5), new("{OriginalFormat}", "…")];
        var error = new InvalidOperationException("one\ntwo\u001b[2J");

        var text = Written(LogFormat.Text);
        var json = JsonSerializer.Deserialize<JsonElement>(Written(LogFormat.Json));

        Assert.Matches(@"^\S+Z Warning Orchestrator\.Some\[1234\]: slow␊2026 forged \[Step=lend/a␊2026 forged Attempt=2\]\n    System\.InvalidOperationException: one\n    two␛\[2J\n$", text.Replace("\r", "", StringComparison.Ordinal));
        Assert.Equal(
            """{"RunId":"r-1","Speed":1.5,"Step":"lend/a\n2026 forged","Attempt":2,"Room":7}""", json.GetProperty("properties").GetRawText());
        Assert.Equal("here", json.GetProperty("server").GetString());
        Assert.Contains("two\u001b[2J", json.GetProperty("exception").GetString(), StringComparison.Ordinal);

        string Written(LogFormat format)
        {
            using var writer = new StringWriter();
            var formatter = new LogFormatter(new LogOptions { Format = format }, "here", () => true);
            formatter.Write(new LogEntry<List<KeyValuePair<string, object?>>>(LogLevel.Warning, "Orchestrator.Some", new EventId(1234), state, error, (_, _) => "slow\n2026 forged"), scopes, writer);
            Assert.Equal(1, format == LogFormat.Json ? writer.ToString().Count(c => c == '\n') : 1);
            return writer.ToString();
        }
    }

    [Fact]
    public async Task What_is_logged_within_a_task_says_which_in_every_line_of_JSON()
    {
        var lines = new JsonLines();
        IServiceProvider? provider = null;
        using var host = new HostBuilder().ConfigureServices(services => services
            .AddLogging(logging => logging.AddProvider(lines))
            .AddWorkflows()
            .AddSingleton(new RunbookSource((_, _) => ValueTask.FromResult<Runbook?>(null), Read))
            .AddActivity<Talk, Said, Said>("talk", "Logs a line, and fails the first time", Effect.None)).Build();
        provider = host.Services;
        await host.StartAsync();
        var engine = host.Services.GetRequiredService<Engine>();
        var run = (await engine.StartAsync(new StartRequest(Read("runbook: a\nsteps:\n  - { id: say, run: talk, with: { word: 'a \"b\"\n' }, retry: { attempts: 2, delay: 1ms } }\n"), JsonSerializer.SerializeToElement(new { }), "carol"))).Run;
        await engine.WhenEndedAsync(run);
        await host.StopAsync();

        var entries = lines.Written.Select(line => JsonSerializer.Deserialize<JsonElement>(line)).ToList();
        var said = entries.Where(entry => EventOf(entry) == 42).Select(entry => entry.GetProperty("properties")).ToList();
        Assert.All(entries, entry => Assert.Equal("server-7", entry.GetProperty("server").GetString()));
        Assert.Equal([1, 2], said.Select(properties => properties.GetProperty("Attempt").GetInt32()));
        Assert.All(said, properties => Assert.Equal((run.ToString(), "say", "a \"b\" "), (properties.GetProperty("RunId").GetString(), properties.GetProperty("Step").GetString(), properties.GetProperty("Word").GetString())));
        // The engine's own line within the task, with its exception.
        var failed = Assert.Single(entries, entry => EventOf(entry) == 1122);
        Assert.Equal(1, failed.GetProperty("properties").GetProperty("Attempt").GetInt32());
        Assert.Contains("InvalidOperationException: the first time", failed.GetProperty("exception").GetString(), StringComparison.Ordinal);

        Runbook Read(string text) => new RunbookReader(provider!.GetRequiredService<ActivityCatalog>()).Read("a.yaml", text) is { Runbook: { } runbook } read
            ? runbook : throw new InvalidOperationException(text);
    }

    [Fact]
    public async Task Neither_log_nor_traces_hold_a_secret_at_any_level()
    {
        await using var collector = await CollectorServer.StartAsync();
        using var folder = new Folder();
        var environment = new Dictionary<string, string>(plain)
        {
            ["ORCHESTRATOR_Log__Level"] = "Trace", ["ORCHESTRATOR_Log__Format"] = "Json", ["ORCHESTRATOR_Infra__WebhookAllow"] = "127.0.0.1",
            ["ORCHESTRATOR_Telemetry__Otlp"] = collector.Url.ToString(), ["ORCHESTRATOR_Telemetry__Protocol"] = "HttpProtobuf",
        };
        await using var server = Binary.Start(folder.Path, environment, "serve", "--data", "data", "--port", "0");
        var file = Path.Combine(folder.Path, "data", "server.json");
        await ServerFixture.UntilAsync(() => server.HasExited ? throw new InvalidOperationException("it ended") : Task.FromResult(File.Exists(file)));
        using var client = new HttpClient { BaseAddress = new Uri(JsonDocument.Parse(await File.ReadAllTextAsync(file)).RootElement.GetProperty("url").GetString()!) };
        client.DefaultRequestHeaders.Add("X-Orchestrator-User", "carol:operator,engineer,admin");
        // The collector answers a path that it does not know with 404, so that the step fails and its failure is told.
        var url = $"http://CANARYUSER:CANARYPW@127.0.0.1:{collector.Url.Port}/hook?token=CANARYTOKEN";
        var source = "runbook: telling\ninputs:\n  url: { type: string }\nsteps:\n  - { id: tell, run: notify, with: { url: \"${ inputs.url }\", message: \"see ${ inputs.url }\" }, onFailure: continue }\n";
        using var answer = await client.PostAsJsonAsync("/api/runs", new { source, inputs = new { url } });
        var run = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
        await ServerFixture.UntilAsync(async () => (await client.GetFromJsonAsync<JsonElement>($"/api/runs/{run}")).GetProperty("run").GetProperty("endedAt").ValueKind == JsonValueKind.String);
        await server.InterruptAsync();
        var finished = await server.WhenEndedAsync();

        Assert.Contains(collector.TreeOf(run), span => span.Attributes.TryGetValue("url.full", out var called) && called.Contains("/hook", StringComparison.Ordinal));
        Assert.All(finished.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => JsonDocument.Parse(line).Dispose());
        foreach (var text in (string[])[finished.Output, finished.Error, await File.ReadAllTextAsync(Path.Combine(folder.Path, "data", "orchestrator.log")), collector.Text("traces"), collector.Text("logs"), collector.Text("metrics")])
            Assert.DoesNotContain("CANARY", text, StringComparison.Ordinal);
    }

    private static int EventOf(JsonElement entry) => entry.TryGetProperty("event", out var number) ? number.GetInt32() : 0;

    private sealed record Said(string Word);

    private sealed class Talk(ILogger<Talk> logger) : IActivity<Said, Said>
    {
        private static readonly Action<ILogger, string, Exception?> say = LoggerMessage.Define<string>(LogLevel.Information, new EventId(42), "It says {Word}");

        public Task<Said> ExecuteAsync(Said arguments, TaskContext context, CancellationToken cancellationToken)
        {
            say(logger, arguments.Word, null);
            return context.Attempt == 1 ? throw new InvalidOperationException("the first time") : Task.FromResult(arguments);
        }
    }

    /// <summary>Entries as a standard stream gets them as JSON.</summary>
    private sealed class JsonLines : ILoggerProvider, ISupportExternalScope
    {
        private readonly LogFormatter formatter = new(new LogOptions { Format = LogFormat.Json }, "server-7", () => true);
        private IExternalScopeProvider? scopes;

        public ConcurrentQueue<string> Written { get; } = new();

        public void SetScopeProvider(IExternalScopeProvider scopeProvider) => scopes = scopeProvider;

        public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

        public void Dispose()
        {
        }

        private sealed class Logger(JsonLines lines, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state) where TState : notnull => lines.scopes?.Push(state);

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> text)
            {
                using var writer = new StringWriter();
                lines.formatter.Write(new LogEntry<TState>(logLevel, category, eventId, state, exception, text), lines.scopes, writer);
                lines.Written.Enqueue(writer.ToString());
            }
        }
    }

    /// <summary>Starts a server, and stops it once its file says that it is ready.</summary>
    private static async Task<Finished> ServeAsync(Folder folder, Dictionary<string, string> more)
    {
        var environment = new Dictionary<string, string>(plain);
        foreach (var (name, value) in more) environment[name] = value;
        await using var server = Binary.Start(folder.Path, environment, "serve", "--data", "data", "--port", "0", "--name", "server-7");
        await ServerFixture.UntilAsync(() => server.HasExited ? throw new InvalidOperationException("it ended") : Task.FromResult(File.Exists(Path.Combine(folder.Path, "data", "server.json"))));
        await server.InterruptAsync();
        return await server.WhenEndedAsync();
    }
}
