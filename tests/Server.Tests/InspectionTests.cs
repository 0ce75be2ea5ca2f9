using System.Net.Http.Json;
using System.Text.Json;

namespace Orchestrator.Server.Tests;

public sealed class InspectionTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Building = """
        runbook: building
        locks: ["unit/*"]
        steps:
          - id: build
            run: unit.provision
            with: { unit: cloud-9, kind: cloud, hosts: 2 }
            irreversible: true
        """;

    [Fact]
    public async Task Units_are_inspected_again_and_each_verdict_is_in_the_history_and_on_the_heat_map()
    {
        var building = await server.StartAsync(Building);
        await server.UntilAsync(building, "run-ended");
        var before = await GetAsync("/api/inspections/heat");

        // Nothing answers within a microsecond, so that there is something to find.
        var failing = await InspectAsync(new { units = new[] { "cloud-9" }, deadline = "0.001ms" });
        var passing = await InspectAsync(new { });

        Assert.Equal(["cloud-9"], before.GetProperty("neverInspected").EnumerateArray().Select(unit => unit.GetString()));
        var history = (await GetAsync("/api/inspections?unit=cloud-9")).GetProperty("items").EnumerateArray().ToList();
        Assert.Equal([(passing, true), (failing, false)], history.Select(one => (one.GetProperty("run").GetString()!, one.GetProperty("passed").GetBoolean())));
        Assert.Equal("cloud", history[0].GetProperty("place").GetString());
        var failed = history[1];
        Assert.Equal(failed.GetProperty("checks").GetInt32(), failed.GetProperty("unanswered").GetInt32());
        var detail = await GetAsync($"/api/inspections/{failed.GetProperty("id").GetString()}");
        var causes = detail.GetProperty("causes").EnumerateArray().ToList();
        Assert.Equal(failed.GetProperty("checks").GetInt32(), causes.Sum(cause => cause.GetProperty("count").GetInt32()));
        Assert.All(causes, cause => Assert.Equal("unanswered", cause.GetProperty("verdict").GetString()));
        Assert.Empty(detail.GetProperty("earlier").EnumerateArray());
        var heat = await GetAsync("/api/inspections/heat");
        var place = Assert.Single(heat.GetProperty("places").EnumerateArray());
        Assert.Equal(("cloud", 1, 1), (place.GetProperty("place").GetString(), place.GetProperty("units").GetInt32(), place.GetProperty("ready").GetInt32()));
        Assert.Empty(heat.GetProperty("causes").EnumerateArray());
    }

    private async Task<string> InspectAsync(object body)
    {
        using var answer = await server.Client.PostAsJsonAsync("/api/inspections", body);
        var started = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(answer.IsSuccessStatusCode, started.GetRawText());
        var run = started.GetProperty("run").GetString()!;
        await server.UntilAsync(run, "run-ended");
        return run;
    }

    private Task<JsonElement> GetAsync(string address) => server.Client.GetFromJsonAsync<JsonElement>(address);
}
