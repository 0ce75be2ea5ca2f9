using System.Net.Http.Json;
using System.Text.Json;

namespace Orchestrator.Server.Tests;

/// <summary>A person holds a run from the start of a server; API, command line and health say so.</summary>
public sealed class QuarantineTests
{
    private const string Waits = "runbook: waits\nsteps:\n  - id: w\n    wait: { signal: never, timeout: 100d }\n";

    private static readonly Dictionary<string, string> NoDelays = new() { ["ORCHESTRATOR_Simulation__Delays"] = "0" };

    [Fact]
    public async Task A_run_that_a_person_holds_is_named_everywhere_and_goes_on_when_it_is_tried_again()
    {
        using var folder = new Folder();
        string run, other;
        await using (var before = Serve(folder))
        {
            using var starter = As(await before.WhenReadyAsync());
            (run, other) = (await StartAsync(starter), await StartAsync(starter));
            await before.KillAsync();
        }

        await using var server = Serve(folder, "--quarantine", run);
        using var client = As(await server.WhenReadyAsync());
        await UntilStatusAsync(client, run, "incident");
        var detail = await client.GetFromJsonAsync<JsonElement>($"/api/runs/{run}");
        using var ready = await client.GetAsync("/health/ready");
        var lines = (await ready.Content.ReadAsStringAsync()).Split("\nprojection ")[0].Split('\n');
        var shown = await Binary.RunAsync(folder.Path, NoDelays, "runs", "show", run, "--data", "data");
        using var undo = await client.PostAsJsonAsync($"/api/runs/{run}/undo", new { reason = "enough" });

        var incident = Assert.Single(detail.GetProperty("incidents").EnumerateArray());
        Assert.Equal(("", "quarantined"), (incident.GetProperty("path").GetString(), incident.GetProperty("error").GetProperty("code").GetString()));
        Assert.Equal("quarantined", detail.GetProperty("run").GetProperty("error").GetProperty("code").GetString());
        Assert.True(ready.IsSuccessStatusCode);
        Assert.Equal(["ready", $"run {run} of waits is held: quarantined; see: runs show {run}"], lines);
        Assert.Contains("waits for an operator: An operator put the run in quarantine when a server started.", shown.Output, StringComparison.Ordinal);
        Assert.False(undo.IsSuccessStatusCode);
        Assert.Contains("trying the run again or cancelling it", await undo.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await UntilStatusAsync(client, other, "waiting-for-signal");

        var retried = await Binary.RunAsync(folder.Path, NoDelays, "runs", "retry", run, "--reason", "fixed", "--data", "data", "--as", "carol:operator");

        Assert.Equal((0, ""), (retried.ExitCode, retried.Error));
        await UntilStatusAsync(client, run, "waiting-for-signal");
        Assert.Equal("ready", (await client.GetStringAsync("/health/ready")).Split("\nprojection ")[0]);
    }

    [Fact]
    public async Task A_held_run_is_cancelled_by_the_command_line()
    {
        using var folder = new Folder();
        var run = Guid.NewGuid().ToString();
        await using var server = Serve(folder, "--quarantine", run);
        using var client = As(await server.WhenReadyAsync());
        using var started = await client.PostAsJsonAsync("/api/runs", new { source = Waits, id = run });
        Assert.True(started.IsSuccessStatusCode, await started.Content.ReadAsStringAsync());
        await UntilStatusAsync(client, run, "incident");

        var cancelled = await Binary.RunAsync(folder.Path, NoDelays, "runs", "cancel", run, "--reason", "enough", "--data", "data", "--as", "carol:operator");

        Assert.Equal((0, ""), (cancelled.ExitCode, cancelled.Error));
        await UntilStatusAsync(client, run, "cancelled");
    }

    [Fact]
    public async Task What_is_no_id_of_a_run_is_refused_before_anything_is_made()
    {
        using var folder = new Folder();

        var refused = await Binary.RunAsync(folder.Path, NoDelays, "serve", "--data", "data", "--port", "0", "--quarantine", "everything");

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("everything", refused.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(folder.Path, "data")));
    }

    private static Running Serve(Folder folder, params string[] more) => Binary.Start(folder.Path, NoDelays, ["serve", "--data", "data", "--port", "0", "--ask", .. more]);

    private static HttpClient As(Uri url)
    {
        var client = new HttpClient { BaseAddress = url };
        client.DefaultRequestHeaders.Add("X-Orchestrator-User", "carol:operator,engineer,admin");
        return client;
    }

    private static async Task<string> StartAsync(HttpClient client)
    {
        using var answer = await client.PostAsJsonAsync("/api/runs", new { source = Waits });
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
    }

    private static Task UntilStatusAsync(HttpClient client, string run, string status) => ServerFixture.UntilAsync(async () =>
        (await client.GetFromJsonAsync<JsonElement>($"/api/runs/{run}")).GetProperty("run").GetProperty("status").GetString() == status);
}
