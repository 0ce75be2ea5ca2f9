using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Orchestrator.Server.Tests;

public sealed class ApiTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Asking = """
        runbook: asking
        steps:
          - id: look
            run: fleet.survey
          - id: go
            approval: { title: "Go?", roles: [commander], quorum: 1 }
          - id: tail
            wait: { for: 1s }
        """;

    [Fact]
    public async Task A_run_waits_for_an_approval_and_goes_on_when_it_is_given()
    {
        var run = await server.StartAsync(Asking);
        await server.UntilAsync(run, "approval-requested");
        var waiting = await GetAsync("/api/approvals");
        using var alice = server.As("alice:commander");

        using var approved = await alice.PostAsJsonAsync($"/api/approvals/{run}/approve", new { path = "go", comment = "fine" });
        await server.UntilAsync(run, "run-ended");

        Assert.Contains(waiting.GetProperty("items").EnumerateArray(), item => item.GetProperty("run").GetString() == run && item.GetProperty("path").GetString() == "go");
        Assert.Equal(HttpStatusCode.OK, approved.StatusCode);
        Assert.Equal("claimed", Assert.Single(approved.Headers.GetValues("X-Orchestrator-Identity")));
        var detail = await GetAsync($"/api/runs/{run}");
        Assert.Equal("done", detail.GetProperty("run").GetProperty("status").GetString());
        Assert.Equal(3, detail.GetProperty("steps").GetProperty("done").GetInt32());
    }

    [Fact]
    public async Task Why_a_step_waits_is_told_by_its_kind_and_what_belongs_to_it()
    {
        var run = await server.StartAsync("runbook: waits\nsteps:\n  - id: all\n    parallel:\n      - { steps: [ { id: go, approval: { title: Go?, roles: [ commander, sre-lead ], quorum: 2 } } ] }\n      - { steps: [ { id: s, wait: { signal: now } } ] }\n      - { steps: [ { id: t, wait: { for: 9h } } ] }\n");
        await server.UntilAsync(run, "approval-requested");
        await ServerFixture.UntilAsync(async () => (await GetAsync($"/api/runs/{run}")).GetProperty("waiting").GetArrayLength() == 3);

        var detail = await GetAsync($"/api/runs/{run}");

        var reasons = detail.GetProperty("waiting").EnumerateArray().Select(one => one.GetProperty("waitsFor")).ToDictionary(reason => reason.GetProperty("kind").GetString()!);
        Assert.Equal(["approval", "signal", "time"], reasons.Keys.Order(StringComparer.Ordinal));
        Assert.Equal((2, "commander,sre-lead"), (reasons["approval"].GetProperty("quorum").GetInt32(), string.Join(',', reasons["approval"].GetProperty("roles").EnumerateArray())));
        Assert.Equal("now", reasons["signal"].GetProperty("name").GetString());
    }

    [Fact]
    public async Task The_person_who_started_a_run_may_not_approve_it()
    {
        var run = await server.StartAsync(Asking);
        await server.UntilAsync(run, "approval-requested");
        using var carol = server.As("carol:commander");

        using var answer = await carol.PostAsJsonAsync($"/api/approvals/{run}/approve", new { path = "go" });

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        await IsProblemAsync(answer);
    }

    [Fact]
    public async Task Starting_the_same_id_twice_starts_one_run()
    {
        var id = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());

        using var first = await server.Client.PostAsJsonAsync("/api/runs", new { id, source = Asking });
        using var second = await server.Client.PostAsJsonAsync("/api/runs", new { id, source = Asking });

        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        Assert.False((await second.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("created").GetBoolean());
    }

    [Fact]
    public async Task Lists_are_paged_by_cursor()
    {
        for (var i = 0; i < 3; i++)
        {
            await server.StartAsync(Asking);
        }

        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await GetAsync($"/api/runs?limit=2{(cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}")}");
            Assert.InRange(page.GetProperty("items").GetArrayLength(), 1, 2);
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetString()!));
            cursor = page.TryGetProperty("next", out var next) ? next.GetString() : null;
        }
        while (cursor is not null);

        Assert.True(seen.Count >= 3);
        Assert.Equal(seen.Count, seen.Distinct().Count());
    }

    [Theory]
    [InlineData("/api/runs/00000000-0000-0000-0000-000000000000", HttpStatusCode.NotFound)]
    [InlineData("/api/runs?status=dancing", HttpStatusCode.BadRequest)]
    [InlineData("/api/runs?limit=0", HttpStatusCode.BadRequest)]
    [InlineData("/api/runbooks/nowhere", HttpStatusCode.NotFound)]
    [InlineData("/api/fleet/clusters/nowhere/nodes", HttpStatusCode.NotFound)]
    [InlineData("/api/nothing", HttpStatusCode.NotFound)]
    [InlineData("/api/runs?limit=many", HttpStatusCode.BadRequest)]
    [InlineData("/api/fleet/clusters/hz-batch-a/nodes?state=asleep", HttpStatusCode.BadRequest)]
    [InlineData("/api/fleet/ledger?run=00000000-0000-0000-0000-000000000001", HttpStatusCode.NotFound)]
    public async Task Every_error_is_problem_details(string address, HttpStatusCode status)
    {
        using var answer = await server.Client.GetAsync(address);

        Assert.Equal(status, answer.StatusCode);
        await IsProblemAsync(answer);
    }

    [Theory]
    [InlineData("{bad", HttpStatusCode.BadRequest, "JSON")]
    [InlineData("", HttpStatusCode.BadRequest, "body")]
    [InlineData("[]", HttpStatusCode.BadRequest, "JSON")]
    [InlineData("{\"runbook\":5}", HttpStatusCode.BadRequest, "runbook")]
    [InlineData("{\"runbok\":\"double-11\"}", HttpStatusCode.BadRequest, "runbok")]
    public async Task A_body_that_does_not_fit_is_answered_with_what_is_wrong_in_it(string body, HttpStatusCode status, string words)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await server.Client.PostAsync("/api/runs", content);

        Assert.Equal(status, answer.StatusCode);
        Assert.Contains(words, (await IsProblemAsync(answer)).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused()
    {
        using var answer = await server.Client.PostAsJsonAsync("/api/runs", new { source = new string('a', 5 * 1024 * 1024) });

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        await IsProblemAsync(answer);
    }

    [Theory]
    [InlineData("evil.example", null, HttpStatusCode.MisdirectedRequest)]
    [InlineData("127.0.0.1.evil.example:5080", null, HttpStatusCode.MisdirectedRequest)]
    [InlineData("127.0.0.1", "http://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("127.0.0.1", "null", HttpStatusCode.Forbidden)]
    [InlineData("localhost:5080", "http://localhost:5080", HttpStatusCode.OK)]
    [InlineData("[::1]:5080", null, HttpStatusCode.OK)]
    public async Task A_web_page_of_another_site_cannot_use_the_server(string host, string? origin, HttpStatusCode status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/runs");
        request.Headers.Host = host;
        if (origin is not null)
        {
            request.Headers.TryAddWithoutValidation("Origin", origin);
        }

        using var answer = await server.Client.SendAsync(request);

        Assert.Equal(status, answer.StatusCode);
        Assert.DoesNotContain(answer.Headers, header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Somebody_without_the_role_is_not_allowed_to_decide()
    {
        var run = await server.StartAsync(Asking);
        await server.UntilAsync(run, "approval-requested");
        using var zed = server.As("zed:clerk");

        using var answer = await zed.PostAsJsonAsync($"/api/approvals/{run}/approve", new { path = "go" });

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        await IsProblemAsync(answer);
    }

    [Fact]
    public async Task Every_operation_is_described_with_a_name_of_its_own_and_its_problems()
    {
        var document = await GetAsync("/openapi/v1.json");

        var operations = document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject()).Select(operation => operation.Value).ToList();
        Assert.All(operations, operation => Assert.True(operation.GetProperty("responses").GetProperty("default").GetProperty("content").TryGetProperty("application/problem+json", out _)));
        Assert.Equal(operations.Count, operations.Select(operation => operation.GetProperty("operationId").GetString()).Distinct().Count());
        Assert.True(document.GetProperty("paths").GetProperty("/api/runs").GetProperty("post").GetProperty("responses").TryGetProperty("201", out _));
    }

    [Fact]
    public async Task A_runbook_with_diagnostics_is_answered_with_their_places()
    {
        using var answer = await server.Client.PostAsJsonAsync("/api/runs", new { source = "runbook: bad\nsteps:\n  - id: a\n    run: fleet.survy\n" });

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var diagnostic = Assert.Single((await IsProblemAsync(answer)).GetProperty("diagnostics").EnumerateArray());
        Assert.Equal(4, diagnostic.GetProperty("line").GetInt32());
        Assert.Equal("RB301", diagnostic.GetProperty("code").GetString());
    }

    [Fact]
    public async Task Whoever_acts_says_who_it_is()
    {
        using var nobody = new HttpClient { BaseAddress = server.Url };

        using var answer = await nobody.PostAsJsonAsync("/api/runs", new { source = Asking });

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        await IsProblemAsync(answer);
    }

    [Theory]
    [InlineData("/health/live", "live")]
    [InlineData("/health/ready", "ready")]
    [InlineData("/metrics", "# TYPE ")]
    [InlineData("/openapi/v1.json", "/api/runs/{id}/steps")]
    [InlineData("/api/runbooks", "double-11")]
    [InlineData("/api/fleet", "\"weights\"")]
    [InlineData("/api/fleet/clusters/hz-batch-a/nodes?limit=2", "\"state\":\"offline-only\"")]
    [InlineData("/api/fleet/ledger", "\"report\"")]
    [InlineData("/api/units", "\"items\"")]
    public async Task The_server_tells(string address, string words)
    {
        using var answer = await server.Client.GetAsync(address);
        var text = await answer.Content.ReadAsStringAsync();

        Assert.True(answer.IsSuccessStatusCode, text);
        Assert.Contains(words, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Operators_pause_resume_and_cancel()
    {
        var run = await server.StartAsync(Asking);
        await server.UntilAsync(run, "approval-requested");

        using var paused = await server.Client.PostAsJsonAsync($"/api/runs/{run}/pause", new { reason = "look" });
        using var resumed = await server.Client.PostAsJsonAsync($"/api/runs/{run}/resume", new { });
        using var cancelled = await server.Client.PostAsJsonAsync($"/api/runs/{run}/cancel", new { reason = "enough" });
        await server.UntilAsync(run, "run-ended");

        Assert.All([paused, resumed, cancelled], answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal("cancelled", (await GetAsync($"/api/runs/{run}")).GetProperty("run").GetProperty("status").GetString());
    }

    private static async Task<JsonElement> IsProblemAsync(HttpResponseMessage answer)
    {
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var diagnostic = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.StartsWith("urn:orchestrator:problem:", diagnostic.GetProperty("type").GetString(), StringComparison.Ordinal);
        Assert.Equal((int)answer.StatusCode, diagnostic.GetProperty("status").GetInt32());
        Assert.NotEmpty(diagnostic.GetProperty("detail").GetString()!);
        return diagnostic;
    }

    private Task<JsonElement> GetAsync(string address) => server.Client.GetFromJsonAsync<JsonElement>(address);
}
