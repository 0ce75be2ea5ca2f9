using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Server.Identity;
using Orchestrator.Server.Pipeline;

namespace Orchestrator.Server.Tests;

/// <summary>Who may do what, at every address that changes something.</summary>
public sealed class AccessTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    /// <summary>What nobody may by chance: everything is asked of each of these.</summary>
    private static readonly string[] everybody =
        ["", "viewer", "operator", "engineer", "operator,engineer", "admin", "commander", "sre-lead", "change-approver", "auditor", "Operator", "ADMIN"];

    private static readonly string[] operators = ["operator", "operator,engineer", "admin"];
    private static readonly string[] signallers = ["commander", "sre-lead", "admin"];
    private static readonly string[] freezers = ["commander", "change-approver"];

    /// <summary>The right answers, written down once more and not taken from the table.</summary>
    private static readonly Dictionary<string, string[]> right = new()
    {
        ["DELETE /api/bus/dead-letters"] = ["admin"],
        ["DELETE /api/schedules/freezes/{id}"] = freezers,
        ["DELETE /api/session"] = everybody,
        ["POST /api/approvals/delegations"] = everybody,
        ["POST /api/approvals/delegations/{id}/revoke"] = everybody,
        ["POST /api/approvals/{run}/approve"] = everybody,
        ["POST /api/approvals/{run}/reject"] = everybody,
        ["POST /api/bus/dead-letters/replay"] = ["admin"],
        ["POST /api/emergency/plan"] = signallers,
        ["POST /api/emergency/plan/{id}/approve"] = ["commander", "sre-lead"],
        ["POST /api/emergency/scale-down"] = ["commander", "sre-lead"],
        ["POST /api/emergency/release"] = ["commander", "sre-lead"],
        ["POST /api/emergency/drop"] = ["commander", "sre-lead"],
        ["POST /api/inspections"] = operators,
        ["POST /api/runbooks/plan"] = everybody,
        ["POST /api/runbooks/scope"] = everybody,
        ["POST /api/runbooks/validate"] = everybody,
        ["POST /api/runbooks/{name}/plan"] = everybody,
        ["POST /api/runbooks/{name}/diff"] = everybody,
        ["POST /api/runbooks/{name}/versions"] = ["engineer", "operator,engineer", "admin"],
        // Those of the emergency roles only for the emergency lane, which is asked for by the content.
        ["POST /api/runs"] = [.. operators, "commander", "sre-lead"],
        ["POST /api/runs/{id}/cancel"] = operators,
        ["POST /api/runs/{id}/pause"] = operators,
        ["POST /api/runs/{id}/resume"] = operators,
        ["POST /api/runs/{id}/retry"] = operators,
        ["POST /api/runs/{id}/signals/{name}"] = signallers,
        ["POST /api/runs/{id}/skip"] = operators,
        ["POST /api/runs/{id}/undo"] = operators,
        ["POST /api/schedules/freezes"] = freezers,
        ["POST /api/schedules/freezes/{id}/removal/approve"] = freezers,
        ["POST /api/schedules/freezes/{id}/removal/reject"] = freezers,
        ["POST /api/schedules/overrides"] = [.. operators, "engineer", .. freezers],
        ["POST /api/schedules/overrides/{id}/approve"] = freezers,
        ["POST /api/schedules/overrides/{id}/reject"] = freezers,
        ["POST /api/schedules/{id}/pause"] = operators,
        ["POST /api/schedules/{id}/resume"] = operators,
        ["POST /api/session"] = everybody,
    };

    private static readonly string[] needNoName =
        ["DELETE /api/session", "POST /api/session", "POST /api/runbooks/plan", "POST /api/runbooks/scope", "POST /api/runbooks/validate", "POST /api/runbooks/{name}/plan", "POST /api/runbooks/{name}/diff"];

    [Fact]
    public async Task Every_address_that_changes_something_is_open_to_its_roles_and_to_nobody_else()
    {
        var wrong = new List<string>();
        foreach (var address in await WritingAsync())
        {
            Assert.True(right.TryGetValue(address, out var allowed), $"{address} is new: say here and in AccessTable who may use it");
            foreach (var roles in everybody)
            {
                using var answer = await AskAsync(address, roles.Length == 0 ? "zoe" : $"zoe:{roles}");
                var refused = answer.StatusCode == HttpStatusCode.Forbidden && (await answer.Content.ReadFromJsonAsync<JsonElement>()).TryGetProperty("privilege", out _);
                if (refused == allowed.Contains(roles)) wrong.Add($"{address} as '{roles}': {(int)answer.StatusCode}");
            }

            using var nameless = await AskAsync(address, person: null);
            if ((nameless.StatusCode == HttpStatusCode.Unauthorized) == needNoName.Contains(address)) wrong.Add($"{address} without a name: {(int)nameless.StatusCode}");
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public async Task The_table_has_every_address_that_changes_something_and_no_other()
    {
        var table = (await server.Client.GetFromJsonAsync<JsonElement>("/api/access?limit=1000")).GetProperty("items").EnumerateArray()
            .Select(entry => entry.GetProperty("endpoint").GetString()!.Replace(":guid", "", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

        Assert.Equal((await WritingAsync()).Order(StringComparer.Ordinal), table);
    }

    [Fact]
    public async Task An_address_that_the_table_does_not_know_is_refused_to_everybody()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore().AddLogging().AddSingleton(new AccessTable(["commander"]));
        await using var application = builder.Build();
        application.UseProblems();
        application.UseRouting();
        application.UseAccessGuard();
        application.MapPost("/api/new", () => "done");
        application.MapGet("/api/new", () => "read");
        await application.StartAsync();
        var url = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        using var client = new HttpClient { BaseAddress = new Uri(url) };
        client.DefaultRequestHeaders.Add("X-Orchestrator-User", "carol:operator,engineer,admin,commander");

        using var written = await client.PostAsync("/api/new", null);
        using var read = await client.GetAsync("/api/new");

        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.OK), (written.StatusCode, read.StatusCode));
        Assert.Contains("POST /api/new", (await written.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_says_which_privilege_is_missing_and_who_has_it()
    {
        using var answer = await AskAsync("POST /api/runs/{id}/pause", "zoe:viewer");

        var diagnostic = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("urn:orchestrator:problem:role-missing", diagnostic.GetProperty("type").GetString());
        Assert.Equal("control-runs", diagnostic.GetProperty("privilege").GetString());
        Assert.Equal(["operator", "admin"], diagnostic.GetProperty("roles").EnumerateArray().Select(role => role.GetString()));
        Assert.Contains("zoe has the roles viewer", diagnostic.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains("zoe (viewer) is refused POST", await LogAsync(), StringComparison.Ordinal);
    }

    private const string Plain = "runbook: plain\nsteps:\n  - { id: w, wait: { for: 1s } }\n";

    // Published by a test, so not the text that another one calls unpublished.
    private const string Simple = "runbook: simple\nsteps:\n  - { id: w, wait: { for: 1s } }\n";
    private const string Timed = "runbook: timed\ntriggers:\n  - cron: \"0 0 3 1 1 ?\"\nsteps:\n  - { id: w, wait: { for: 1s } }\n";
    private const string Urgent = "runbook: urgent\nlane: emergency\nsteps:\n  - { id: w, wait: { for: 1s } }\n";
    private const string Blessed = "runbook: blessed\npreauthorised: by me\nsteps:\n  - { id: w, wait: { for: 1s } }\n";
    private const string UrgentChild = "runbook: roundabout\nsteps:\n  - { id: c, runbook: emergency-scale-down, with: { reason: x } }\n";
    private const string Handle = "runbook: emergency-scale-down\nsteps:\n  - { id: w, wait: { for: 1s } }\n";

    [Theory]
    [InlineData(Plain, "operator", "start-unpublished")]
    [InlineData(Plain, "operator,engineer", null)]
    [InlineData(Plain, "admin", null)]
    [InlineData(Plain, "commander", "start-unpublished")]
    [InlineData(Urgent, "operator,engineer", "start-emergency")]
    [InlineData(Urgent, "commander", "start-unpublished")]
    [InlineData(Urgent, "operator,engineer,commander", null)]
    [InlineData(Blessed, "operator,engineer", "start-preauthorised")]
    [InlineData(Blessed, "operator,engineer,commander", "start-preauthorised")]
    [InlineData(Blessed, "admin", null)]
    [InlineData(UrgentChild, "operator,engineer", "start-emergency")]
    public async Task What_a_source_says_asks_for_more_than_starting(string source, string roles, string? missing) =>
        Assert.Equal(missing, await MissingAsync($"zoe:{roles}", "/api/runs", new { source }));

    [Theory]
    [InlineData("inspect", "operator", null)]
    [InlineData("inspect", "engineer", "start-runs")]
    [InlineData("inspect", "commander", "start-runs")]
    [InlineData("emergency-scale-down", "operator", "start-emergency")]
    [InlineData("emergency-scale-down", "operator,engineer", "start-emergency")]
    public async Task The_emergency_runbook_is_started_from_the_handle_only(string runbook, string roles, string? missing) =>
        Assert.Equal(missing, await MissingAsync($"zoe:{roles}", "/api/runs", new { runbook, inputs = new { } }));

    [Theory]
    [InlineData("simple", Simple, "operator", "publish-runbooks")]
    [InlineData("simple", Simple, "engineer", null)]
    [InlineData("timed", Timed, "engineer", "publish-triggers")]
    [InlineData("timed", Timed, "operator,engineer", null)]
    [InlineData("urgent", Urgent, "operator,engineer", "publish-emergency")]
    [InlineData("blessed", Blessed, "operator,engineer", "publish-emergency")]
    [InlineData("roundabout", UrgentChild, "operator,engineer", "publish-emergency")]
    [InlineData("emergency-scale-down", Handle, "operator,engineer,commander", "publish-emergency")]
    public async Task What_a_runbook_says_asks_for_more_than_publishing(string name, string source, string roles, string? missing) =>
        Assert.Equal(missing, await MissingAsync($"zoe:{roles}", $"/api/runbooks/{name}/versions", new { source, basedOn = "none" }));

    [Fact]
    public async Task Everybody_can_see_what_they_may_do_and_why_not_the_rest()
    {
        using var zoe = server.As("Zoe:operator");

        var me = await zoe.GetFromJsonAsync<JsonElement>("/api/me");

        Assert.Equal(("zoe", "Zoe"), (me.GetProperty("name").GetString(), me.GetProperty("shown").GetString()));
        var privileges = me.GetProperty("privileges").EnumerateArray().ToDictionary(entry => entry.GetProperty("privilege").GetString()!);
        Assert.True(privileges["start-runs"].GetProperty("may").GetBoolean());
        Assert.False(privileges["start-emergency"].GetProperty("may").GetBoolean());
        Assert.Contains("commander or sre-lead or admin", privileges["start-emergency"].GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    private async Task<string?> MissingAsync(string person, string address, object body)
    {
        using var client = server.As(person);
        using var answer = await client.PostAsJsonAsync(address, body);
        var text = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(answer.IsSuccessStatusCode || answer.StatusCode == HttpStatusCode.Forbidden, text.GetRawText());
        return answer.IsSuccessStatusCode ? null : text.GetProperty("privilege").GetString();
    }

    /// <summary>The body fits no address: whoever may pass is told so, and nothing happens.</summary>
    private async Task<HttpResponseMessage> AskAsync(string address, string? person)
    {
        var (method, path) = (address.Split(' ')[0], address.Split(' ')[1]);
        foreach (var name in (string[])["{id}", "{run}"]) path = path.Replace(name, "0190b5a0-0000-7000-8000-000000000000", StringComparison.Ordinal);
        using var client = new HttpClient { BaseAddress = server.Url };
        using var request = new HttpRequestMessage(new HttpMethod(method), path.Replace("{name}", "nothing", StringComparison.Ordinal));
        if (person is not null) request.Headers.Add("X-Orchestrator-User", person);
        if (method != "DELETE") request.Content = JsonContent.Create(new { fitsNothing = true });
        return await client.SendAsync(request);
    }

    private async Task<IReadOnlyList<string>> WritingAsync() =>
    [
        .. (await server.Client.GetFromJsonAsync<JsonElement>("/openapi/v1.json")).GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(method => $"{method.Name.ToUpperInvariant()} {path.Name}"))
            .Where(address => !address.StartsWith("GET ", StringComparison.Ordinal)),
    ];

    private async Task<string> LogAsync()
    {
        using var reader = new System.IO.StreamReader(new FileStream(Path.Combine(server.Folder, "data", "orchestrator.log"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return await reader.ReadToEndAsync();
    }
}
