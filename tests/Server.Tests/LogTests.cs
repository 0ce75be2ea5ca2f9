using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Server.Logging;

namespace Orchestrator.Server.Tests;

/// <summary>The log of the real binary: where it goes, in which form, with which numbers and names; and one entry in both forms.</summary>
public sealed class LogTests
{
    private const string Shards = "OwnMembership[1011]: Took 64 shards; this node has 64 now";

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
        Assert.Equal("node-7", shards.GetProperty("server").GetString());
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

        var finished = await Binary.RunAsync(folder.Path, new Dictionary<string, string> { ["ORCHESTRATOR_Log__Format"] = "yaml", ["ORCHESTRATOR_Log__Colour"] = "red", ["ORCHESTRATOR_Telemetry__TracedRuns"] = "2" }, "serve");

        Assert.Equal(2, finished.ExitCode);
        Assert.Contains("appsettings.json: Log:Format: 'yaml' does not fit; give Auto, Text, Json", finished.Error, StringComparison.Ordinal);
        Assert.Contains("appsettings.json: Log:Colour: there is no such option", finished.Error, StringComparison.Ordinal);
        Assert.Contains("appsettings.json: Telemetry:TracedRuns:", finished.Error, StringComparison.Ordinal);
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

    private static int EventOf(JsonElement entry) => entry.TryGetProperty("event", out var number) ? number.GetInt32() : 0;

    /// <summary>Starts a server, and stops it once its file says that it is ready.</summary>
    private static async Task<Finished> ServeAsync(Folder folder, Dictionary<string, string> more)
    {
        var environment = new Dictionary<string, string>(plain);
        foreach (var (name, value) in more) environment[name] = value;
        await using var server = Binary.Start(folder.Path, environment, "serve", "--data", "data", "--port", "0", "--node", "node-7");
        await ServerFixture.UntilAsync(() => server.HasExited ? throw new InvalidOperationException("it ended") : Task.FromResult(File.Exists(Path.Combine(folder.Path, "data", "server.json"))));
        await server.InterruptAsync();
        return await server.WhenEndedAsync();
    }
}
