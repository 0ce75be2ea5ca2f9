using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Orchestrator.Server.Tests;

public sealed class ApprovalTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Asking = """
        runbook: asking-twice
        locks: ["unit/*", "cluster/*"]
        steps:
          - id: look
            run: fleet.survey
          - id: go
            approval: { title: "Go?", roles: [commander, sre-lead], quorum: 2 }
          - id: lend
            run: cluster.shift
            with: { cluster: hz-batch-a, to: transitional, waive: { images: pulled by hand } }
            undo: { run: cluster.shift, with: { cluster: hz-batch-a, to: offline-only } }
          - id: drop
            run: unit.release
            with: { unit: gone }
            irreversible: true
          - id: really
            approval: { title: "Really?", roles: [commander] }
          - id: after
            run: fleet.survey
        """;

    [Fact]
    public async Task An_approval_shows_what_it_opens_the_way_to_and_what_speaks_for_it()
    {
        var run = await AskAsync();
        using var alice = server.As("alice:commander");

        var detail = await alice.GetFromJsonAsync<JsonElement>($"/api/approvals/{run}?path=go");

        Assert.Equal(["lend", "drop"], detail.GetProperty("touches").EnumerateArray().Select(line => line.GetProperty("path").GetString()));
        Assert.Equal("really", detail.GetProperty("until").GetString());
        Assert.Equal(["drop"], detail.GetProperty("irreversible").EnumerateArray().Select(path => path.GetString()));
        Assert.Equal((1, 1), (detail.GetProperty("effects").GetProperty("reversible").GetInt32(), detail.GetProperty("effects").GetProperty("destructive").GetInt32()));
        var guards = Assert.Single(detail.GetProperty("evidence").GetProperty("guards").EnumerateArray());
        Assert.Equal(("offline-only", "transitional"), (guards.GetProperty("from").GetString(), guards.GetProperty("to").GetString()));
        var images = guards.GetProperty("guards").EnumerateArray().Single(guard => guard.GetProperty("name").GetString() == "images");
        Assert.Equal("pulled by hand", images.GetProperty("waiver").GetString());
        Assert.Empty(detail.GetProperty("evidence").GetProperty("brokenInvariants").EnumerateArray());
        var mine = detail.GetProperty("approval").GetProperty("mine");
        Assert.Equal((true, "commander"), (mine.GetProperty("may").GetBoolean(), mine.GetProperty("role").GetString()));
    }

    [Theory]
    [InlineData("carol:commander", "four-eyes")]
    [InlineData("zed:clerk", "role-missing")]
    public async Task Whoever_may_not_decide_is_told_why(string person, string code)
    {
        var run = await AskAsync();
        using var client = server.As(person);

        var mine = (await client.GetFromJsonAsync<JsonElement>($"/api/approvals/{run}?path=go")).GetProperty("approval").GetProperty("mine");

        Assert.Equal((false, code), (mine.GetProperty("may").GetBoolean(), mine.GetProperty("code").GetString()));
        Assert.DoesNotContain((await client.GetFromJsonAsync<JsonElement>("/api/approvals?mine=true&limit=1000")).GetProperty("items").EnumerateArray(), item => item.GetProperty("run").GetString() == run);
    }

    [Fact]
    public async Task A_decision_that_was_delegated_counts_for_the_one_who_delegated_it_until_it_is_revoked()
    {
        var run = await AskAsync();
        using var alice = server.As("alice:commander");
        using var dan = server.As("dan:clerk");
        var until = await LaterAsync();

        using var before = await dan.PostAsJsonAsync($"/api/approvals/{run}/approve", new { path = "go", onBehalfOf = "alice" });
        using var granted = await alice.PostAsJsonAsync("/api/approvals/delegations", new { to = "dan", roles = new[] { "commander" }, until, reason = "on a plane" });
        var mine = (await dan.GetFromJsonAsync<JsonElement>($"/api/approvals/{run}?path=go")).GetProperty("approval").GetProperty("mine");
        using var decided = await dan.PostAsJsonAsync($"/api/approvals/{run}/approve", new { path = "go", onBehalfOf = "alice" });
        using var twice = await alice.PostAsJsonAsync($"/api/approvals/{run}/approve", new { path = "go" });
        var delegation = await granted.Content.ReadFromJsonAsync<JsonElement>();
        using var stranger = await server.Client.PostAsJsonAsync($"/api/approvals/delegations/{delegation.GetProperty("id").GetString()}/revoke", new { });
        using var revoked = await alice.PostAsJsonAsync($"/api/approvals/delegations/{delegation.GetProperty("id").GetString()}/revoke", new { reason = "landed" });
        var other = await AskAsync();
        using var late = await dan.PostAsJsonAsync($"/api/approvals/{other}/approve", new { path = "go", onBehalfOf = "alice" });

        Assert.Equal(
            [HttpStatusCode.Forbidden, HttpStatusCode.Created, HttpStatusCode.OK, HttpStatusCode.Conflict, HttpStatusCode.Forbidden, HttpStatusCode.OK, HttpStatusCode.Forbidden],
            [before.StatusCode, granted.StatusCode, decided.StatusCode, twice.StatusCode, stranger.StatusCode, revoked.StatusCode, late.StatusCode]);
        Assert.Equal(["alice"], mine.GetProperty("onBehalfOf").EnumerateArray().Select(name => name.GetString()));
        var decision = Assert.Single((await server.Client.GetFromJsonAsync<JsonElement>($"/api/approvals/{run}?path=go")).GetProperty("approval").GetProperty("decisions").EnumerateArray());
        Assert.Equal(("dan", "alice", "commander"), (decision.GetProperty("by").GetString(), decision.GetProperty("onBehalfOf").GetString(), decision.GetProperty("role").GetString()));
        var known = (await server.Client.GetFromJsonAsync<JsonElement>("/api/approvals/delegations?all=true&to=dan")).GetProperty("items").EnumerateArray().ToList();
        Assert.Contains(known, item => item.GetProperty("revokedBy").GetString() == "alice" && !item.GetProperty("holds").GetBoolean());
    }

    [Fact]
    public async Task Nobody_delegates_a_role_that_they_do_not_have()
    {
        using var zed = server.As("zed:clerk");

        using var answer = await zed.PostAsJsonAsync("/api/approvals/delegations", new { to = "dan", roles = new[] { "commander" }, until = await LaterAsync(), reason = "why not" });

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task What_waits_is_listed_however_many_runs_are_under_way_and_leaves_the_list_when_it_is_decided()
    {
        var runs = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            runs.Add(await AskAsync());
        }

        using var alice = server.As("alice:commander");
        using var rejected = await alice.PostAsJsonAsync($"/api/approvals/{runs[0]}/reject", new { path = "go", comment = "no" });
        using var approved = await alice.PostAsJsonAsync($"/api/approvals/{runs[1]}/approve", new { path = "go" });

        var items = (await alice.GetFromJsonAsync<JsonElement>("/api/approvals?limit=1000")).GetProperty("items").EnumerateArray().ToDictionary(item => item.GetProperty("run").GetString()!);
        Assert.DoesNotContain(runs[0], items.Keys);
        Assert.All(runs[1..], run => Assert.Contains(run, items.Keys));
        Assert.Equal(1, items[runs[1]].GetProperty("missing").GetInt32());
        Assert.Equal("already-decided", items[runs[1]].GetProperty("mine").GetProperty("code").GetString());
    }

    private async Task<string> AskAsync()
    {
        // Each in a lane of its own name: the locks of one would keep the others waiting.
        var run = await server.StartAsync(Asking.Replace("locks: [\"unit/*\", \"cluster/*\"]\n", "", StringComparison.Ordinal));
        await server.UntilAsync(run, "approval-requested");
        return run;
    }

    /// <summary>An hour later on the environment clock, which runs much faster than the system clock's.</summary>
    private async Task<DateTimeOffset> LaterAsync()
    {
        var run = await server.StartAsync("runbook: clock\nsteps:\n  - { id: n, run: notify, with: { message: now } }\n");
        return (await server.Client.GetFromJsonAsync<JsonElement>($"/api/runs/{run}")).GetProperty("run").GetProperty("startedAt").GetDateTimeOffset().AddDays(10);
    }
}
