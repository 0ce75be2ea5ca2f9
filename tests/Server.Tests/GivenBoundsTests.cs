using System.Collections.Immutable;
using System.Net;
using System.Net.Http.Json;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Server.Api;

namespace Orchestrator.Server.Tests;

/// <summary>What requests bring is bounded before it is kept, and pages are bounded in bytes.</summary>
public sealed class GivenBoundsTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Waits = "runbook: waits\nsteps:\n  - { id: w, wait: { signal: never, timeout: 100d } }\n";

    [Fact]
    public void Every_member_of_every_body_has_a_bound()
    {
        var bodies = typeof(GivenBounds).Assembly.GetTypes().Where(type => type.GetCustomAttribute<JsonUnmappedMemberHandlingAttribute>() is not null).ToList();
        var unbounded = new List<string>();
        foreach (var (body, member) in bodies.SelectMany(body => body.GetProperties().Where(member => member.CanWrite).Select(member => (body, member))))
        {
            if (TooLarge(member.PropertyType) is not { } value) continue;

            var given = RuntimeHelpers.GetUninitializedObject(body);
            member.SetValue(given, value);
            try
            {
                GivenBounds.Check(given);
                unbounded.Add($"{body.Name}.{member.Name}");
            }
            catch (ProblemException diagnostic)
            {
                Assert.True(diagnostic.Status is 400 or 413, $"{body.Name}.{member.Name}: {diagnostic.Status}");
            }
        }

        Assert.True(bodies.Count > 10);
        // A source is bounded by the reader of runbooks, with a place, or as a body is.
        Assert.Equal(["CheckRequest.Source", "DiffRequest.Source", "PublishRequest.Source", "ScopeRequest.Source", "StartRunRequest.Source"], unbounded.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_is_at_its_bound_is_taken()
    {
        GivenBounds.Check(new Runs.StartRunRequest("waits", null, null, null, Labels(64, new string('v', 256))));
        GivenBounds.Check(new Runs.ActionRequest(null, new string('r', 4096), JsonSerializer.SerializeToElement(new string('p', (64 * 1024) - 2))));
    }

    [Fact]
    public async Task Labels_reasons_payloads_and_inputs_beyond_their_bounds_are_refused_with_place_and_fix()
    {
        var run = await server.StartAsync(Waits);

        await RefusedAsync("/api/runs", new { source = Waits, labels = Labels(65, "v") }, HttpStatusCode.BadRequest, "Labels has 65 entries", "at most 64");
        await RefusedAsync("/api/runs", new { source = Waits, labels = Labels(1, new string('v', 257)) }, HttpStatusCode.BadRequest, "abels.label-0", "257");
        await RefusedAsync($"/api/runs/{run}/pause", new { reason = new string('\u5c01', 1400) }, HttpStatusCode.BadRequest, "Reason has 4,200 bytes", "write less");
        await RefusedAsync($"/api/runs/{run}/signals/go", new { payload = new string('p', 64 * 1024) }, HttpStatusCode.RequestEntityTooLarge, "65,536", "pass a name");
        await RefusedAsync($"/api/runs/{run}/signals/{new string('n', 129)}", new { }, HttpStatusCode.RequestEntityTooLarge, "1 to 128", "shorter");
        await RefusedAsync("/api/runs", new { source = Waits, inputs = new { much = new string('m', 1024 * 1024) } }, HttpStatusCode.RequestEntityTooLarge, "1,048,576", "pass a name");
    }

    [Fact]
    public async Task A_page_of_a_journal_ends_at_its_bytes_and_the_next_goes_on()
    {
        var run = await server.StartAsync(Waits);
        using var sre = server.As("sam:sre-lead");
        const int Sent = 30;
        for (var i = 0; i < Sent; i++)
        {
            using var answer = await sre.PostAsJsonAsync($"/api/runs/{run}/signals/s{i}", new { payload = new string('p', 60_000) });
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        }

        var (pages, received, after) = (0, 0, (string?)"0");
        while (after is not null)
        {
            var text = await server.Client.GetStringAsync($"/api/runs/{run}/journal?limit=1000&after={after}");
            Assert.True(text.Length < 1_300_000, $"{text.Length}");
            var page = JsonDocument.Parse(text).RootElement;
            received += page.GetProperty("items").EnumerateArray().SelectMany(entry => entry.GetProperty("events").EnumerateArray()).Count(happened => happened.GetProperty("event").GetString() == "signal-received");
            after = page.TryGetProperty("next", out var next) && next.ValueKind == JsonValueKind.String ? next.GetString() : null;
            pages++;
        }

        Assert.True(pages > 1);
        Assert.Equal(Sent, received);
    }

    [Fact]
    public async Task A_page_of_runs_ends_at_its_bytes_and_the_next_goes_on()
    {
        const int Started = 80;
        var labels = Enumerable.Range(0, 63).ToDictionary(number => $"label-{number}", _ => new string('v', 250));
        labels["of"] = "the-page-test";
        using var admin = server.As("ada:admin");
        for (var i = 0; i < Started; i++)
        {
            using var answer = await admin.PostAsJsonAsync("/api/runs", new { source = Waits, labels });
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        }

        var (pages, received, cursor) = (0, new List<string>(), (string?)null);
        do
        {
            var text = await server.Client.GetStringAsync($"/api/runs?limit=1000{(cursor is null ? "" : $"&cursor={cursor}")}");
            Assert.True(text.Length < 1_300_000, $"{text.Length}");
            var page = JsonDocument.Parse(text).RootElement;
            received.AddRange(page.GetProperty("items").EnumerateArray()
                .Where(run => run.GetProperty("labels").TryGetProperty("of", out _)).Select(run => run.GetProperty("id").GetString()!));
            cursor = page.TryGetProperty("next", out var next) && next.ValueKind == JsonValueKind.String ? next.GetString() : null;
            pages++;
        }
        while (cursor is not null);

        Assert.True(pages > 1);
        Assert.Equal(Started, received.Count);
        Assert.Distinct(received);
    }

    private async Task RefusedAsync(string address, object body, HttpStatusCode status, params string[] words)
    {
        using var admin = server.As("ada:admin");
        using var answer = await admin.PostAsJsonAsync(address, body);
        var detail = await answer.Content.ReadAsStringAsync();

        Assert.True(answer.StatusCode == status, $"{address}: {(int)answer.StatusCode} {detail}");
        Assert.All(words, word => Assert.Contains(word, detail, StringComparison.Ordinal));
    }

    private static ImmutableDictionary<string, string> Labels(int count, string value) => Enumerable.Range(0, count).ToImmutableDictionary(number => $"label-{number}", _ => value);

    /// <summary>A value of this type that no bound allows; null: a type that is bounded by itself.</summary>
    private static object? TooLarge(Type type) =>
        type == typeof(string) ? new string('x', 5000)
        : type == typeof(JsonElement?) || type == typeof(JsonElement) ? JsonSerializer.SerializeToElement(new string('x', 2 * 1024 * 1024))
        : typeof(IReadOnlyDictionary<string, string>).IsAssignableFrom(type) ? Labels(1000, "v")
        : type == typeof(IReadOnlyList<string>) ? Enumerable.Repeat("x", 2000).ToList()
        : type is { IsGenericType: true } && typeof(System.Collections.IEnumerable).IsAssignableFrom(type) && type.GetGenericArguments() is [{ IsClass: true } item]
            ? Of(item)
        : null;

    private static Array Of(Type item)
    {
        var many = Array.CreateInstance(item, 2000);
        for (var i = 0; i < many.Length; i++) many.SetValue(RuntimeHelpers.GetUninitializedObject(item), i);
        return many;
    }
}
