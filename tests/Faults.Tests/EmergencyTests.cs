using System.Net.Http.Json;
using System.Text.Json;
using Orchestrator.Faults.Tests.Rig;
using Orchestrator.Server.Tests;
using Orchestrator.Servers;

namespace Orchestrator.Faults.Tests;

/// <summary>The emergency stop while what the servers share is away.</summary>
public sealed class EmergencyTests
{
    private const string Lent = """
        runbook: lent
        locks: ["cluster/*"]
        steps:
          - { id: see, run: fleet.survey }
          - id: lend
            run: cluster.shift
            with: { cluster: hz-batch-a, to: transitional, waves: [100%] }
            retry: { attempts: 20, delay: 30s }
            irreversible: true
          - id: go
            approval: { title: "Go on?", roles: [commander] }
        """;

    [Fact]
    public async Task With_PostgreSQL_and_RabbitMQ_down_the_plan_is_carried_out_and_the_journal_follows_when_they_are_back()
    {
        Assert.SkipUnless(ServerAvailability.HasBoth, ServerAvailability.WhyNotBoth);
        await using var postgres = await PostgresServer.StartAsync();
        await using var rabbit = await RabbitServer.StartAsync(virtualHosts: 1);
        var database = await postgres.CreateDatabaseNamedAsync();
        await using var harness = await FaultHarness.StartAsync();
        var server = await harness.AddAsync("one", "--store", postgres.ConnectionString(database), "--bus", rabbit.Uri(await rabbit.TakeVirtualHostAsync()).ToString(), "--name", "one");
        await server.StartAsync();
        using var alice = As(server, "alice:commander,operator,engineer");
        using var started = await alice.PostAsJsonAsync("/api/runs", new { source = Lent });
        Assert.True(started.IsSuccessStatusCode, await started.Content.ReadAsStringAsync());
        var run = (await started.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
        await UntilAsync(server, async () => (await alice.GetFromJsonAsync<JsonElement>($"/api/runs/{run}")).GetProperty("run").GetProperty("status").GetString() == "waiting-for-approval");
        using var made = await alice.PostAsJsonAsync("/api/emergency/plan", new { });
        var plan = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
        foreach (var who in (string[])["bob:sre-lead", "eve:commander"])
        {
            using var client = As(server, who);
            using var approved = await client.PostAsJsonAsync($"/api/emergency/plan/{plan}/approve", new { });
            Assert.True(approved.IsSuccessStatusCode, await approved.Content.ReadAsStringAsync());
        }

        var order = Path.Combine(server.Data, "emergency", $"{plan}.json");
        await UntilAsync(server, () => Task.FromResult(File.Exists(order) && File.ReadAllText(order).Contains("hz-batch-a", StringComparison.Ordinal)));
        await postgres.KillAsync();
        await rabbit.KillAsync();

        var done = await Binary.RunAsync(harness.Folder, "emergency", "scale-down", "--data", server.Data, "--plan", plan, "--confirm", "demo", "--reason", "both are down", "--as", "bob:sre-lead", "--json");

        Assert.True(done.ExitCode == 0, done.Output + done.Error);
        Assert.Contains("carried out from here", done.Error, StringComparison.Ordinal);
        Assert.Equal(0, await LentAsync(harness));
        // The host goes as well, and whoever comes next finds the record.
        await server.KillAsync();
        await postgres.StartAsync();
        await rabbit.StartAsync();
        await server.StartAsync();
        using var later = As(server, "alice:commander");
        await UntilAsync(server, async () => (await later.GetFromJsonAsync<JsonElement>("/api/emergency")).GetProperty("plan").TryGetProperty("triggered", out var triggered)
            && triggered is { ValueKind: JsonValueKind.Object } && triggered.GetProperty("status").GetString() == "done");
        var audit = Assert.Single((await later.GetFromJsonAsync<JsonElement>("/api/audit?kind=emergency-carried-out")).GetProperty("items").EnumerateArray());
        Assert.Equal("bob", audit.GetProperty("by").GetString());
    }

    private static HttpClient As(ServerUnderTest server, string who)
    {
        var client = new HttpClient { BaseAddress = server.Address };
        client.DefaultRequestHeaders.Add("X-Orchestrator-User", who);
        return client;
    }

    private static async Task<int> LentAsync(FaultHarness harness)
    {
        using var client = new HttpClient { BaseAddress = await harness.CloudAsync() };
        var nodes = await client.GetFromJsonAsync<JsonElement>("/clusters/hz-batch-a/api/v1/nodes");
        return nodes.GetProperty("items").EnumerateArray().Count(node => node.GetProperty("metadata").GetProperty("labels").GetProperty("orchestrator.io/colocation-state").GetString() != "offline-only");
    }

    private static async Task UntilAsync(ServerUnderTest server, Func<Task<bool>> isSo)
    {
        using var waitLimit = new CancellationTokenSource(TimeSpan.FromMinutes(4), TimeProvider.System);
        while (!await isSo())
        {
            if (waitLimit.IsCancellationRequested) Assert.Fail(server.Log());
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }
}
