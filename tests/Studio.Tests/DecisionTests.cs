using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Orchestrator.Studio.Tests;

/// <summary>One inbox of all kinds of decisions, what rejecting does, how old the wall's figures are, and what an emergency holds back.</summary>
public sealed class DecisionTests(Chromium chromium, ConsoleHarness harness) : IClassFixture<ConsoleHarness>
{
    [Fact]
    public async Task The_inbox_has_plans_overrides_and_removals_and_one_is_decided_where_it_stands()
    {
        await AskAsync("inbox");
        var bob = await chromium.OpenAsync(harness.Url, "/approvals", "bob:change-approver,sre-lead");
        var (plan, exception, removal) = (bob.Locator("[data-kind=emergency-plan]"), bob.Locator("[data-kind=freeze-override]"), bob.Locator("[data-kind=freeze-removal]"));

        await Expect(plan).ToContainTextAsync("Approve the emergency plan of demo?");
        await Expect(exception).ToContainTextAsync("May daily-colocation pass the freeze window inbox?");
        await Expect(exception).ToContainTextAsync("the window holds the trigger back; nothing else changes.");
        await Expect(removal).ToContainTextAsync("Remove the freeze window inbox?");
        await PageTests.KeepAsync(bob, "inbox-dark");
        var chinese = await chromium.OpenAsync(harness.Url, "/approvals", "王芳:change-approver,sre-lead", locale: "zh-CN");
        await Expect(chinese.Locator("[data-kind=freeze-override]")).ToContainTextAsync("是否允许 daily-colocation 越过封网窗口 inbox？");
        await PageTests.KeepAsync(chinese, "inbox-zh");

        // The menu counts them, and whoever asked cannot decide.
        await Expect(bob.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link, new() { NameRegex = new("Approvals") })).ToContainTextAsync("3");
        var alice = await chromium.OpenAsync(harness.Url, "/approvals", "alice:commander");
        await Expect(alice.Locator("[data-kind=freeze-override]")).ToContainTextAsync("You asked for it");

        await exception.GetByRole(AriaRole.Button, new() { Name = "Reject" }).ClickAsync();
        await Expect(exception).ToContainTextAsync("Say why you reject");
        await exception.GetByLabel("Comment").FillAsync("Not this week");
        await exception.GetByRole(AriaRole.Button, new() { Name = "Reject" }).ClickAsync();
        await Expect(exception).ToHaveCountAsync(0);
        await removal.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
        await Expect(removal).ToHaveCountAsync(0);
        await plan.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
        await Expect(plan).ToContainTextAsync("1 of 2 approvals");

