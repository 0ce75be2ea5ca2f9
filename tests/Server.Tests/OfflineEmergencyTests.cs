using System.Net.Http.Json;
using System.Text.Json;

namespace Orchestrator.Server.Tests;

/// <summary>An approved plan is on each server's disk, and is carried out from there when no server answers.</summary>
public sealed class OfflineEmergencyTests
{
    private const string Lent = """
        runbook: lent
        locks: ["cluster/*", "unit/*", traffic]
        steps:
          - { id: see, run: fleet.survey }
          - id: lend
            run: cluster.shift
            with: { cluster: hz-batch-a, to: transitional, waves: [100%] }
            retry: { attempts: 20, delay: 30s }
            irreversible: true
          - id: build
            run: unit.provision
            with: { unit: cloud-1, kind: cloud, hosts: 2 }
            irreversible: true
          - id: inspect
            run: unit.inspect
            with: { unit: cloud-1 }
            retry: { attempts: 20, delay: 30s }
          - id: divide
            run: traffic.shift
            with: { weights: { home: 70, cloud-1: 30 } }
            irreversible: true
          - id: go
            approval: { title: "Go on?", roles: [commander] }
        """;

    private static readonly Dictionary<string, string> settings = new() { ["ORCHESTRATOR_Simulation__Delays"] = "0" };

