using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Orchestrator.Server.Tests;

/// <summary>What surrounds a process is odd: each is a sentence with a fix and the right exit code, never a crash.</summary>
public sealed class MannersTests
{
    private static readonly Dictionary<string, string> noDelays = new() { ["ORCHESTRATOR_Simulation__Delays"] = "0" };

    [Theory]
    [InlineData("HUP")]
    [InlineData("QUIT")]
    [InlineData("TERM")]
    public async Task A_signal_that_ends_a_terminal_or_a_service_stops_a_server_in_order(string signal)
    {
        using var folder = new Folder();
        await using var server = Serve(folder);
        await server.WhenReadyAsync();

        await SignalAsync(server, signal);
        var finished = await server.WhenEndedAsync();

        Assert.Equal(0, finished.ExitCode);
        Assert.Contains("stopping; unfinished runs go on", finished.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder.Path, "data", "server.json")));
    }

    [Fact]
    public async Task A_server_that_was_started_to_outlive_its_terminal_does()
    {
        using var folder = new Folder();
        await using var server = Binary.Start(["nohup", Binary.Path, "serve", "--data", "data", "--port", "0", "--ask"], folder.Path, noDelays);
        using var client = new HttpClient { BaseAddress = await server.WhenReadyAsync() };

        await SignalAsync(server, "HUP");
        using var answer = await client.GetAsync("/api/runs");
        await server.InterruptAsync();
        var finished = await server.WhenEndedAsync();

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(0, finished.ExitCode);
    }

    [Theory]
    [InlineData("plan", "double-11")]
    [InlineData("plan", "double-11", "--json")]
    [InlineData("validate", "double-11")]
    public async Task A_full_disk_behind_standard_output_is_a_sentence_and_no_success(params string[] command)
    {
        using var folder = new Folder();

        var finished = await ShellAsync(folder, "\"$0\" \"$@\" >/dev/full", command);

        Assert.Equal(4, finished.ExitCode);
        Assert.Contains("not all of it could be printed", finished.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("unexpected", finished.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_works_on_though_nothing_that_it_says_can_be_written()
    {
        using var folder = new Folder();
        await using var server = Binary.Start(["bash", "-c", "exec \"$0\" serve --data data --port 0 --ask >/dev/full 2>/dev/full", Binary.Path], folder.Path, noDelays);
        var file = Path.Combine(folder.Path, "data", "server.json");
        await ServerFixture.UntilAsync(() => Task.FromResult(File.Exists(file)));
        using var client = new HttpClient { BaseAddress = new Uri(JsonDocument.Parse(await File.ReadAllTextAsync(file)).RootElement.GetProperty("url").GetString()!) };

        await ServerFixture.UntilAsync(async () => (await client.GetAsync("/health/ready")).IsSuccessStatusCode);
        await server.InterruptAsync();

        // What was to be said is not there, which the exit code tells; the work was done.
        Assert.Equal(4, (await server.WhenEndedAsync()).ExitCode);
    }

    [Fact]
    public async Task A_reader_that_has_enough_of_it_is_no_fault()
    {
        using var folder = new Folder();

        var finished = await ShellAsync(folder, "set -o pipefail; \"$0\" \"$@\" | head -n 1", "plan", "double-11");

        Assert.Equal((0, ""), (finished.ExitCode, finished.Error));
        Assert.Single(finished.Output.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("/sys/orchestrator-data", "cannot be written")]
    [InlineData("/dev/null/data", "cannot be made")]
    public async Task A_data_folder_that_cannot_be_written_is_refused_with_its_fix(string data, string words)
    {
        using var folder = new Folder();
        var waits = folder.Write("waits.yaml", "runbook: waits\nsteps:\n  - { id: w, wait: { for: 1s } }\n");

        foreach (var command in new string[][] { ["serve", "--port", "0"], ["run", waits] })
        {
            var finished = await Binary.RunAsync(folder.Path, noDelays, [.. command, "--data", data]);

            Assert.Equal(4, finished.ExitCode);
            Assert.Contains(words, finished.Error, StringComparison.Ordinal);
            Assert.Contains("--data DIR", finished.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(30)]
    [InlineData(100)]
    [InlineData(511)]
    public async Task Too_few_files_are_told_before_anything_else(int files)
    {
        using var folder = new Folder();

        var finished = await ShellAsync(folder, $"ulimit -n {files}; exec \"$0\" \"$@\"", "serve", "--data", "data", "--port", "0", "--ask");

        Assert.Equal((4, $"orchestrator: this process may open {files} files, and it needs 512; raise the limit with: ulimit -n 1024, or LimitNOFILE= of the service\n"), (finished.ExitCode, finished.Error));
        Assert.Empty(folder.List());
    }

    [Fact]
    public async Task A_server_works_with_as_few_files_as_it_asks_for()
    {
        using var folder = new Folder();
        await using var server = Binary.Start(["bash", "-c", "ulimit -n 512; exec \"$0\" serve --data data --port 0 --ask", Binary.Path], folder.Path, noDelays);
        using var client = new HttpClient { BaseAddress = await server.WhenReadyAsync() };

        using var answer = await client.GetAsync("/api/runs");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("<html></html>")]
    [InlineData("""{ "environmentTime": "2026-11-10T12:00:00Z", "systemTime": "2026-11-10T12:00:00Z", "speed": -1 }""")]
    [InlineData("""{ "environmentTime": "9999-11-10T12:00:00Z", "systemTime": "2026-11-10T12:00:00Z", "speed": 1 }""")]
    public async Task What_answers_at_the_clouds_address_and_is_none_is_told_as_such(string clock)
    {
        await using var cloud = await AnsweringAsync(clock);
        using var folder = new Folder();

        var finished = await Binary.RunAsync(folder.Path, "serve", "--data", "data", "--port", "0", "--ask", "--cloud", Address(cloud));

        Assert.Equal(4, finished.ExitCode);
        Assert.Contains("is no cloud of this program", finished.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("unexpected", finished.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_runbooks_are_planned_one_after_another_or_none_with_the_place_of_the_mistake()
    {
        using var folder = new Folder();
        var first = folder.Write("first.yaml", "runbook: first\nsteps:\n  - { id: w, wait: { for: 1s } }\n");
        var second = folder.Write("second.yaml", "runbook: second\nsteps:\n  - { id: w, wait: { for: 1s } }\n");
        var bad = folder.Write("bad.yaml", "runbook: bad\nsteps: 3\n");

        var both = await Binary.RunAsync(folder.Path, "plan", first, second);
        var json = await Binary.RunAsync(folder.Path, "plan", first, second, "--json");
        var one = await Binary.RunAsync(folder.Path, "plan", first, "--json");
        var refused = await Binary.RunAsync(folder.Path, "plan", first, bad);

        Assert.Equal(["first", "second"], both.Output.Split('\n').Where(line => line is "first" or "second"));
        Assert.Equal(["first", "second"], JsonDocument.Parse(json.Output).RootElement.EnumerateArray().Select(plan => plan.GetProperty("runbook").GetString()));
        Assert.Equal("first", JsonDocument.Parse(one.Output).RootElement.GetProperty("runbook").GetString());
        Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
        Assert.Contains("bad.yaml:2:8", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_server_shows_what_its_clusters_say_before_the_first_fact_and_why_the_ledger_is_empty()
    {
        using var folder = new Folder();
        await using var server = Serve(folder);
        await server.WhenReadyAsync();

        var show = await Binary.RunAsync(folder.Path, "fleet", "show", "--data", "data");
        var json = await Binary.RunAsync(folder.Path, "fleet", "show", "--data", "data", "--json");
        var ledger = await Binary.RunAsync(folder.Path, "fleet", "ledger", "--data", "data");

        Assert.Equal((0, 0), (show.ExitCode, ledger.ExitCode));
        Assert.Contains("no run has surveyed or moved a cluster yet", show.Output, StringComparison.Ordinal);
        Assert.Contains("hz-batch-a", show.Output, StringComparison.Ordinal);
        var observed = JsonDocument.Parse(json.Output).RootElement.GetProperty("observed").EnumerateArray().ToList();
        Assert.NotEmpty(observed);
        Assert.All(observed, cluster => Assert.True(cluster.GetProperty("ready").GetInt32() > 0, cluster.GetRawText()));
        Assert.Contains("no run has lent nodes or built units yet", ledger.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_old_journal_on_a_cloud_whose_clock_is_behind_it_is_told()
    {
        using var folder = new Folder();
        await using (var late = Binary.Start(folder.Path, noDelays, "cloud", "--port", "0", "--speed", "1", "--start", "2026-11-11T12:00:00Z"))
        {
            var address = await late.WhenReadyAsync();
            await using var first = Binary.Start(folder.Path, noDelays, "serve", "--data", "data", "--port", "0", "--ask", "--cloud", address.ToString());
            using var client = new HttpClient { BaseAddress = await first.WhenReadyAsync() };
            client.DefaultRequestHeaders.Add("X-Orchestrator-User", "carol:operator,engineer");
            using var started = await client.PostAsJsonAsync("/api/runs", new { source = "runbook: waits\nsteps:\n  - { id: w, wait: { signal: never } }\n" });
            Assert.Equal(HttpStatusCode.Created, started.StatusCode);
            await first.InterruptAsync();
            Assert.DoesNotContain("mix the facts", (await first.WhenEndedAsync()).Error, StringComparison.Ordinal);
        }

        await using var early = Binary.Start(folder.Path, noDelays, "cloud", "--port", "0", "--speed", "1", "--start", "2026-11-10T12:00:00Z");
        await using var second = Binary.Start(folder.Path, noDelays, "serve", "--data", "data", "--port", "0", "--ask", "--cloud", (await early.WhenReadyAsync()).ToString());
        await second.WhenReadyAsync();
        await second.InterruptAsync();
        var finished = await second.WhenEndedAsync();

        Assert.Contains("holds runs up to 2026-11-11 1", finished.Error, StringComparison.Ordinal);
        Assert.Contains("mix the facts of two clouds; begin with an empty folder (--data DIR)", finished.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_old_journal_under_a_night_that_begins_before_it_is_told()
    {
        using var folder = new Folder();
        File.WriteAllText(Path.Combine(folder.Path, "short.yaml"), "runbook: short\nsteps:\n  - { id: w, wait: { for: 10m } }\n");
        string[] run = ["run", "short.yaml", "--data", "data", "--speed", "600", "--start"];

        var first = await Binary.RunAsync(folder.Path, noDelays, [.. run, "2026-11-10T12:00:00Z"]);
        var again = await Binary.RunAsync(folder.Path, noDelays, [.. run, "2026-11-10T12:00:00Z"]);
        var later = await Binary.RunAsync(folder.Path, noDelays, [.. run, "2026-12-12T12:00:00Z"]);

        Assert.DoesNotContain("mix the facts", first.Error, StringComparison.Ordinal);
        Assert.Contains("this night, on a simulated cloud of its own, begins at 2026-11-10 12:", again.Error, StringComparison.Ordinal);
        Assert.Contains("(--data DIR), or with --start 2026-11-1", again.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("mix the facts", later.Error, StringComparison.Ordinal);
        Assert.All([first, again, later], one => Assert.Equal(0, one.ExitCode));
    }

    private static Running Serve(Folder folder) => Binary.Start(folder.Path, noDelays, "serve", "--data", "data", "--port", "0", "--ask");

    private static async Task<Finished> ShellAsync(Folder folder, string script, params string[] arguments)
    {
        await using var running = Binary.Start(["bash", "-c", script, Binary.Path, .. arguments], folder.Path, noDelays);
        return await running.WhenEndedAsync();
    }

    private static async Task SignalAsync(Running server, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", server.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    private static async Task<WebApplication> AnsweringAsync(string text)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore().AddLogging();
        var application = builder.Build();
        application.Run(context => context.Response.WriteAsync(text));
        await application.StartAsync();
        return application;
    }

    private static string Address(WebApplication application) => application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
}
