using System.Text.Json.Nodes;
using Orchestrator.Faults.Tests.Rig;
using Orchestrator.Servers;

namespace Orchestrator.Faults.Tests;

/// <summary>A trading unit is every worker's: its state is in the store that they share, not in the folder of the one that built it.</summary>
public sealed class UnitStateTests(SharedServers servers)
{
    private static readonly TimeSpan WaitLimit = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task A_unit_that_one_worker_built_is_changed_and_released_by_others()
    {
        Assert.SkipUnless(ServerAvailability.HasBoth, ServerAvailability.WhyNotBoth);
        var (postgres, rabbit) = (await servers.PostgresAsync(), await servers.RabbitAsync());
        await using var harness = await FaultHarness.StartAsync();
        string[] shared = ["--store", await postgres.CreateDatabaseAsync(), "--bus", rabbit.Uri(await rabbit.TakeVirtualHostAsync()).ToString()];
        var engine = await harness.AddAsync("engine", [.. shared, "--name", "engine", "--roles", "api,engine"]);
        var first = await WorkerAsync("first");
        var second = await WorkerAsync("second");
        foreach (var server in (ServerUnderTest[])[engine, first, second]) await server.StartAsync();
        await using var load = new Load([engine], harness.Receiver);

        var built = await RunAsync("first", "unit.provision", "kind: cloud, hosts: 2");
        var resources = await ResourcesAsync();
        var grown = await RunAsync("second", "unit.provision", "kind: cloud, hosts: 3");
        var released = await RunAsync("second", "unit.release", "drain: true");

        Assert.Equal("done", built["run"]!["status"]!.GetValue<string>());
        Assert.True(resources.Count > 8, resources.ToJsonString());
        Assert.True(grown["run"]!["status"]!.GetValue<string>() == "done", grown.ToJsonString());
        Assert.True(released["run"]!["status"]!.GetValue<string>() == "done", released.ToJsonString());
        Assert.Empty(await ResourcesAsync());
        Assert.All((ServerUnderTest[])[engine, first, second], server => Assert.False(Directory.Exists(Path.Combine(server.Data, ".pulumi", "stacks"))));

        Task<ServerUnderTest> WorkerAsync(string name) => harness.AddAsync(
            name, new Dictionary<string, string> { ["PULUMI_CONFIG_PASSPHRASE"] = "the same on every server" }, [.. shared, "--name", name, "--roles", "worker", "--tag", $"name={name}"]);

        async Task<JsonNode> RunAsync(string worker, string activity, string arguments)
        {
            using var limit = new CancellationTokenSource(WaitLimit, TimeProvider.System);
            var source = $$"""
                runbook: one-step
                preauthorised: a unit of the test's own
                steps:
                  - { id: look, run: fleet.survey }
                  - id: step
                    run: {{activity}}
                    workers: { name: {{worker}} }
                    irreversible: true
                    with: { unit: shop-1, {{arguments}} }
                """;
            var id = (await load.AskAsync(HttpMethod.Post, "/api/runs", new JsonObject { ["source"] = source, ["id"] = Guid.CreateVersion7() }, limit.Token))["id"]!.GetValue<string>();
            while (true)
            {
                var shown = await load.AskAsync(HttpMethod.Get, $"/api/runs/{id}", null, limit.Token);
                if (shown["run"]!["endedAt"] is not null || shown["incidents"]!.AsArray().Count > 0) return shown;
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, limit.Token);
            }
        }

        async Task<JsonArray> ResourcesAsync()
        {
            using var limit = new CancellationTokenSource(WaitLimit, TimeProvider.System);
            return (await load.AskAsync(HttpMethod.Get, "/api/units/shop-1", null, limit.Token))["resources"]?.AsArray() ?? [];
        }
    }
}
