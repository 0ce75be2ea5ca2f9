using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Orchestrator.Server.Tests;

/// <summary>A server whose night goes twenty minutes a second: its daily triggers come within the minute.</summary>
public sealed class FastNight : IAsyncLifetime
{
    private Running? _server;

    internal Folder Folder { get; } = new();

    public Uri Url { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _server = Binary.Start(
            Folder.Path,
            new Dictionary<string, string> { ["ORCHESTRATOR_Simulation__Delays"] = "0", ["ORCHESTRATOR_Simulation__Speed"] = "1200" },
            "serve", "--data", "data", "--port", "0");
        Url = await _server.WhenReadyAsync();
    }

    public HttpClient As(string person)
    {
        var client = new HttpClient { BaseAddress = Url };
        client.DefaultRequestHeaders.Add("X-Orchestrator-User", person);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        await _server!.DisposeAsync();
        Folder.Dispose();
    }
}

public sealed class ScheduleTests(FastNight environment) : IClassFixture<FastNight>, IDisposable
{
    private readonly HttpClient _alice = environment.As("alice:commander");
    private readonly HttpClient _bob = environment.As("bob:change-approver");
    private readonly HttpClient _zed = environment.As("zed:clerk");

    [Fact]
    public async Task A_trigger_fires_on_the_nights_clock_and_starts_its_run()
    {
        using var waitLimit = new CancellationTokenSource(TimeSpan.FromMinutes(3), TimeProvider.System);
        await foreach (var item in StreamReader.ReadAsync(_alice, "/api/stream", after: 0).WithCancellation(waitLimit.Token))
        {
            if (item.Data.Contains("\"trigger daily-colocation.", StringComparison.Ordinal)) break;
        }

        var run = (await GetAsync("/api/runs?runbook=daily-colocation&rootsOnly=true")).GetProperty("items").EnumerateArray().Last();
        var id = run.GetProperty("startedBy").GetString()!["trigger ".Length..];
        Assert.Equal(id, run.GetProperty("labels").GetProperty("trigger").GetString());
        JsonElement fires;
        do
        {
            // The run begins before the fire is recorded.
            fires = (await GetAsync($"/api/schedules/{id}/fires")).GetProperty("items");
        }
        while (fires.GetArrayLength() == 0 && !waitLimit.IsCancellationRequested);
        Assert.Contains(fires.EnumerateArray(), fire => fire.GetProperty("run").GetString() == run.GetProperty("id").GetString() && fire.GetProperty("outcome").GetString() == "fired");
        var status = await GetAsync("/api/schedules/status");
        Assert.Equal("running", status.GetProperty("state").GetString());
        Assert.True(status.GetProperty("simulated").GetBoolean());
    }

    [Fact]
    public async Task The_schedule_tells_triggers_and_when_they_fire()
    {
        var items = (await GetAsync("/api/schedules?next=3")).GetProperty("items").EnumerateArray().ToList();

        Assert.Equal(["0 0 7 * * ?", "0 30 23 * * ?"], items.Select(item => item.GetProperty("cron").GetString()!).Order());
        var morning = items.Single(item => item.GetProperty("cron").GetString() == "0 0 7 * * ?");
        Assert.Equal("Asia/Shanghai", morning.GetProperty("timeZone").GetString());
        Assert.All(morning.GetProperty("next").EnumerateArray(), fire => Assert.Equal(23, fire.GetProperty("at").GetDateTimeOffset().UtcDateTime.Hour));
        Assert.Equal(3, morning.GetProperty("next").GetArrayLength());
    }

