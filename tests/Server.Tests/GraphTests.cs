using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Orchestrator.Server.Tests;

public sealed class GraphTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Wide = """
        runbook: wide
        inputs:
          items: { type: array, items: integer }
        steps:
          - id: each
            title: Everywhere
            forEach: ${ inputs.items }
            as: item
            steps:
              - { id: tell, run: notify, with: { message: "at ${ item }" } }
              - { id: hold, when: "${ item === 3 }", wait: { signal: go } }
          - id: both
            parallel:
              - { id: left, steps: [ { id: a, run: notify, with: { message: a } } ] }
              - { id: right, steps: [ { id: b, wait: { for: 2s } } ] }
          - id: sure
            approval: { title: "Sure?", roles: [commander] }
          - id: late
            run: notify
            timeout: 3m
            with: { message: late }
        """;

    [Fact]
    public async Task A_run_is_a_graph_of_its_runbook_with_iterations_together_and_counted()
    {
        var run = await server.StartAsync(Wide, new { items = Enumerable.Range(0, 40) });
        await server.UntilAsync(run, "wait-started");

        var graph = await GetAsync($"/api/runs/{run}/graph");

        var nodes = Nodes(graph);
        Assert.Equal(
            ["each", "each/*", "each/*/tell", "each/*/hold", "both", "both/left", "both/left/a", "both/right", "both/right/b", "sure", "late"],
            graph.GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("path").GetString()));
        Assert.Equal(("forEach", "Everywhere", 40), (Text(nodes["each"], "kind"), Text(nodes["each"], "title"), nodes["each"].GetProperty("items").GetInt32()));
        Assert.Equal("waiting-for-signal", Text(nodes["each/*/hold"], "status"));
        Assert.Equal((39, 1), (Count(nodes["each/*/hold"], "skipped"), Count(nodes["each/*/hold"], "waiting-for-signal")));
        var steps = (await GetAsync($"/api/runs/{run}/steps?limit=100")).GetProperty("items").EnumerateArray();
        Assert.Equal([("each", 40)], steps.Where(step => step.TryGetProperty("items", out var items) && items.ValueKind == JsonValueKind.Number)
            .Select(step => (Text(step, "path"), step.GetProperty("items").GetInt32())));
        Assert.Equal(39, Count(nodes["each/*"], "done"));
        Assert.Equal(("pending", "branch"), (Text(nodes["both"], "status"), Text(nodes["both/left"], "kind")));
        Assert.Equal("both/left", Text(nodes["both/left/a"], "parent"));
        Assert.Equal(("timeout", 180.0), (Text(nodes["late"].GetProperty("estimate"), "from"), nodes["late"].GetProperty("estimate").GetProperty("seconds").GetDouble()));
        Assert.Equal("Sure?", Text(nodes["sure"], "title")); // what is asked stands for a title
        Assert.True(nodes["sure"].GetProperty("line").GetInt32() > nodes["both"].GetProperty("line").GetInt32());
    }

    [Fact]
    public async Task A_graph_that_has_not_changed_is_not_sent_again()
    {
        var run = await server.StartAsync(Wide, new { items = new[] { 3 } });
        await server.UntilAsync(run, "wait-started");

        using var first = await server.Client.GetAsync($"/api/runs/{run}/graph");
        using var same = await ConditionalAsync($"/api/runs/{run}/graph", first.Headers.ETag!.Tag);
        using var signalled = await server.Client.PostAsJsonAsync($"/api/runs/{run}/signals/go", new { });
        await server.UntilAsync(run, "approval-requested");
        using var changed = await ConditionalAsync($"/api/runs/{run}/graph", first.Headers.ETag!.Tag);

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.NotModified, HttpStatusCode.OK, HttpStatusCode.OK], [first.StatusCode, same.StatusCode, signalled.StatusCode, changed.StatusCode]);
    }

    [Fact]
    public async Task Ten_thousand_iterations_are_one_small_heat_map()
    {
        var run = await server.StartAsync(Wide, new { items = Enumerable.Range(0, 10_000) });
        await server.UntilAsync(run, "wait-started");
        // Every iteration but the one that waits has ended once the loop has nothing else to do.
        await ServerFixture.UntilAsync(async () => Count(Nodes(await GetAsync($"/api/runs/{run}/graph"))["each/*"], "done") == 9_999);

        using var answer = await server.Client.GetAsync($"/api/runs/{run}/heat?path=each");
        var body = await answer.Content.ReadAsByteArrayAsync();
        var heat = JsonSerializer.Deserialize<JsonElement>(body);

        Assert.InRange(body.Length, 1, 150_000);
        var words = heat.GetProperty("words").EnumerateArray().Select(word => word.GetString()!).ToList();
        var states = heat.GetProperty("status").EnumerateArray().Select(index => words[index.GetInt32()]).ToList();
        Assert.Equal(10_000, states.Count);
        Assert.Equal("waiting-for-signal", states[3]);
        Assert.Equal(9_999, states.Count(state => state == "done"));
        Assert.Equal("3", heat.GetProperty("keys")[3].GetString());
    }

    [Fact]
    public async Task A_step_is_told_in_full_attempts_facts_and_log()
    {
        var run = await server.StartAsync(
            """
            runbook: trying
            steps:
              - id: survey
                run: fleet.survey
              - id: tell
                run: notify
                with: { url: "http://127.0.0.1:9/", message: "there are ${ steps.survey.result.nodes }" }
                retry: { attempts: 2, delay: 1s }
            """);
        await server.UntilAsync(run, "incident-opened");

        var survey = await GetAsync($"/api/runs/{run}/steps/survey");
        var tell = await GetAsync($"/api/runs/{run}/steps/tell");

        // What was found, the order counters, and how busy each of the four clusters is.
        Assert.Equal(
            ["fleet-surveyed", "orders-counted", .. Enumerable.Repeat("nodes-measured", 4)],
            survey.GetProperty("facts").EnumerateArray().Select(recorded => Text(recorded.GetProperty("fact"), "fact")));
        Assert.Equal("done", Text(Assert.Single(survey.GetProperty("attempts").EnumerateArray()), "outcome"));
        Assert.True(survey.GetProperty("tookSeconds").GetDouble() >= 0);
        Assert.Matches("there are [0-9]+", Text(tell.GetProperty("inputs"), "message"));
        var attempts = tell.GetProperty("attempts").EnumerateArray().ToList();
        Assert.Equal([1, 2], attempts.Select(attempt => attempt.GetProperty("number").GetInt32()));
        Assert.All(attempts, attempt => Assert.Equal("not-notified", Text(attempt.GetProperty("error"), "code")));
        Assert.True(attempts[0].TryGetProperty("retryAt", out _));
        Assert.Equal("incident", Text(tell.GetProperty("step"), "status"));
        var log = tell.GetProperty("log").EnumerateArray().Select(line => Text(line.GetProperty("event"), "event")).ToList();
        Assert.Equal(["task-scheduled", "attempt-failed", "task-scheduled", "attempt-failed", "incident-opened"], log);
    }

    [Fact]
    public async Task What_a_step_will_take_is_learnt_from_earlier_runs()
    {
        const string Timed = "runbook: timed\nsteps:\n  - { id: w, wait: { for: 30s } }\n  - { id: n, run: notify, with: { message: hi } }\n";
        var first = await server.StartAsync(Timed);
        await server.UntilAsync(first, "run-ended");

        var second = await server.StartAsync(Timed);
        var graph = await GetAsync($"/api/runs/{second}/graph");

        var estimate = Nodes(graph)["w"].GetProperty("estimate");
        Assert.Equal("earlier-runs", Text(estimate, "from"));
        Assert.True(estimate.GetProperty("seconds").GetDouble() >= 30);
        Assert.Equal([first], graph.GetProperty("learntFrom").EnumerateArray().Select(run => run.GetString()));
        Assert.True(graph.GetProperty("expectedEnd").GetDateTimeOffset() > graph.GetProperty("startedAt").GetDateTimeOffset());
    }

    [Fact]
    public async Task What_is_not_there_is_not_found()
    {
        var run = await server.StartAsync(Wide, new { items = new[] { 3 } });

        using var step = await server.Client.GetAsync($"/api/runs/{run}/steps/nowhere");
        using var pending = await server.Client.GetAsync($"/api/runs/{run}/steps/late");
        using var heat = await server.Client.GetAsync($"/api/runs/{run}/heat?path=late");

        Assert.Equal([HttpStatusCode.NotFound, HttpStatusCode.OK, HttpStatusCode.NotFound], [step.StatusCode, pending.StatusCode, heat.StatusCode]);
    }

    private async Task<HttpResponseMessage> ConditionalAsync(string address, string tag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Add("If-None-Match", tag);
        return await server.Client.SendAsync(request);
    }

    private static Dictionary<string, JsonElement> Nodes(JsonElement graph) => graph.GetProperty("nodes").EnumerateArray().ToDictionary(node => Text(node, "path"));

    private static int Count(JsonElement node, string state) => node.GetProperty("counts").TryGetProperty(state, out var count) ? count.GetInt32() : 0;

    private static string Text(JsonElement holder, string name) => holder.GetProperty(name).GetString()!;

    private Task<JsonElement> GetAsync(string address) => server.Client.GetFromJsonAsync<JsonElement>(address);
}
