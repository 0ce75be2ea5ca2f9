using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Orchestrator.Server.Tests;

/// <summary>One person never counts as two, wherever a second person is asked for.</summary>
public sealed class FourEyesTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Asking = """
        runbook: two-people
        steps:
          - id: go
            approval: { title: "Go?", roles: [commander], quorum: 2 }
        """;

    /// <summary>Spellings of a name: by case, width, look-alike letters, what is not seen, composition, joints, quotes, markup, length.</summary>
    private static IEnumerable<string> Spellings(string name) =>
    [
        name.ToUpperInvariant(), char.ToUpperInvariant(name[0]) + name[1..], $" {name} ", $"\u00A0{name}", new string([(char)(name[0] - 'a' + 0xFF41), .. name[1..]]),
        name.Replace('o', 'о').Replace('a', 'а'), name.Replace('o', 'ο').Replace('a', 'α'), $"{name}\u200B", $"{name[..1]}\u00AD{name[1..]}", $"{name}\u2060", $"\uFEFF{name}",
        $"{name}\u200F", $"\u202E{name}", $"{name}\u3164", $"{name}.", $"'{name}'", $"\"{name}\"", $"<b>{name}</b>", name[..1] + "\u0301" + name[1..],
        (name[..1] + "\u0301" + name[1..]).Normalize(), new string('x', 5_000), $"{name}\t", $"{name}\u0000", $"{name}\u0085", $"{name}\U000E0062", "İ" + name[1..], "ﬁ" + name[1..], "ß" + name[1..],
    ];

    [Fact]
    public async Task Nobody_approves_a_step_twice_or_approves_their_own_run_by_another_spelling()
    {
        var run = await server.StartAsync(Asking);
        await server.UntilAsync(run, "approval-requested");
        using var bob = server.As("bob:commander");
        using var first = await bob.PostAsJsonAsync($"/api/approvals/{run}/approve", new { path = "go" });
        Assert.True(first.IsSuccessStatusCode);

        foreach (var spelling in Spellings("bob").Concat(Spellings("carol")))
        {
            if (await SignInAsync(spelling, "commander") is not { } person) continue;

            using (person)
            using (await person.PostAsJsonAsync($"/api/approvals/{run}/approve", new { path = "go" }))
            using (await person.PostAsJsonAsync($"/api/approvals/{run}/approve", new { path = "go", onBehalfOf = "bob" }))
            {
            }
        }

        var approval = (await server.Client.GetFromJsonAsync<JsonElement>($"/api/approvals/{run}?path=go")).GetProperty("approval");
        Assert.Equal(1, approval.GetProperty("missing").GetInt32());
        Assert.Equal("bob", Assert.Single(approval.GetProperty("decisions").EnumerateArray()).GetProperty("by").GetString());
        await server.CancelAsync(run);
    }

    [Fact]
    public async Task The_maker_of_an_emergency_plan_does_not_approve_it_by_another_spelling()
    {
        using var mallory = server.As("mallory:commander");
        using var made = await mallory.PostAsJsonAsync("/api/emergency/plan", new { });
        var plan = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();

        foreach (var spelling in Spellings("mallory"))
        {
            if (await SignInAsync(spelling, "commander") is not { } person) continue;

            using (person)
            {
                using var answer = await person.PostAsJsonAsync($"/api/emergency/plan/{plan}/approve", new { });
                Assert.Equal((spelling, HttpStatusCode.Forbidden), (spelling, answer.StatusCode));
            }
        }

        var kept = await server.Client.GetFromJsonAsync<JsonElement>($"/api/emergency/plan/{plan}");
        Assert.Equal(("open", 2), (kept.GetProperty("state").GetString(), kept.GetProperty("missing").GetInt32()));
    }

    [Fact]
    public async Task Whoever_asked_to_remove_a_freeze_window_or_for_an_override_does_not_approve_it_by_another_spelling()
    {
        using var fay = server.As("fay:commander");
        var range = new { kind = "absolute", from = "2030-11-01T00:00:00+08:00", to = "2030-11-02T00:00:00+08:00" };
        using var added = await fay.PostAsJsonAsync("/api/schedules/freezes", new { name = "still", kind = "block", ranges = new[] { range }, reason = "no changes" });
        using var removing = await fay.DeleteAsync("/api/schedules/freezes/still?reason=over");
        var trigger = (await fay.GetFromJsonAsync<JsonElement>("/api/schedules")).GetProperty("items")[0].GetProperty("id").GetString();
        using var asked = await fay.PostAsJsonAsync("/api/schedules/overrides", new { trigger, freeze = "still", reason = "the tide must turn" });
        Assert.Equal([HttpStatusCode.Created, HttpStatusCode.Accepted, HttpStatusCode.Created], [added.StatusCode, removing.StatusCode, asked.StatusCode]);
        var id = (await asked.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();

        foreach (var spelling in Spellings("fay"))
        {
            if (await SignInAsync(spelling, "change-approver") is not { } person) continue;

            using (person)
            {
                using var removal = await person.PostAsJsonAsync("/api/schedules/freezes/still/removal/approve", new { });
                using var decided = await person.PostAsJsonAsync($"/api/schedules/overrides/{id}/approve", new { });
                Assert.Equal((spelling, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (spelling, removal.StatusCode, decided.StatusCode));
            }
        }

        Assert.Contains((await fay.GetFromJsonAsync<JsonElement>("/api/schedules/freezes")).GetProperty("items").EnumerateArray(), window => window.GetProperty("name").GetString() == "still");
    }

    [Fact]
    public async Task Nobody_delegates_to_themselves_by_another_spelling()
    {
        using var alice = server.As("alice:commander");

        foreach (var to in Spellings("alice"))
        {
            using var answer = await alice.PostAsJsonAsync("/api/approvals/delegations", new { to, roles = new[] { "commander" }, until = "2030-01-01T00:00:00Z", reason = "away" });
            Assert.Equal((to, HttpStatusCode.BadRequest), (to, answer.StatusCode));
        }

        Assert.DoesNotContain(
            (await alice.GetFromJsonAsync<JsonElement>("/api/approvals/delegations?all=true")).GetProperty("items").EnumerateArray(), delegation => delegation.GetProperty("from").GetString() == "alice");
    }

    [Theory]
    [InlineData("bоb", "U+043E")]
    [InlineData("bo\u200Bb", "U+200B (invisible)")]
    public async Task A_name_that_is_refused_is_refused_by_its_code_point(string name, string told)
    {
        using var answer = await server.Client.PostAsJsonAsync("/api/session", new { name });

        var diagnostic = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal((HttpStatusCode.BadRequest, "urn:orchestrator:problem:bad-name"), (answer.StatusCode, diagnostic.GetProperty("type").GetString()));
        Assert.Contains(told, diagnostic.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_headers_are_not_two_people_nor_one_with_the_roles_of_both()
    {
        using var client = new HttpClient { BaseAddress = server.Url };
        client.DefaultRequestHeaders.Add("X-Orchestrator-User", ["alice:commander", "bob:admin"]);

        using var answer = await client.GetAsync("/api/me");

        var me = await answer.Content.ReadAsStringAsync();
        Assert.Equal((HttpStatusCode.BadRequest, true), (answer.StatusCode, me.Contains("bad-name", StringComparison.Ordinal)));
    }

    /// <summary>A browser of somebody who signed in by that name; null: nobody can.</summary>
    private async Task<HttpClient?> SignInAsync(string name, params string[] roles)
    {
        var browser = new HttpClient(new HttpClientHandler { CookieContainer = new CookieContainer() }) { BaseAddress = server.Url };
        using var answer = await browser.PostAsJsonAsync("/api/session", new { name, roles });
        if (answer.IsSuccessStatusCode) return browser;

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        browser.Dispose();
        return null;
    }
}