    [Fact]
    public async Task Without_any_server_an_approved_plan_is_carried_out_from_the_disk_and_the_journal_follows()
    {
        using var folder = new Folder();
        await using var world = Binary.Start(folder.Path, settings, "cloud", "--port", "0", "--speed", "600");
        var cloud = await world.WhenReadyAsync();
        string plan;
        await using (var server = Serve(folder, cloud))
        {
            var address = await server.WhenReadyAsync();
            using var alice = As(address, "alice:commander,operator,engineer");
            using var started = await alice.PostAsJsonAsync("/api/runs", new { source = Lent });
            Assert.True(started.IsSuccessStatusCode, await started.Content.ReadAsStringAsync());
            var run = (await started.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
            await UntilAsync(async () => await StatusAsync(alice, run) == "waiting-for-approval", () => alice.GetStringAsync($"/api/runs/{run}"));
            plan = await ApprovedPlanAsync(alice, address);
            await UntilAsync(() => Task.FromResult(File.Exists(Order(folder, plan)) && File.ReadAllText(Order(folder, plan)).Contains("\"hostGroup\": \"asg-", StringComparison.Ordinal)), () => Task.FromResult("no order on disk"));
            await server.KillAsync();
        }

        var refused = await Binary.RunAsync(folder.Path, settings, "emergency", "scale-down", "--data", "data", "--plan", plan, "--confirm", "demo", "--reason", "all is lost", "--as", "zed:clerk");
        var mistyped = await Binary.RunAsync(folder.Path, settings, "emergency", "scale-down", "--data", "data", "--plan", plan, "--confirm", "Demo", "--reason", "all is lost", "--as", "bob:sre-lead");
        Assert.Equal((5, 2), (refused.ExitCode, mistyped.ExitCode));
        Assert.Equal(30, await WeightAsync(cloud, "cloud-1"));

        var done = await Binary.RunAsync(folder.Path, settings, "emergency", "scale-down", "--data", "data", "--plan", plan, "--confirm", "demo", "--reason", "all is lost", "--as", "bob:sre-lead", "--json");

        Assert.True(done.ExitCode == 0, done.Output + done.Error);
        Assert.Contains("carried out from here", done.Error, StringComparison.Ordinal);
        using var report = JsonDocument.Parse(done.Output);
        Assert.Equal(
            ["cluster hz-batch-a Done", "traffic home Done", "unit cloud-1 Done"],
            report.RootElement.GetProperty("actions").EnumerateArray().Select(action => $"{action.GetProperty("kind").GetString()} {action.GetProperty("id").GetString()} {action.GetProperty("outcome").GetString()}").Order());
        Assert.Equal(100, await WeightAsync(cloud, "home"));
        Assert.Equal(0, await LentNodesAsync(cloud, "hz-batch-a"));

        // Again: nothing is left to do, and nothing fails over it.
        var again = await Binary.RunAsync(folder.Path, settings, "emergency", "scale-down", "--data", "data", "--plan", plan, "--confirm", "demo", "--reason", "all is lost", "--as", "bob:sre-lead", "--local");
        Assert.True(again.ExitCode == 0, again.Output + again.Error);

        await using var back = Serve(folder, cloud);
        using var later = As(await back.WhenReadyAsync(), "alice:commander");
        await UntilAsync(
            async () => (await later.GetFromJsonAsync<JsonElement>("/api/emergency")).GetProperty("plan") is var kept && kept.GetProperty("state").GetString() == "triggered"
                && kept.GetProperty("triggered").GetProperty("status").GetString() == "done",
            () => later.GetStringAsync("/api/emergency"));
        var fleet = await later.GetFromJsonAsync<JsonElement>("/api/fleet");
        Assert.Equal(0, fleet.GetProperty("units").EnumerateArray().Single(unit => unit.GetProperty("id").GetString() == "cloud-1").GetProperty("hosts").GetInt32());
        var audit = (await later.GetFromJsonAsync<JsonElement>("/api/audit?kind=emergency-carried-out")).GetProperty("items").EnumerateArray().Single();
        Assert.Equal("bob", audit.GetProperty("by").GetString());
        Assert.True(File.Exists(Path.Combine(folder.Path, "data", "emergency", $"{plan}.recorded.jsonl")));
        await UntilAsync(() => Task.FromResult(!File.Exists(Order(folder, plan))), () => Task.FromResult("the order of a plan that was triggered is still there"));
    }

    [Fact]
    public async Task An_order_that_somebody_has_changed_is_not_carried_out()
    {
        using var folder = new Folder();
        await using var world = Binary.Start(folder.Path, settings, "cloud", "--port", "0", "--speed", "600");
        var cloud = await world.WhenReadyAsync();
        string plan;
        await using (var server = Serve(folder, cloud))
        {
            var address = await server.WhenReadyAsync();
            using var alice = As(address, "alice:commander");
            plan = await ApprovedPlanAsync(alice, address);
            await UntilAsync(() => Task.FromResult(File.Exists(Order(folder, plan))), () => Task.FromResult("no order on disk"));
            if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder.Path, "data", "emergency", "key")));
            await server.KillAsync();
        }

        var text = await File.ReadAllTextAsync(Order(folder, plan), TestContext.Current.CancellationToken);
        Assert.Contains("\"clusters\": []", text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Order(folder, plan), text.Replace("\"clusters\": []", "\"clusters\": [\"hz-online\"]", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        string[] command = ["emergency", "scale-down", "--data", "data", "--confirm", "demo", "--reason", "x", "--as", "bob:sre-lead", "--local"];

        var changed = await Binary.RunAsync(folder.Path, settings, [.. command, "--plan", plan]);
        var unknown = await Binary.RunAsync(folder.Path, settings, [.. command, "--plan", Guid.NewGuid().ToString()]);
        var path = await Binary.RunAsync(folder.Path, settings, [.. command, "--plan", "../emergency/key"]);

        Assert.Equal((5, 2, 2), (changed.ExitCode, unknown.ExitCode, path.ExitCode));
        Assert.Contains("somebody has changed or copied it", changed.Error, StringComparison.Ordinal);
        Assert.Contains(plan, unknown.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.Combine(folder.Path, "data", "emergency"), "*.jsonl"));
    }

    private static Running Serve(Folder folder, Uri cloud) => Binary.Start(folder.Path, settings, "serve", "--data", "data", "--port", "0", "--cloud", cloud.ToString());

    private static string Order(Folder folder, string plan) => Path.Combine(folder.Path, "data", "emergency", $"{plan}.json");

    private static async Task<string> ApprovedPlanAsync(HttpClient alice, Uri address)
    {
        using var made = await alice.PostAsJsonAsync("/api/emergency/plan", new { });
        var plan = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
        foreach (var who in (string[])["bob:sre-lead", "eve:commander"])
        {
            using var client = As(address, who);
            using var approved = await client.PostAsJsonAsync($"/api/emergency/plan/{plan}/approve", new { });
            Assert.True(approved.IsSuccessStatusCode, await approved.Content.ReadAsStringAsync());
        }

        return plan;
    }

    private static HttpClient As(Uri address, string who)
    {
        var client = new HttpClient { BaseAddress = address };
        client.DefaultRequestHeaders.Add("X-Orchestrator-User", who);
        return client;
    }

    private static async Task<string?> StatusAsync(HttpClient client, string run) =>
        (await client.GetFromJsonAsync<JsonElement>($"/api/runs/{run}")).GetProperty("run").GetProperty("status").GetString();

    private static async Task<int> WeightAsync(Uri cloud, string destination)
    {
        using var client = new HttpClient { BaseAddress = cloud };
        return (await client.GetFromJsonAsync<JsonElement>("/sim/weights")).GetProperty("weights") is var weights && weights.TryGetProperty(destination, out var weight) ? weight.GetInt32() : 0;
    }

    /// <summary>Nodes that are anywhere but at batch work, by their labels.</summary>
    private static async Task<int> LentNodesAsync(Uri cloud, string cluster)
    {
        using var client = new HttpClient { BaseAddress = cloud };
        var nodes = await client.GetFromJsonAsync<JsonElement>($"/clusters/{cluster}/api/v1/nodes");
        return nodes.GetProperty("items").EnumerateArray().Count(node => node.GetProperty("metadata").GetProperty("labels").GetProperty("orchestrator.io/colocation-state").GetString() != "offline-only");
    }

    private static async Task UntilAsync(Func<Task<bool>> isSo, Func<Task<string>> describe)
    {
        using var waitLimit = new CancellationTokenSource(TimeSpan.FromMinutes(3), TimeProvider.System);
        while (!await isSo())
        {
            if (waitLimit.IsCancellationRequested) Assert.Fail(await describe());
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