    [Fact]
    public async Task A_freeze_window_and_its_override_show_on_the_calendar_and_in_the_feed()
    {
        var morning = await MorningAsync();
        var fire = morning.GetProperty("next").EnumerateArray().Last().GetProperty("at").GetDateTimeOffset();
        var range = new { kind = "absolute", from = Text(fire.AddHours(-1)), to = Text(fire.AddDays(2)) };
        using var forbidden = await _zed.PostAsJsonAsync("/api/schedules/freezes", new { name = "sale", kind = "block", ranges = new[] { range }, reason = "the sale" });
        using var added = await _alice.PostAsJsonAsync("/api/schedules/freezes", new { name = "sale", kind = "block", ranges = new[] { range }, reason = "the sale" });
        using var twice = await _alice.PostAsJsonAsync("/api/schedules/freezes", new { name = "sale", kind = "block", ranges = new[] { range }, reason = "the sale" });
        var window = await added.Content.ReadFromJsonAsync<JsonElement>();

        Assert.Equal([HttpStatusCode.Forbidden, HttpStatusCode.Created, HttpStatusCode.Conflict], new[] { forbidden, added, twice }.Select(answer => answer.StatusCode));
        Assert.Equal("blocked", await OnCalendarAsync(fire));
        using var asked = await _alice.PostAsJsonAsync("/api/schedules/overrides", new { trigger = morning.GetProperty("id").GetString(), freeze = "sale", fire, reason = "the tide must turn" });
        var id = (await asked.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();
        using var self = await _alice.PostAsJsonAsync($"/api/schedules/overrides/{id}/approve", new { });
        using var clerk = await _zed.PostAsJsonAsync($"/api/schedules/overrides/{id}/approve", new { });
        using var other = await _bob.PostAsJsonAsync($"/api/schedules/overrides/{id}/approve", new { comment = "seen" });
        using var again = await _bob.PostAsJsonAsync($"/api/schedules/overrides/{id}/reject", new { });
        Assert.Equal(
            [HttpStatusCode.Created, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden, HttpStatusCode.OK, HttpStatusCode.Conflict],
            new[] { asked, self, clerk, other, again }.Select(answer => answer.StatusCode));
        Assert.Equal("urn:orchestrator:problem:four-eyes", (await self.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("type").GetString());
        Assert.Equal("overridden", await OnCalendarAsync(fire));

        var feed = await _alice.GetStringAsync("/api/schedules.ics?days=30");
        Assert.StartsWith("BEGIN:VCALENDAR", feed, StringComparison.Ordinal);
        Assert.Contains("SUMMARY:Freeze: sale", feed, StringComparison.Ordinal);
        Assert.Contains("SUMMARY:daily-colocation (overridden)", feed, StringComparison.Ordinal);
        Assert.Contains("SUMMARY:daily-colocation (blocked)", feed, StringComparison.Ordinal);
        Assert.Contains($"DTSTART:{fire.UtcDateTime:yyyyMMddTHHmmss}Z", feed, StringComparison.Ordinal);

        var address = $"/api/schedules/freezes/{window.GetProperty("id").GetString()}";
        using var early = await _bob.PostAsJsonAsync($"{address}/removal/approve", new { });
        using var wanted = await _alice.DeleteAsync($"{address}?reason=over");
        Assert.Equal("overridden", await OnCalendarAsync(fire));
        Assert.Contains((await GetAsync("/api/schedules/freezes")).GetProperty("items").EnumerateArray(), item => item.TryGetProperty("removal", out var removal) && removal.GetProperty("requestedBy").GetString() == "alice");
        using var own = await _alice.PostAsJsonAsync($"{address}/removal/approve", new { });
        using var removed = await _bob.PostAsJsonAsync($"{address}/removal/approve", new { comment = "seen" });
        Assert.Equal(
            [HttpStatusCode.Conflict, HttpStatusCode.Accepted, HttpStatusCode.Forbidden, HttpStatusCode.OK],
            new[] { early, wanted, own, removed }.Select(answer => answer.StatusCode));
        Assert.Equal("fired", await OnCalendarAsync(fire));
        Assert.Contains((await GetAsync("/api/schedules/freezes?removed=true")).GetProperty("items").EnumerateArray(), item => item.GetProperty("removedBecause").GetString() == "over");
    }

    [Theory]
    [InlineData("/api/schedules/nowhere.12345678", HttpStatusCode.NotFound, "nowhere.12345678")]
    [InlineData("/api/schedules/nowhere.12345678/fires", HttpStatusCode.NotFound, "nowhere.12345678")]
    [InlineData("/api/schedules?next=51", HttpStatusCode.BadRequest, "next")]
    [InlineData("/api/schedules/calendar?from=2026-11-10T00:00:00Z&to=2026-11-09T00:00:00Z", HttpStatusCode.BadRequest, "after from")]
    [InlineData("/api/schedules/calendar", HttpStatusCode.BadRequest, "from")]
    [InlineData("/api/schedules.ics?days=0", HttpStatusCode.BadRequest, "days")]
    public async Task What_cannot_be_looked_up_is_told(string address, HttpStatusCode status, string words)
    {
        using var answer = await _alice.GetAsync(address);

        Assert.Equal(status, answer.StatusCode);
        Assert.Contains(words, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Everything_that_is_wrong_with_a_freeze_window_is_told_at_once()
    {
        using var answer = await _alice.PostAsJsonAsync("/api/schedules/freezes", new
        {
            name = "",
            kind = "maybe",
            ranges = new object[]
            {
                new { kind = "absolute", from = "2026-11-10", to = "2026-11-11T00:00:00+08:00" },
                new { kind = "recurring", from = "25:00", to = "06:00", timeZone = "Asia/Nowhere", days = new[] { "someday" } },
            },
        });

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var detail = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString();
        Assert.All(
            ["name:", "reason:", "kind:", "ranges[0].from:", "ranges[1].from:", "ranges[1].timeZone:", "'someday'"],
            words => Assert.Contains(words, detail, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_command_line_lists_pauses_and_freezes()
    {
        var id = (await MorningAsync()).GetProperty("id").GetString()!;

        var paused = await RunAsync("pause", id, "--reason", "maintenance", "--as", "carol");
        var twice = await RunAsync("pause", id, "--reason", "maintenance", "--as", "carol");
        var list = await RunAsync("list");
        var resumed = await RunAsync("resume", id, "--reason", "done", "--as", "carol");
        var added = await RunAsync("freezes", "add", "weekend", "--range", "fri,sat 22:00-06:00 Asia/Shanghai", "--runbook", "nothing-*", "--reason", "rest", "--as", "alice:commander", "--json");
        var freezes = await RunAsync("freezes", "list");
        var bad = await RunAsync("freezes", "add", "weekend", "--range", "whenever", "--reason", "rest", "--as", "alice:commander");
        var clerk = await RunAsync("freezes", "remove", "weekend", "--reason", "rest", "--as", "zed:clerk");
        var removing = await RunAsync("freezes", "remove", "weekend", "--reason", "over", "--as", "alice:commander");
        var waiting = await RunAsync("freezes", "list");
        var own = await RunAsync("freezes", "approve", "weekend", "--as", "alice:commander");
        var kept = await RunAsync("freezes", "reject", "weekend", "--as", "bob:change-approver", "--comment", "not yet");
        var unknown = await RunAsync("override", "request", id, "nothing", "--reason", "why");

        Assert.Equal([0, 1, 0, 0, 0, 0, 2, 5, 0, 0, 5, 0, 2], new[] { paused, twice, list, resumed, added, freezes, bad, clerk, removing, waiting, own, kept, unknown }.Select(finished => finished.ExitCode));
        Assert.Contains("paused already", twice.Error, StringComparison.Ordinal);
        Assert.Contains("paused by carol", list.Output, StringComparison.Ordinal);
        Assert.Equal("recurring", JsonDocument.Parse(added.Output).RootElement.GetProperty("ranges")[0].GetProperty("kind").GetString());
        Assert.Contains("fri,sat 22:00-06:00 Asia/Shanghai", freezes.Output, StringComparison.Ordinal);
        Assert.Contains("somebody else: orchestrator schedules freezes approve weekend --as USER:ROLE", removing.Output, StringComparison.Ordinal);
        Assert.Contains("asked by alice: over", waiting.Output, StringComparison.Ordinal);
        Assert.Contains("rejected by bob", kept.Output, StringComparison.Ordinal);
        Assert.Contains("HH:mm-HH:mm", bad.Error, StringComparison.Ordinal);
        Assert.Contains("freeze window nothing", unknown.Error, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _alice.Dispose();
        _bob.Dispose();
        _zed.Dispose();
    }

    private Task<Finished> RunAsync(params string[] arguments) => Binary.RunAsync(environment.Folder.Path, ["schedules", .. arguments, "--data", "data"]);

    private async Task<JsonElement> MorningAsync() =>
        (await GetAsync("/api/schedules?next=7")).GetProperty("items").EnumerateArray().Single(item => item.GetProperty("cron").GetString() == "0 0 7 * * ?");

    private async Task<string?> OnCalendarAsync(DateTimeOffset fire) =>
        (await GetAsync($"/api/schedules/calendar?from={fire.UtcDateTime:O}&to={fire.AddHours(1).UtcDateTime:O}")).GetProperty("fires").EnumerateArray()
        .Single().GetProperty("outcome").GetString();

    private static string Text(DateTimeOffset time) => time.ToString("yyyy-MM-ddTHH:mm:ssK", System.Globalization.CultureInfo.InvariantCulture);

    private Task<JsonElement> GetAsync(string address) => _alice.GetFromJsonAsync<JsonElement>(address);
}
