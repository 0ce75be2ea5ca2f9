using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Orchestrator.Server.Tests;

/// <summary>The night that a data folder keeps, and the cloud that belongs to it.</summary>
public sealed class NightTests
{
    private const string Asking = """
        runbook: asking
        steps:
          - id: go
            approval: { title: "Go?", roles: [commander], quorum: 1 }
        """;

    [Fact]
    public async Task A_cloud_of_another_night_at_the_same_address_is_not_taken_for_ones_own()
    {
        using var folder = new Folder();
        var note = Path.Combine(folder.Path, "data", "environment.json");
        await using (var killed = Binary.Start(folder.Path, "serve", "--data", "data", "--port", "0", "--ask"))
        {
            using var client = new HttpClient { BaseAddress = await killed.WhenReadyAsync() };
            client.DefaultRequestHeaders.Add("X-Orchestrator-User", "carol:operator,engineer,admin");
            using var started = await client.PostAsJsonAsync("/api/runs", new { source = Asking });
            Assert.True(started.IsSuccessStatusCode);
            await killed.KillAsync();
        }

        var environment = JsonNode.Parse(await File.ReadAllTextAsync(note))!;
        var before = environment["cloud"]!.GetValue<string>();
        environment["anchor"]!["speed"] = 601;
        await File.WriteAllTextAsync(note, environment.ToJsonString());
        await using var next = Binary.Start(folder.Path, "serve", "--data", "data", "--port", "0", "--ask");
        await next.WhenReadyAsync();

        Assert.NotEqual(before, JsonNode.Parse(await File.ReadAllTextAsync(note))!["cloud"]!.GetValue<string>());
    }
}
