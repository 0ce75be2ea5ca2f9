using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Orchestrator.Server.Tests;

public sealed class EmergencyTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Lending = """
        runbook: lending
        locks: ["cluster/*", traffic]
        steps:
          - id: look
            run: fleet.survey
          - id: lend
            run: cluster.shift
            with: { cluster: hz-batch-a, to: transitional, waves: [100%] }
            # On a busy machine the fast night makes metrics look old for a moment.
            retry: { attempts: 20, delay: 30s }
            undo: { run: cluster.shift, with: { cluster: hz-batch-a, to: offline-only } }
          - id: go
            approval: { title: "Go on?", roles: [commander] }
        """;

    [Fact]
    public async Task A_plan_is_computed_approved_by_others_and_pulled_once()
    {
        var lending = await server.StartAsync(Lending);
        await server.UntilAsync(lending, "approval-requested");
        using var alice = server.As("alice:commander");
        using var bob = server.As("bob:sre-lead");
        using var eve = server.As("eve:commander");

        using var made = await alice.PostAsJsonAsync("/api/emergency/plan", new { });
        var plan = await made.Content.ReadFromJsonAsync<JsonElement>();
        var id = plan.GetProperty("id").GetString()!;
        using var tooEarly = await TriggerAsync(alice, id, "demo");
        using var own = await alice.PostAsJsonAsync($"/api/emergency/plan/{id}/approve", new { });
        using var first = await bob.PostAsJsonAsync($"/api/emergency/plan/{id}/approve", new { comment = "fine" });
        using var again = await bob.PostAsJsonAsync($"/api/emergency/plan/{id}/approve", new { });
        using var second = await eve.PostAsJsonAsync($"/api/emergency/plan/{id}/approve", new { });
        using var mistyped = await TriggerAsync(alice, id, "Demo");
        using var clerk = server.As("zed:clerk");
        using var notAllowed = await TriggerAsync(clerk, id, "demo");
        var pulls = await Task.WhenAll(TriggerAsync(alice, id, "demo"), TriggerAsync(bob, id, "demo"));
        using var later = await TriggerAsync(eve, id, "demo");

        var line = Assert.Single(plan.GetProperty("content").GetProperty("lines").EnumerateArray());
        Assert.Equal(("cluster", "hz-batch-a", 24), (line.GetProperty("kind").GetString(), line.GetProperty("id").GetString(), line.GetProperty("machines").GetInt32()));
        // 24 nodes, 30 % of them online's, at 6.40 an hour.
        Assert.Equal(46.08m, plan.GetProperty("content").GetProperty("saves").GetProperty("costPerHour").GetDecimal());
        Assert.Equal(
            [HttpStatusCode.Created, HttpStatusCode.Conflict, HttpStatusCode.Forbidden, HttpStatusCode.OK, HttpStatusCode.Conflict, HttpStatusCode.OK, HttpStatusCode.BadRequest, HttpStatusCode.Forbidden],
            [made.StatusCode, tooEarly.StatusCode, own.StatusCode, first.StatusCode, again.StatusCode, second.StatusCode, mistyped.StatusCode, notAllowed.StatusCode]);
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Created], pulls.Select(pull => pull.StatusCode).Order());
        Assert.Equal(HttpStatusCode.OK, later.StatusCode);
        var runs = new List<string>();
        foreach (var answer in pulls.Append(later))
        {
            runs.Add((await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("run").GetString()!);
            answer.Dispose();
        }

        var run = Assert.Single(runs.Distinct());
        await server.UntilAsync(run, "run-ended");
        var ended = (await server.Client.GetFromJsonAsync<JsonElement>($"/api/runs/{run}")).GetProperty("run");
        Assert.Equal(("done", "emergency", id), (ended.GetProperty("status").GetString(), ended.GetProperty("lane").GetString(), ended.GetProperty("labels").GetProperty("emergency").GetString()));
        Assert.Equal("paused", (await server.Client.GetFromJsonAsync<JsonElement>($"/api/runs/{lending}")).GetProperty("run").GetProperty("status").GetString());
        var shown = await alice.GetFromJsonAsync<JsonElement>("/api/emergency");
        Assert.Empty(shown.GetProperty("now").GetProperty("lines").EnumerateArray());
        Assert.Equal(("triggered", "done"), (shown.GetProperty("plan").GetProperty("state").GetString(), shown.GetProperty("plan").GetProperty("triggered").GetProperty("status").GetString()));
        Assert.Contains(shown.GetProperty("plan").GetProperty("changed").EnumerateArray(), change => change.GetString()!.Contains("hz-batch-a", StringComparison.Ordinal));
        Assert.Equal("triggered", (await alice.GetFromJsonAsync<JsonElement>("/api/wall")).GetProperty("emergency").GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_scope_names_clusters_that_there_are()
    {
        using var alice = server.As("alice:commander");

        using var answer = await alice.PostAsJsonAsync("/api/emergency/plan", new { clusters = new[] { "nowhere" } });

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    private static Task<HttpResponseMessage> TriggerAsync(HttpClient client, string plan, string confirm) =>
        client.PostAsJsonAsync("/api/emergency/scale-down", new { plan, confirm, reason = "drill" });
}
