using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Orchestrator.Server.Tests;

/// <summary>What is done to a data folder from outside: nothing is acknowledged that would be lost, and what is lost is said.</summary>
public sealed class DataFolderTests
{
    private const string Waits = "runbook: waits\nsteps:\n  - id: w\n    wait: { signal: never, timeout: 100d }\n";

    private static readonly Dictionary<string, string> NoDelays = new() { ["ORCHESTRATOR_Simulation__Delays"] = "0" };

    [Theory]
    [InlineData("rm", "-rf", "data")]
    [InlineData("mv", "data", "elsewhere")]
    [InlineData("rm", "data/orchestrator.db")]
    [InlineData("rm", "data/orchestrator.db-wal")]
    [InlineData("rm", "data/orchestrator.lock")]
    [InlineData("cp", "--remove-destination", "data/orchestrator.lock", "data/orchestrator.db")]
    public async Task Files_that_go_away_under_the_server_are_noticed_and_nothing_more_is_acknowledged(string program, params string[] arguments)
    {
        using var folder = new Folder();
        await using var server = Serve(folder);
        using var client = As(await server.WhenReadyAsync());
        await StartAsync(client);
        await DoAsync(folder, program, arguments);

        using var refused = await client.PostAsJsonAsync("/api/runs", new { source = Waits });
        using var ready = await client.GetAsync("/health/ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        var detail = (await refused.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString();
        Assert.Contains("what is written now would be lost", detail, StringComparison.Ordinal);
        Assert.DoesNotContain("nothing is lost", detail, StringComparison.Ordinal);
        Assert.Contains("UTC, runs wait until then, and ", detail, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("under the running orchestrator", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await server.InterruptAsync();
        var finished = await server.WhenEndedAsync();
        Assert.Equal(4, finished.ExitCode);
        Assert.Contains("under the running orchestrator", finished.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("unexpected", finished.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_is_moved_back_is_gone_on_with()
    {
        using var folder = new Folder();
        await using var server = Serve(folder);
        using var client = As(await server.WhenReadyAsync());
        var before = await StartAsync(client);
        // The schedules open their own store a moment after the server is ready, and would make the folder anew.
        await ServerFixture.UntilAsync(() => Task.FromResult(File.Exists(Path.Combine(folder.Path, "data", "schedules.db"))));
        await DoAsync(folder, "mv", "data", "elsewhere");
        using var refused = await client.PostAsJsonAsync("/api/runs", new { source = Waits });
        await DoAsync(folder, "mv", "elsewhere", "data");

        await ServerFixture.UntilAsync(async () => (await client.GetAsync("/health/ready")).IsSuccessStatusCode);
        var after = await StartAsync(client);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        var runs = await RunsAsync(client);
        Assert.Contains(before, runs);
        Assert.Contains(after, runs);
    }

    [Theory]
    [InlineData("half of the log")]
    [InlineData("garbled log")]
    [InlineData("no log")]
    [InlineData("no database")]
    [InlineData("empty database")]
    public async Task Acknowledged_runs_that_are_missing_keep_the_server_from_starting_until_somebody_accepts_that(string what)
    {
        using var folder = new Folder();
        await using (var server = Serve(folder))
        {
            using var client = As(await server.WhenReadyAsync());
            for (var i = 0; i < 20; i++) await StartAsync(client);
            await server.KillAsync();
        }

        var files = Damage(Path.Combine(folder.Path, "data"), what);
        await using var again = Serve(folder);
        var refused = await again.WhenEndedAsync();
        var untouched = files.Select(File.ReadAllBytes).ToList();
        await using var accepting = Binary.Start(folder.Path, NoDelays, "serve", "--data", "data", "--port", "0", "--ask", "--accept-loss");
        using var second = As(await accepting.WhenReadyAsync());

        Assert.Equal(4, refused.ExitCode);
        Assert.Contains("acknowledged", refused.Error, StringComparison.Ordinal);
        Assert.Contains("serve --accept-loss", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("unexpected", refused.Error, StringComparison.Ordinal);
        Assert.Equal(files.Count, untouched.Count);
        Assert.True((await RunsAsync(second)).Count < 20);
        var audit = await second.GetFromJsonAsync<JsonElement>("/api/audit?kind=journal-loss-accepted");
        var act = Assert.Single(audit.GetProperty("items").EnumerateArray());
        Assert.NotEmpty(act.GetProperty("by").GetString()!);
        Assert.NotEmpty(act.GetProperty("detail").GetProperty("loss").GetString()!);
        await StartAsync(second);
        await accepting.InterruptAsync();
        await accepting.WhenEndedAsync();
        await using var third = Serve(folder);
        await third.WhenReadyAsync();
    }

    [Fact]
    public async Task A_server_that_is_killed_again_and_again_misses_nothing()
    {
        using var folder = new Folder();
        var started = new List<string>();
        for (var round = 0; round < 3; round++)
        {
            await using var server = Serve(folder);
            using var client = As(await server.WhenReadyAsync());
            for (var i = 0; i < 5; i++) started.Add(await StartAsync(client));
            await server.KillAsync();
        }

        await using var last = Serve(folder);
        using var reader = As(await last.WhenReadyAsync());
        Assert.Equal(started.Order(), (await RunsAsync(reader)).Order());
    }

    [Theory]
    [InlineData("serve", "--port", "0")]
    [InlineData("run", "waits.yaml")]
    public async Task A_process_that_is_refused_a_folder_leaves_everything_in_it_alone(params string[] command)
    {
        using var folder = new Folder();
        folder.Write("waits.yaml", Waits);
        await using var cloud = Binary.Start(folder.Path, NoDelays, "cloud", "--port", "0");
        var address = await cloud.WhenReadyAsync();
        await using var server = Binary.Start(folder.Path, NoDelays, "serve", "--data", "data", "--port", "0", "--cloud", address.ToString());
        await server.WhenReadyAsync();
        var before = Untouched().ToList();

        var refused = await Binary.RunAsync(folder.Path, NoDelays, [.. command, "--data", "data"]);

        Assert.Equal(4, refused.ExitCode);
        Assert.Contains("works on the data folder", refused.Error, StringComparison.Ordinal);
        Assert.Equal(before, Untouched());

        // The server that has the folder goes on writing its journal, its schedules and its log.
        IEnumerable<string> Untouched() => folder.List().Where(file =>
            Path.GetFileName(file) is var name && !name.StartsWith("orchestrator.", StringComparison.Ordinal) && !name.StartsWith("schedules.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_damaged_page_that_is_found_late_is_a_sentence_with_a_mend()
    {
        using var folder = new Folder();
        await using (var server = Serve(folder))
        {
            using var client = As(await server.WhenReadyAsync());
            for (var i = 0; i < 50; i++) await StartAsync(client);
            await server.InterruptAsync();
            await server.WhenEndedAsync();
        }

        var file = Path.Combine(folder.Path, "data", "orchestrator.db");
        var bytes = await File.ReadAllBytesAsync(file);
        // The head stays, so that it opens; what comes after is noise.
        new Random(11).NextBytes(bytes.AsSpan(3 * 4096));
        await File.WriteAllBytesAsync(file, bytes);

        foreach (var command in new string[][] { ["runs", "list", "--data", "data"], ["serve", "--data", "data", "--port", "0"] })
        {
            var finished = await Binary.RunAsync(folder.Path, NoDelays, command);

            Assert.Equal(4, finished.ExitCode);
            Assert.Contains("restore orchestrator.db from a backup", finished.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("unexpected", finished.Error, StringComparison.Ordinal);
        }
    }

    private static List<string> Damage(string data, string what)
    {
        var database = Path.Combine(data, "orchestrator.db");
        var log = $"{database}-wal";
        switch (what)
        {
            case "half of the log":
                using (var file = File.OpenWrite(log)) file.SetLength(file.Length / 2);
                return [database, log];
            case "garbled log":
                var bytes = File.ReadAllBytes(log);
                new Random(7).NextBytes(bytes.AsSpan(bytes.Length / 3));
                File.WriteAllBytes(log, bytes);
                return [database, log];
            case "no log":
                File.Delete(log);
                return [database];
            case "no database":
                File.Delete(database);
                return [];
            default:
                File.WriteAllBytes(database, []);
                return [database];
        }
    }

    private static Running Serve(Folder folder) => Binary.Start(folder.Path, NoDelays, "serve", "--data", "data", "--port", "0", "--ask");

    private static HttpClient As(Uri url)
    {
        var client = new HttpClient { BaseAddress = url };
        client.DefaultRequestHeaders.Add("X-Orchestrator-User", "carol:operator,engineer,admin,commander");
        return client;
    }

    private static async Task<string> StartAsync(HttpClient client)
    {
        using var answer = await client.PostAsJsonAsync("/api/runs", new { source = Waits });
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
    }

    /// <summary>Of this runbook: on a busy machine the fast night comes to the hour of a trigger that ships.</summary>
    private static async Task<List<string>> RunsAsync(HttpClient client) =>
        [.. (await client.GetFromJsonAsync<JsonElement>("/api/runs?limit=1000&runbook=waits")).GetProperty("items").EnumerateArray().Select(run => run.GetProperty("id").GetString()!)];

    private static async Task DoAsync(Folder folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder.Path };
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }
}
