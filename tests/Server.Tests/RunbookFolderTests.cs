using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Orchestrator.Server.Tests;

/// <summary>What people's tools leave in the folder of runbooks takes neither the runbooks nor the emergency trigger away.</summary>
public sealed class RunbookFolderTests
{
    private const string Small = "runbook: small\nsteps:\n  - id: w\n    wait: { for: 1s }\n";

    [Fact]
    public async Task What_cannot_be_read_is_told_in_the_list_and_takes_nothing_else_away()
    {
        using var folder = new Folder();
        var runbooks = await CopyAsync(folder);
        await using var server = Serve(folder, runbooks);
        using var client = As(await server.WhenReadyAsync());
        var before = await client.GetFromJsonAsync<JsonElement>("/api/runbooks?limit=1000");
        Assert.Empty(before.GetProperty("diagnostics").EnumerateArray());
        await MakeIrregularAsync(runbooks);

        var list = await client.GetFromJsonAsync<JsonElement>("/api/runbooks?limit=1000");

        Assert.Equal(before.GetProperty("items").GetRawText(), list.GetProperty("items").GetRawText());
        var diagnostics = list.GetProperty("diagnostics").EnumerateArray().ToList();
        Assert.Equal(
            ["double-11.yaml", "dangling.yaml", "folder.yaml", "loop.yaml", "pipe.yaml", "zero.yaml"],
            diagnostics.Select(diagnostic => Path.GetFileName(diagnostic.GetProperty("file").GetString()!)).OrderBy(file => file != "double-11.yaml").ThenBy(file => file, StringComparer.Ordinal));
        Assert.All(diagnostics, diagnostic => Assert.Equal("RB001", diagnostic.GetProperty("code").GetString()));
        foreach (var address in new[] { "/api/emergency", "/api/roles", "/api/schedules", "/api/runbooks/double-11", "/api/runbooks/double-11/versions" })
        {
            using var answer = await client.GetAsync(address);
            Assert.True(answer.IsSuccessStatusCode, $"{address}: {await answer.Content.ReadAsStringAsync()}");
        }

        using var plan = await client.PostAsJsonAsync("/api/emergency/plan", new { });
        Assert.Equal(HttpStatusCode.Created, plan.StatusCode);
        using var run = await client.PostAsJsonAsync("/api/runs", new { runbook = "small" });
        Assert.Equal(HttpStatusCode.Created, run.StatusCode);
    }

    [Fact]
    public async Task A_runbook_is_validated_by_its_name_whatever_lies_beside_it()
    {
        using var folder = new Folder();
        var runbooks = await CopyAsync(folder);
        File.CreateSymbolicLink(Path.Combine(runbooks, ".#small.yaml"), "me@host.1:2");
        File.CreateSymbolicLink(Path.Combine(runbooks, "dangling.yaml"), "nowhere");

        var finished = await Binary.RunAsync(folder.Path, Environment(runbooks), "validate", "small");
        var json = await Binary.RunAsync(folder.Path, Environment(runbooks), "validate", "small", "--json");

        Assert.Equal(0, finished.ExitCode);
        Assert.Matches(@"dangling\.yaml:1:1: warning RB001: .*'nowhere'", finished.Error);
        Assert.DoesNotContain(".#", finished.Error, StringComparison.Ordinal);
        Assert.Equal(0, json.ExitCode);
        Assert.Single(JsonDocument.Parse(json.Output).RootElement.GetProperty("unreadable").EnumerateArray());
    }

    [Theory]
    [InlineData("validate", "pipe.yaml")]
    [InlineData("validate", "folder.yaml")]
    [InlineData("validate", "loop.yaml")]
    [InlineData("validate", "dangling.yaml")]
    [InlineData("validate", "/dev/zero")]
    [InlineData("plan", "pipe.yaml")]
    [InlineData("run", "zero.yaml", "--data", "data")]
    [InlineData("run", "small.yaml", "--data", "data", "--inputs", "/dev/zero")]
    [InlineData("run", "small.yaml", "--data", "data", "--inputs", "pipe.yaml")]
    [InlineData("run", "small.yaml", "--data", "data", "--fleet", "pipe.yaml")]
    [InlineData("run", "small.yaml", "--data", "data", "--fleet", "/dev/zero")]
    [InlineData("fleet", "show", "--fleet", "folder.yaml")]
    [InlineData("fleet", "import", "--nodes", "pipe.yaml", "--pods", "/dev/zero", "--out", "fleet.yaml")]
    public async Task What_is_no_regular_file_is_refused_at_once_and_nothing_changes(params string[] command)
    {
        using var folder = new Folder();
        folder.Write("small.yaml", Small);
        await MakeIrregularAsync(folder.Path);
        var before = folder.List();

        var finished = await Binary.RunAsync(folder.Path, command);

        Assert.Equal(2, finished.ExitCode);
        Assert.Matches("this is a (named pipe|folder|device|link)", finished.Error);
        Assert.DoesNotContain("unexpected", finished.Error, StringComparison.Ordinal);
        Assert.Equal(before, folder.List());
    }

    internal static async Task<string> CopyAsync(Folder folder)
    {
        var runbooks = Path.Combine(folder.Path, "runbooks");
        using var copy = Process.Start("cp", ["-r", Path.Combine(Binary.Repository, "Runbooks"), runbooks]);
        await copy.WaitForExitAsync();
        folder.Write("runbooks/small.yaml", Small);
        return runbooks;
    }

    internal static Dictionary<string, string> Environment(string runbooks) =>
        new() { ["ORCHESTRATOR_Server__Runbooks"] = runbooks, ["ORCHESTRATOR_Simulation__Delays"] = "0" };

    private static Running Serve(Folder folder, string runbooks) => Binary.Start(folder.Path, Environment(runbooks), "serve", "--data", "data", "--port", "0", "--ask");

    private static HttpClient As(Uri url)
    {
        var client = new HttpClient { BaseAddress = url };
        client.DefaultRequestHeaders.Add("X-Orchestrator-User", "carol:operator,engineer,admin,commander");
        return client;
    }

    private static async Task MakeIrregularAsync(string folder)
    {
        File.CreateSymbolicLink(Path.Combine(folder, ".#double-11.yaml"), "me@host.1:2");
        File.CreateSymbolicLink(Path.Combine(folder, "dangling.yaml"), "nowhere");
        File.CreateSymbolicLink(Path.Combine(folder, "loop.yaml"), "loop.yaml");
        File.CreateSymbolicLink(Path.Combine(folder, "zero.yaml"), "/dev/zero");
        Directory.CreateDirectory(Path.Combine(folder, "folder.yaml"));
        using var pipe = Process.Start("mkfifo", [Path.Combine(folder, "pipe.yaml")]);
        await pipe.WaitForExitAsync();
        if (File.Exists(Path.Combine(folder, "double-11.yaml")))
        {
            File.Delete(Path.Combine(folder, "double-11.yaml"));
            File.CreateSymbolicLink(Path.Combine(folder, "double-11.yaml"), "double-11.yaml");
        }
    }
}
