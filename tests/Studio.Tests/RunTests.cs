using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;
using static Orchestrator.Studio.Tests.WaitLimit;

namespace Orchestrator.Studio.Tests;

public sealed class RunTests(Chromium chromium, SharedEnvironment harness)
{
    [Fact]
    public async Task A_run_is_started_from_the_page_approved_by_two_people_and_watched_to_its_end()
    {
        // Carol says who she is, and starts it.
        var carol = await chromium.OpenAsync(harness.Url, "/runs");
        await carol.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await carol.GetByLabel("Name").FillAsync("carol");
        await carol.GetByRole(AriaRole.Dialog).GetByLabel("operator").CheckAsync();
        await carol.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await carol.GetByRole(AriaRole.Button, new() { Name = "Start a run" }).First.ClickAsync();
        var dialog = carol.GetByRole(AriaRole.Dialog);
        await dialog.GetByRole(AriaRole.Combobox, new() { Name = "Runbook" }).FillAsync("two-people");
        await carol.GetByRole(AriaRole.Option, new() { Name = "two-people" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Start", Exact = true }).ClickAsync();
        await GoneAsync(carol, "/runs/.+-");
        var question = carol.GetByRole(AriaRole.Article, new() { Name = "Shall it go on?" });
        await Expect(question).ToContainTextAsync("0 of 2 approvals");
        await Expect(question).ToContainTextAsync("somebody else has to decide");

        // Alice approves from the inbox, Bob where the run is.
        var alice = await chromium.OpenAsync(harness.Url, "/approvals", "alice:commander,operator");
        // Other tests' runs may wait there too.
        var card = alice.GetByRole(AriaRole.Article).Filter(new() { Has = alice.Locator($"a[href*='{new Uri(carol.Url).AbsolutePath}']") });
        await card.GetByPlaceholder("Comment").FillAsync("The figures are good");
        await card.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
        await Expect(question).ToContainTextAsync("1 of 2 approvals");
        await Expect(question).ToContainTextAsync("The figures are good");
        var bob = await chromium.OpenAsync(harness.Url, new Uri(carol.Url).AbsolutePath, "bob:sre-lead");
        await bob.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();

        // Carol has watched all of it without touching her page.
        await Expect(carol.GetByRole(AriaRole.Main).GetByText("Done", new() { Exact = true }).First).ToBeVisibleAsync();
        await Expect(question).Not.ToBeVisibleAsync();
        await carol.GetByRole(AriaRole.Radiogroup, new() { Name = "View" }).GetByText("Steps").ClickAsync();
        foreach (var step in new[] { "before", "go", "after" })
        {
            await Expect(carol.GetByRole(AriaRole.Treeitem).Filter(new() { HasText = step })).ToContainTextAsync("Done");
        }
    }

    [Fact]
    public async Task A_rejection_needs_a_reason_and_ends_the_run()
    {
        var run = await harness.StartAsync("two-people");
        var page = await chromium.OpenAsync(harness.Url, $"/runs/{run}", "alice:commander,operator");

        await page.GetByRole(AriaRole.Button, new() { Name = "Reject" }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Reject" }).ClickAsync();
        await Expect(dialog.GetByText("Say why you reject")).ToBeVisibleAsync();
        await dialog.GetByLabel("Comment").FillAsync("Not tonight");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Reject" }).ClickAsync();

        await Expect(page.GetByRole(AriaRole.Main).GetByText("Rejected", new() { Exact = true }).First).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_run_says_how_much_is_before_it_what_it_never_came_to_and_who_ended_it_and_why()
    {
        var run = await harness.StartAsync("two-people");
        await harness.UntilAsync(run, "waiting-for-approval");
        var page = await chromium.OpenAsync(harness.Url, $"/runs/{run}", "carol:operator,engineer");
        await Expect(page.GetByRole(AriaRole.Img, new() { Name = "1 of 3 steps ended" })).ToBeVisibleAsync();
        await Expect(page.GetByTitle("Pending").First).ToContainTextAsync("1");

        await page.GetByRole(AriaRole.Button, new() { Name = "More actions" }).ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "Take it back" }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Reason").FillAsync("The forecast was wrong");
        await dialog.GetByLabel("Type two-people to confirm").FillAsync("two-people");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Take it back" }).ClickAsync();

        var done = page.GetByRole(AriaRole.List, new() { Name = "What was done to this run" });
        await Expect(done).ToContainTextAsync("Taken back by carol: The forecast was wrong");
        await harness.UntilAsync(run, "undone");
        await Expect(page.GetByTitle("Not run").First).ToContainTextAsync("1");
        await Expect(page.GetByTitle("Pending")).ToHaveCountAsync(0);
        await Expect(page.Locator(".react-flow__node").Filter(new() { HasText = "Look once more" })).ToContainTextAsync("Not run");
    }

    [Fact]
    public async Task The_connection_is_lost_and_healed_with_nothing_missed()
    {
        await using var wire = new CutWire(harness.Url);
        var run = await harness.StartAsync("two-people");
        await harness.UntilAsync(run, "waiting-for-approval");
        var page = await chromium.OpenAsync(wire.Url, $"/runs/{run}?view=steps", "carol:operator,engineer");
        await Expect(page.GetByRole(AriaRole.Treeitem).Filter(new() { HasText = "go" })).ToContainTextAsync("Waiting for approval");
        await Expect(page.GetByRole(AriaRole.Banner).GetByText("Live")).ToBeVisibleAsync();

        wire.Cut();
        await Expect(page.GetByText("Connection lost").Last).ToBeVisibleAsync();
        await harness.ApproveAsync(run, "go", "alice:commander");
        await harness.ApproveAsync(run, "go", "bob:sre-lead");
        await harness.UntilAsync(run, "done");
        await Expect(page.GetByRole(AriaRole.Treeitem).Filter(new() { HasText = "after" })).Not.ToBeVisibleAsync();
        wire.Heal();

        await Expect(page.GetByText("nothing was missed")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Treeitem).Filter(new() { HasText = "after" })).ToContainTextAsync("Done");
        await Expect(page.GetByRole(AriaRole.Treeitem).Filter(new() { HasText = "go" })).ToContainTextAsync("Done");
    }

    [Fact]
    public async Task Keys_and_the_palette_lead_to_every_page()
    {
        var page = await chromium.OpenAsync(harness.Url, "/", "alice:commander,operator");
        await page.GetByRole(AriaRole.Heading, new() { Name = "Wall" }).WaitForAsync();

        await page.Keyboard.PressAsync("g");
        await page.Keyboard.PressAsync("r");
        await GoneAsync(page, "/runs$");
        await page.Keyboard.PressAsync("Control+k");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Textbox).FillAsync("approv");
        await page.Keyboard.PressAsync("Enter");
        await GoneAsync(page, "/approvals$");
        // Keys that are pressed while a dialog closes still belong to it.
        await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        await page.Keyboard.PressAsync("?");

        await Expect(page.GetByRole(AriaRole.Dialog, new() { Name = "Keyboard shortcuts" })).ToContainTextAsync("Go to Runs");
    }
}
