using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Orchestrator.Studio.Tests;

public sealed partial class EmergencyTests(Chromium chromium, ConsoleHarness harness) : IClassFixture<ConsoleHarness>
{
    [Fact]
    public async Task The_handle_is_planned_approved_by_two_uncovered_typed_pulled_and_watched_to_its_end()
    {
        var lent = await harness.StartAsync("lent");
        await harness.UntilAsync(lent, "waiting-for-signal");
        var watching = await chromium.OpenAsync(harness.Url, $"/runs/{lent}", "carol:operator,engineer");
        await Expect(watching.GetByRole(AriaRole.Main).GetByText("Waiting for a signal", new() { Exact = true }).First).ToBeVisibleAsync();

        // Alice makes a plan of all that is lent; her own approval does not count, and the cover stays on.
        var alice = await chromium.OpenAsync(harness.Url, "/emergency", "alice:commander,operator");
        await alice.GetByRole(AriaRole.Button, new() { Name = "Make a plan" }).ClickAsync();
        await alice.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Make the plan" }).ClickAsync();
        await Expect(alice.GetByRole(AriaRole.Row).Filter(new() { HasText = "hz-batch-a" })).ToContainTextAsync("24 ×");
        await Expect(alice.GetByText("alice made this plan and cannot approve it")).ToBeVisibleAsync();
        var cover = alice.GetByRole(AriaRole.Button, new() { Name = "Lift the cover" });
        await Expect(cover).ToBeDisabledAsync();

        foreach (var person in new[] { "bob:sre-lead", "eve:commander" })
        {
            var other = await chromium.OpenAsync(harness.Url, "/emergency", person);
            await other.GetByRole(AriaRole.Button, new() { Name = "Approve the plan" }).ClickAsync();
            await Expect(other.GetByText($"{person.Split(':')[0]} as")).ToBeVisibleAsync();
        }

        // Uncovered, it wants a reason and the fleet's name letter by letter.
        await Expect(cover).ToBeEnabledAsync();
        await cover.ClickAsync();
        var pull = alice.GetByRole(AriaRole.Button, new() { Name = "Pull the handle" });
        await alice.GetByLabel("Type demo to confirm").FillAsync("Demo");
        await Expect(pull).ToBeDisabledAsync();
        await alice.GetByLabel("Type demo to confirm").FillAsync("demo");
        await pull.ClickAsync();
        await Expect(alice.GetByText("Say why")).ToBeVisibleAsync();
        Assert.Equal("approved", (await PlanAsync()).GetProperty("state").GetString());
        await alice.GetByLabel("Reason").FillAsync("The peak did not come");
        await pull.ClickAsync();

        // What happens is shown in place, step by step, until it has ended.
        var steps = alice.GetByRole(AriaRole.Tree, new() { Name = "Steps" });
        await Expect(alice.GetByText("The peak did not come")).ToBeVisibleAsync();
        await Expect(steps.GetByRole(AriaRole.Treeitem).Filter(new() { HasText = "Traffic home" })).ToContainTextAsync("Done");
        // The step itself: a row of the tree without rows of its own.
        var shift = steps.GetByRole(AriaRole.Treeitem).Filter(new() { HasText = "cluster.shift", HasNot = alice.GetByRole(AriaRole.Treeitem) });
        await Expect(shift).ToHaveCountAsync(1);
        await Expect(shift).ToContainTextAsync("Done");
        await Expect(alice.GetByRole(AriaRole.Region, new() { Name = "What happens" }).Locator("[data-filled]")).ToContainTextAsync("Done");
        await Expect(alice.GetByText("Nothing is lent or rented", new() { Exact = false })).ToBeVisibleAsync();

        // The run that held the cluster says who took it; nothing of the fleet is lent any more.
        await Expect(watching.GetByText(Took())).ToBeVisibleAsync();
        await Expect(watching.GetByRole(AriaRole.Main).GetByText("Paused", new() { Exact = true }).First).ToBeVisibleAsync();
        var triggered = (await PlanAsync()).GetProperty("triggered");
        Assert.Equal(("alice", "The peak did not come", "done"), (triggered.GetProperty("by").GetString(), triggered.GetProperty("reason").GetString(), triggered.GetProperty("status").GetString()));
        await alice.GetByRole(AriaRole.Link, new() { Name = "Wall" }).ClickAsync();
        await Expect(alice.GetByRole(AriaRole.Row).Filter(new() { HasText = "hz-batch-a" })).ToContainTextAsync("Offline only");
    }

    private async Task<JsonElement> PlanAsync() => (await harness.Client.GetFromJsonAsync<JsonElement>("/api/emergency")).GetProperty("plan");

    [GeneratedRegex("alice took .*cluster/")]
    private static partial Regex Took();
}