        var history = bob.GetByRole(AriaRole.Region, new() { Name = "Decided" });
        await Expect(history).ToContainTextAsync("Not this week");
        await Expect(history.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "Removal of a freeze window" })).ToContainTextAsync("Approved bob");

        // The wall follows the plan.
        await bob.GetByRole(AriaRole.Link, new() { Name = "Wall" }).ClickAsync();
        await Expect(bob.GetByRole(AriaRole.Region, new() { Name = "Emergency" })).ToContainTextAsync("A plan needs 1 more approval.");
        using var eve = Client("eve:commander");
        var id = (await eve.GetFromJsonAsync<JsonElement>("/api/emergency")).GetProperty("plan").GetProperty("id").GetString();
        (await eve.PostAsJsonAsync($"/api/emergency/plan/{id}/approve", new { })).EnsureSuccessStatusCode();
        await Expect(bob.GetByRole(AriaRole.Region, new() { Name = "Emergency" })).ToContainTextAsync("it can be triggered");
    }

    [Fact]
    public async Task Rejecting_says_beforehand_what_it_will_do()
    {
        var run = await harness.StartAsync("two-people");
        await harness.UntilAsync(run, "waiting-for-approval");
        var page = await chromium.OpenAsync(harness.Url, $"/runs/{run}", "alice:commander,operator");

        await page.GetByRole(AriaRole.Button, new() { Name = "Reject…" }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await Expect(dialog).ToContainTextAsync("The step fails, and the run of two-people ends as rejected. Nothing is taken back.");
        await Expect(dialog).ToContainTextAsync("No step has an effect that would stay in place.");
        await Expect(dialog).ToContainTextAsync("If nobody decides by the deadline, it is rejected.");
        await PageTests.KeepAsync(page, "reject-dark");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Reject" }).ClickAsync();
        await Expect(dialog).ToContainTextAsync("Say why you reject");
        Assert.Equal("waiting-for-approval", await StatusAsync(run));
        await dialog.GetByLabel("Comment").FillAsync("Not tonight");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Reject" }).ClickAsync();

        await harness.UntilAsync(run, "rejected");
    }

    [Fact]
    public async Task Figures_of_the_wall_say_how_old_they_are_and_when_they_are_stale()
    {
        var page = await chromium.OpenAsync(harness.Url, "/schedule", "alice:commander");
        var (stale, cut) = (false, false);
        await page.RouteAsync("**/api/wall", async route =>
        {
            if (cut)
            {
                await route.AbortAsync();
                return;
            }

            var answer = await route.FetchAsync();
            var wall = JsonNode.Parse(await answer.TextAsync())!;
            var (at, traffic, peak) = (wall["at"]!.GetValue<DateTimeOffset>(), wall["traffic"]!, wall["peak"]!);
            traffic["at"] = at.AddSeconds(stale ? -7_200 : -60);
            traffic["stale"] = stale;
            traffic["demand"] = 12_345;
            peak["last"] = at.AddHours(stale ? -2 : -20);
            peak["at"] = at.AddHours(stale ? 22 : 4);
            await route.FulfillAsync(new() { Response = answer, Body = wall.ToJsonString() });
        });
        await page.GetByRole(AriaRole.Link, new() { Name = "Wall" }).ClickAsync();
        var traffic = page.GetByRole(AriaRole.Region, new() { Name = "Traffic", Exact = true });
        await Expect(traffic).ToContainTextAsync("12,345");
        await Expect(traffic).ToContainTextAsync("ago");
        await Expect(traffic).Not.ToContainTextAsync("Stale");
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "To the peak" })).ToContainTextAsync("Peak at");

        stale = true;

        await Expect(traffic).ToContainTextAsync("Stale: 2 h");
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "On the cloud now" })).ToContainTextAsync("On the cloud then");
        var since = page.GetByRole(AriaRole.Region, new() { Name = "Since the peak" });
        await Expect(since).ToContainTextAsync("The peak was at");
        await Expect(since).ToContainTextAsync("the next at");
        await Expect(since).ToContainTextAsync("UTC+8");
        await PageTests.KeepAsync(page, "wall-stale-dark");

        // Nothing new comes: the whole of it is of then.
        await Expect(page.GetByText("as of")).ToBeVisibleAsync();
        cut = true;
        await Expect(page.GetByText("Stale: nothing new comes from the server")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task What_an_emergency_holds_back_is_released_or_dropped_by_a_person()
    {
        var holder = await StartAsync("runbook: holder\nlocks: [unit/held]\nsteps:\n  - { id: go, wait: { signal: go } }\n");
        await harness.UntilAsync(holder, "waiting-for-signal");
        var (wanted, unwanted) = (await WaitingAsync("wanted"), await WaitingAsync("unwanted"));
        var emergency = await StartAsync("runbook: urgent\nlane: emergency\nlocks: [\"unit/*\", \"cluster/*\"]\nsteps:\n  - { id: w, wait: { signal: over } }\n");
        var page = await chromium.OpenAsync(harness.Url, "/", "alice:commander");
        var held = page.GetByRole(AriaRole.Region, new() { NameRegex = new("held back") });
        await Expect(held).ToContainTextAsync("still under way");
        await Expect(held.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "unwanted" })).ToBeVisibleAsync();
        await Expect(held.GetByRole(AriaRole.Button, new() { Name = "Release wanted" })).ToBeDisabledAsync();
        await harness.SignalAsync(emergency, "over");
        await harness.UntilAsync(emergency, "done");

        await held.GetByRole(AriaRole.Button, new() { Name = "Release wanted" }).ClickAsync();
        await PageTests.KeepAsync(page, "held-dark");
        await page.GetByRole(AriaRole.Dialog).GetByLabel("Reason").FillAsync("It is wanted");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Release" }).ClickAsync();
        await harness.UntilAsync(wanted, "done");
        Assert.Equal("paused", await StatusAsync(unwanted));
        await held.GetByRole(AriaRole.Button, new() { Name = "Drop all" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByLabel("Reason").FillAsync("Too late");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Drop" }).ClickAsync();

        await harness.UntilAsync(unwanted, "cancelled");
        await Expect(held).ToHaveCountAsync(0);

        async Task<string> WaitingAsync(string name)
        {
            var run = await StartAsync($"runbook: {name}\nlocks: [unit/held]\nsteps:\n  - {{ id: n, run: fleet.survey }}\n");
            await harness.UntilAsync(run, "waiting-for-lock");
            return run;
        }
    }

    /// <summary>Alice asks for a plan, a window, an override of it and its removal.</summary>
    private async Task AskAsync(string name)
    {
        using var alice = Client("alice:commander");
        await PostAsync(alice, "/api/emergency/plan", new { });
        var window = await PostAsync(alice, "/api/schedules/freezes", new
        {
            name, kind = "block", ranges = new[] { new { kind = "recurring", from = "00:00", to = "00:00", timeZone = "Asia/Shanghai" } }, runbooks = new[] { "daily-*" }, reason = "the sale",
        });
        // A server that has just begun has not read all its triggers.
        string? trigger = null;
        while (trigger is null)
        {
            trigger = (await alice.GetFromJsonAsync<JsonElement>("/api/schedules?limit=100")).GetProperty("items").EnumerateArray()
                .Where(one => one.GetProperty("runbook").GetString() == "daily-colocation").Select(one => one.GetProperty("id").GetString()).FirstOrDefault();
        }

        await PostAsync(alice, "/api/schedules/overrides", new { trigger, freeze = name, reason = "the tide must turn" });
        (await alice.DeleteAsync($"/api/schedules/freezes/{window.GetProperty("id").GetString()}?reason=over")).EnsureSuccessStatusCode();
    }

    private async Task<string> StartAsync(string source) => (await PostAsync(harness.Client, "/api/runs", new { source })).GetProperty("id").GetString()!;

    private async Task<string?> StatusAsync(string run) =>
        (await harness.Client.GetFromJsonAsync<JsonElement>($"/api/runs/{run}")).GetProperty("run").GetProperty("status").GetString();

    private HttpClient Client(string person)
    {
        var client = new HttpClient { BaseAddress = harness.Url };
        client.DefaultRequestHeaders.Add("X-Orchestrator-User", person);
        return client;
    }

    private static async Task<JsonElement> PostAsync(HttpClient client, string address, object body)
    {
        using var answer = await client.PostAsJsonAsync(address, body);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }
}
