using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Orchestrator.Server.Tests;

/// <summary>One inbox of all that waits for people, its history, what rejecting would do, and what an emergency holds back.</summary>
public sealed class DecisionTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Asking = "runbook: asking\nsteps:\n  - { id: go, approval: { title: \"Go on?\", roles: [commander] } }\n";

    // Too far in one move: its guards refuse, and the run waits for an operator.
    private const string Stuck = "runbook: stuck\nlocks: [cluster/hz-batch-b]\nsteps:\n  - { id: degrade, run: cluster.shift, with: { cluster: hz-batch-b, to: peak-degrade, through: true, waves: [100%] }, irreversible: true }\n";

    [Fact]
    public async Task Everything_that_waits_for_people_is_in_one_inbox_and_what_was_decided_in_its_history()
    {
        using var alice = server.As("alice:commander");
        using var bob = server.As("bob:change-approver,sre-lead");
        var (asking, stuck) = (await server.StartAsync(Asking), await server.StartAsync(Stuck));
        await server.UntilAsync(asking, "approval-requested");
        await server.UntilAsync(stuck, "incident-opened");
        var plan = Text(await PostAsync(alice, "/api/emergency/plan", new { }), "id");
        var window = Text(await PostAsync(alice, "/api/schedules/freezes", Window("inbox")), "id");
        var trigger = await TriggerAsync();
        var exception = Text(await PostAsync(alice, "/api/schedules/overrides", new { trigger, freeze = "inbox", reason = "the tide must turn" }), "id");
        using var removal = await alice.DeleteAsync($"/api/schedules/freezes/{window}?reason=over");
        Assert.Equal(HttpStatusCode.Accepted, removal.StatusCode);

        var inbox = await InboxAsync(bob);

        Assert.Equal("Go on?", Of(inbox, "approval", asking).GetProperty("approval").GetProperty("question").GetString());
        var incident = Of(inbox, "incident", stuck);
        Assert.Equal(("degrade", "guard-refused"), (Text(incident.GetProperty("incident"), "path"), Text(incident.GetProperty("incident").GetProperty("error"), "code")));
        Assert.Equal((false, "role-missing"), (incident.GetProperty("mine").GetProperty("may").GetBoolean(), Text(incident.GetProperty("mine"), "code")));
        Assert.True(Of(await InboxAsync(server.Client), "incident", stuck).GetProperty("mine").GetProperty("may").GetBoolean());
        Assert.Equal(("demo", 2), (Text(Of(inbox, "emergency-plan", plan), "subject"), Of(inbox, "emergency-plan", plan).GetProperty("missing").GetInt32()));
        Assert.Equal("inbox", Text(Of(inbox, "freeze-override", exception), "freeze"));
        Assert.Equal("over", Text(inbox.Single(one => Text(one, "kind") == "freeze-removal" && Text(one, "subject") == "inbox").GetProperty("freezeRemoval"), "reason"));
        Assert.All(inbox.Where(one => Text(one, "kind") is "emergency-plan" or "freeze-override" or "freeze-removal"), one => Assert.True(one.GetProperty("mine").GetProperty("may").GetBoolean(), one.GetRawText()));

        // Whoever asked does not decide, however the name is spelled.
        using var spelled = server.As("ALICE:commander");
        Assert.All(
            (await InboxAsync(spelled)).Where(one => Text(one, "kind") is "emergency-plan" or "freeze-override" or "freeze-removal"),
            one => Assert.Equal("four-eyes", Text(one.GetProperty("mine"), "code")));
        Assert.DoesNotContain((await GetAsync(spelled, "/api/decisions?mine=true&limit=1000")).GetProperty("items").EnumerateArray(), one => Text(one, "kind").StartsWith("freeze-", StringComparison.Ordinal));
        using var nobody = new HttpClient { BaseAddress = server.Url };
        using var unnamed = await nobody.GetAsync("/api/decisions?mine=true");
        Assert.Equal(HttpStatusCode.Unauthorized, unnamed.StatusCode);

        await PostAsync(bob, $"/api/schedules/overrides/{exception}/reject", new { comment = "not this week" });
        await PostAsync(bob, $"/api/schedules/freezes/{window}/removal/approve", new { comment = "seen" });
        await PostAsync(bob, $"/api/emergency/plan/{plan}/approve", new { comment = "in time" });
        await PostAsync(alice, $"/api/approvals/{asking}/approve", new { path = "go" });
        await server.UntilAsync(asking, "run-ended");
        await PostAsync(server.Client, $"/api/runs/{stuck}/skip", new { path = "degrade", reason = "not tonight" });

        inbox = await InboxAsync(bob);
        Assert.DoesNotContain(inbox, one => Text(one, "id") == exception || Text(one, "id").StartsWith(asking, StringComparison.Ordinal) || Text(one, "kind") == "freeze-removal" && Text(one, "subject") == "inbox");
        Assert.Equal((1, "already-decided"), (Of(inbox, "emergency-plan", plan).GetProperty("missing").GetInt32(), Text(Of(inbox, "emergency-plan", plan).GetProperty("mine"), "code")));
        await ServerFixture.UntilAsync(async () => (await HistoryAsync()).Any(one => Text(one, "kind") == "incident" && Text(one, "run") == stuck));
        var history = await HistoryAsync();
        Assert.Equal(("alice", true, "Go on?", "asking"), Decided(history.Single(one => Text(one, "kind") == "approval" && Text(one, "run") == asking)));
        Assert.Contains(history, one => Text(one, "kind") == "freeze-override" && !one.GetProperty("approved").GetBoolean() && Text(one, "by") == "bob" && Text(one, "comment") == "not this week");
        Assert.Equal(("bob", true, "", "inbox"), Decided(history.Single(one => Text(one, "kind") == "freeze-removal" && Text(one, "subject") == "inbox")));
        Assert.Contains(history, one => Text(one, "kind") == "emergency-plan" && Text(one, "comment") == "in time");
        Assert.Equal("skip", Text(history.Single(one => Text(one, "kind") == "incident" && Text(one, "run") == stuck), "resolution"));
    }

    [Theory]
    [InlineData("", "rejected", "rejected")]
    [InlineData("onFailure: undo\n", "undone", "rejected")]
    [InlineData("onFailure: continue\n", "rejected", "rejected")]
    public async Task What_rejecting_would_do_is_what_it_does(string policy, string outcome, string status)
    {
        var run = await server.StartAsync($"runbook: refused\n{policy}locks: [unit/forecast]\nsteps:\n  - {{ id: go, approval: {{ title: \"Go on?\", roles: [commander], timeout: 8h, onTimeout: {{ escalate: [sre-lead] }} }} }}\n");
        await server.UntilAsync(run, "approval-requested");
        var waiting = await server.StartAsync("runbook: next\nlocks: [unit/forecast]\nsteps:\n  - { id: n, run: notify, with: { message: hi } }\n");
        await ServerFixture.UntilAsync(async () => (await ForecastAsync(run, "go")).GetProperty("queued").GetArrayLength() == 1);

        var forecast = await ForecastAsync(run, "go");
        await RejectAsync(run, "go");
        await server.UntilAsync(run, "run-ended");
        await server.UntilAsync(waiting, "run-ended");

        Assert.Equal(outcome, Text(forecast, "outcome"));
        Assert.Equal([run], forecast.GetProperty("ends").EnumerateArray().Select(one => one.GetString()));
        Assert.Equal(["unit/forecast"], forecast.GetProperty("releases").EnumerateArray().Select(one => one.GetString()));
        Assert.Equal((waiting, "next", "carol"), (Text(forecast.GetProperty("queued")[0], "run"), Text(forecast.GetProperty("queued")[0], "runbook"), Text(forecast.GetProperty("queued")[0], "startedBy")));
        Assert.Equal(("escalates", "sre-lead"), (Text(forecast, "atDeadline"), forecast.GetProperty("escalateTo")[0].GetString()));
        Assert.Equal(status, Text((await GetAsync(server.Client, $"/api/runs/{run}")).GetProperty("run"), "status"));
        using var gone = await server.Client.GetAsync($"/api/approvals/{run}/rejection?path=go");
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task A_rejection_within_a_catch_goes_on()
    {
        var run = await server.StartAsync("runbook: caught\nsteps:\n  - id: t\n    try:\n      - { id: go, approval: { title: \"Go on?\", roles: [commander] } }\n    catch:\n      - { id: n, run: notify, with: { message: refused } }\n");
        await server.UntilAsync(run, "approval-requested");

        var forecast = await ForecastAsync(run, "t/go");
        await RejectAsync(run, "t/go");
        await server.UntilAsync(run, "run-ended");

        Assert.Equal(("goes-on", 0, "none"), (Text(forecast, "outcome"), forecast.GetProperty("ends").GetArrayLength(), Text(forecast, "atDeadline")));
        Assert.Equal("done", Text((await GetAsync(server.Client, $"/api/runs/{run}")).GetProperty("run"), "status"));
    }

    [Fact]
    public async Task After_an_emergency_nothing_begins_by_itself_until_somebody_releases_or_drops_it()
    {
        using var alice = server.As("alice:commander");
        var holder = await server.StartAsync("runbook: holder\nlocks: [unit/held]\nsteps:\n  - { id: go, approval: { title: \"Hold?\", roles: [commander] } }\n");
        await server.UntilAsync(holder, "approval-requested");
        await TriggerAsync();
        var (first, second) = (await WaitingAsync(), await WaitingAsync());
        var emergency = await server.StartAsync("runbook: urgent\nlane: emergency\nlocks: [\"unit/*\", \"cluster/*\"]\nsteps:\n  - { id: w, wait: { signal: over } }\n");
        await ServerFixture.UntilAsync(async () => (await GetAsync(alice, "/api/emergency/held")) is var now
            && !new[] { first, second }.Except(Ids(now, "runs", "run")).Any() && Ids(now, "triggers", "runbook").Contains("daily-dawn"));

        var held = await GetAsync(alice, "/api/emergency/held");
        using var early = await alice.PostAsJsonAsync("/api/emergency/release", new { reason = "all is well" });
        await PostAsync(server.Client, $"/api/runs/{emergency}/signals/over", new { });
        await server.UntilAsync(emergency, "run-ended");

        // A run of the daily trigger may want its clusters back, too.
        Assert.Empty(new[] { first, second }.Except(Ids(held, "runs", "run")));
        Assert.Equal([emergency], held.GetProperty("emergencies").EnumerateArray().Select(one => one.GetString()));
        Assert.True(held.GetProperty("running").GetBoolean());
        Assert.Contains(held.GetProperty("triggers").EnumerateArray(), one => Text(one, "runbook") == "daily-dawn");
        Assert.Equal((HttpStatusCode.Conflict, "urn:orchestrator:problem:emergency-running"), (early.StatusCode, Text(await early.Content.ReadFromJsonAsync<JsonElement>(), "type")));
        Assert.Equal("paused", await StatusAsync(first));
        Assert.Empty(new[] { first, second }.Except(Ids((await GetAsync(alice, "/api/wall")).GetProperty("emergency").GetProperty("held"), "runs", "run")));

        using var nameless = await alice.PostAsJsonAsync("/api/emergency/release", new { });
        using var unknown = await alice.PostAsJsonAsync("/api/emergency/release", new { reason = "go", runs = new[] { holder } });
        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.Conflict), (nameless.StatusCode, unknown.StatusCode));
        await PostAsync(alice, "/api/emergency/release", new { reason = "this one is wanted", runs = new[] { first } });
        await server.CancelAsync(holder);
        await server.UntilAsync(first, "run-ended");
        Assert.Equal(("done", "paused"), (await StatusAsync(first), await StatusAsync(second)));

        await PostAsync(alice, "/api/emergency/drop", new { reason = "too late for these" });
        await server.UntilAsync(second, "run-ended");
        Assert.Equal("cancelled", await StatusAsync(second));
        held = await GetAsync(alice, "/api/emergency/held");
        Assert.Equal((0, 0), (held.GetProperty("runs").GetArrayLength(), held.GetProperty("triggers").GetArrayLength()));
        Assert.DoesNotContain((await GetAsync(alice, "/api/schedules?limit=1000")).GetProperty("items").EnumerateArray(), one => one.TryGetProperty("paused", out var paused) && paused.ValueKind == JsonValueKind.Object);

        async Task<string> WaitingAsync()
        {
            var run = await server.StartAsync("runbook: waiting\nlocks: [unit/held]\nsteps:\n  - { id: n, run: notify, with: { message: hi } }\n");
            await ServerFixture.UntilAsync(async () => await StatusAsync(run) == "waiting-for-lock");
            return run;
        }
    }

    [Fact]
    public async Task The_wall_reads_the_traffic_itself_and_says_when()
    {
        JsonElement wall = default;
        await ServerFixture.UntilAsync(async () => (wall = await GetAsync(server.Client, "/api/wall")).GetProperty("traffic").TryGetProperty("at", out var at) && at.ValueKind == JsonValueKind.String);

        var traffic = wall.GetProperty("traffic");
        Assert.True(traffic.GetProperty("demand").GetDouble() > 0);
        Assert.True(traffic.GetProperty("at").GetDateTimeOffset() <= wall.GetProperty("at").GetDateTimeOffset());
        Assert.True(traffic.GetProperty("ageSeconds").GetDouble() >= 0);
        var peak = wall.GetProperty("peak");
        Assert.Equal(TimeSpan.FromDays(1), peak.GetProperty("at").GetDateTimeOffset() - peak.GetProperty("last").GetDateTimeOffset());
    }

    /// <summary>Publishes a runbook with a trigger that does not come while the tests run, and gives its id.</summary>
    private async Task<string> TriggerAsync()
    {
        const string source = "runbook: daily-dawn\nlocks: [unit/held]\ntriggers:\n  - cron: \"0 0 3 1 6 ?\"\nsteps:\n  - { id: n, run: notify, with: { message: hi } }\n";
        await PostAsync(server.Client, "/api/runbooks/daily-dawn/versions", new { source, basedOn = "none" });
        JsonElement trigger = default;
        await ServerFixture.UntilAsync(async () =>
            (trigger = (await GetAsync(server.Client, "/api/schedules?limit=1000")).GetProperty("items").EnumerateArray().FirstOrDefault(one => Text(one, "runbook") == "daily-dawn")).ValueKind == JsonValueKind.Object);
        return Text(trigger, "id");
    }

    private static object Window(string name) => new { name, kind = "block", ranges = new[] { new { kind = "recurring", from = "00:00", to = "00:00", timeZone = "Asia/Shanghai" } }, runbooks = new[] { "daily-*" }, reason = "the sale" };

    private async Task<List<JsonElement>> InboxAsync(HttpClient client) => [.. (await GetAsync(client, "/api/decisions?limit=1000")).GetProperty("items").EnumerateArray()];

    private async Task<List<JsonElement>> HistoryAsync() => [.. (await GetAsync(server.Client, "/api/decisions/history?limit=200")).GetProperty("items").EnumerateArray()];

    private Task<JsonElement> ForecastAsync(string run, string path) => GetAsync(server.Client, $"/api/approvals/{run}/rejection?path={Uri.EscapeDataString(path)}");

    private async Task<string> StatusAsync(string run) => Text((await GetAsync(server.Client, $"/api/runs/{run}")).GetProperty("run"), "status");

    private async Task RejectAsync(string run, string path)
    {
        using var alice = server.As("alice:commander");
        await PostAsync(alice, $"/api/approvals/{run}/reject", new { path, comment = "not tonight" });
    }

    private static List<string> Ids(JsonElement held, string list, string id) => [.. held.GetProperty(list).EnumerateArray().Select(one => Text(one, id))];

    private static JsonElement Of(List<JsonElement> inbox, string kind, string id) => inbox.Single(one => Text(one, "kind") == kind && Text(one, "id").StartsWith(id, StringComparison.Ordinal));

    private static (string By, bool Approved, string Question, string Subject) Decided(JsonElement past) => (Text(past, "by"), past.GetProperty("approved").GetBoolean(), Text(past, "question"), Text(past, "subject"));

    private static string Text(JsonElement holder, string name) => holder.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static async Task<JsonElement> GetAsync(HttpClient client, string address) => await client.GetFromJsonAsync<JsonElement>(address);

    private static async Task<JsonElement> PostAsync(HttpClient client, string address, object body)
    {
        using var answer = await client.PostAsJsonAsync(address, body);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        var text = await answer.Content.ReadAsStringAsync();
        return text.Length == 0 ? default : JsonElement.Parse(text);
    }
}
