using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Orchestrator.Studio.Tests;

public sealed class ScheduleTests(Chromium chromium, SharedEnvironment harness)
{
    [Fact]
    public async Task A_trigger_is_paused_and_resumed_with_a_reason_that_everybody_reads()
    {
        var page = await chromium.OpenAsync(harness.Url, "/schedule", "alice:commander,operator");
        var row = page.GetByRole(AriaRole.Row).Filter(new() { HasText = "0 30 23 * * ?" });

        await row.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog, new() { Name = "Pause a trigger" });
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await Expect(dialog).ToContainTextAsync("Say why");
        await dialog.GetByLabel("Reason").FillAsync("The night is ours");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await Expect(row).ToContainTextAsync("Paused by alice: The night is ours");
        await Expect(row.Filter(new() { HasText = "paused" })).ToBeVisibleAsync(); // what its next fire will come to

        await row.GetByRole(AriaRole.Button, new() { Name = "Resume" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByLabel("Reason").FillAsync("It is over");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Resume" }).ClickAsync();

        await Expect(row).Not.ToContainTextAsync("Paused by");
        await Expect(row).ToContainTextAsync("will fire");
    }

    [Fact]
    public async Task A_window_that_comes_again_holds_a_fire_back_until_somebody_else_lets_it_pass()
    {
        var page = await chromium.OpenAsync(harness.Url, "/schedule", "alice:commander,operator");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add a window" }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog, new() { Name = "Add a freeze window" });
        await dialog.GetByLabel("Name").FillAsync("quiet days");
        await dialog.GetByRole(AriaRole.Radiogroup, new() { Name = "How often" }).GetByText("Again and again").ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Add a window" }).ClickAsync();
        await Expect(dialog).ToContainTextAsync("Give both times of day");
        await Expect(dialog).ToContainTextAsync("Say why");

        // Every day around the clock, and Friday and Saturday nights besides.
        await dialog.GetByLabel("From").FillAsync("00:00");
        await dialog.GetByLabel("To (not included)").FillAsync("00:00");
        await Expect(dialog).ToContainTextAsync("It ends on the next day");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Another stretch" }).ClickAsync();
        var second = dialog.GetByRole(AriaRole.Group, new() { Name = "Stretch 2" });
        await second.GetByText("Again and again").ClickAsync();
        await second.GetByText("Sat", new() { Exact = true }).ClickAsync();
        await second.GetByText("Fri", new() { Exact = true }).ClickAsync();
        await second.GetByLabel("From").FillAsync("22:00");
        await second.GetByLabel("To (not included)").FillAsync("06:00");
        await dialog.GetByLabel("Runbooks").FillAsync("daily-*");
        await dialog.GetByLabel("Reason").FillAsync("Nothing moves before the sale");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Add a window" }).ClickAsync();

        var window = page.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "alice: Nothing moves before the sale" });
        await Expect(window).ToContainTextAsync("every day 00:00–00:00 (Asia/Shanghai)");
        await Expect(window).ToContainTextAsync("Friday, Saturday 22:00–06:00 (Asia/Shanghai)");
        await Expect(window).ToContainTextAsync("only daily-*");

        // Who asks is not who decides.
        var carol = await chromium.OpenAsync(harness.Url, "/schedule", "carol:operator,engineer");
        await carol.GetByRole(AriaRole.Button, new() { Name = "Later" }).ClickAsync();
        var ask = carol.GetByRole(AriaRole.Button, new() { Name = "Ask for an override" });
        await ask.Last.ClickAsync();
        await carol.GetByRole(AriaRole.Dialog).GetByLabel("Reason").FillAsync("The tide must turn");
        await carol.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Ask for an override" }).ClickAsync();
        var asked = carol.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "asked by carol: The tide must turn" });
        await Expect(asked).ToContainTextAsync("somebody else has to decide");

        var bob = await chromium.OpenAsync(harness.Url, "/schedule", "bob:change-approver");
        await bob.GetByPlaceholder("Comment").FillAsync("Looked at it with Alice");
        await bob.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
        await Expect(bob.GetByText("bob as change-approver: Looked at it with Alice")).ToBeVisibleAsync();

        // Carol's calendar shows it without being touched: this one fire passes, the others do not.
        await Expect(asked).ToContainTextAsync("approved");
        await Expect(carol.GetByRole(AriaRole.Listitem).GetByText("overridden", new() { Exact = true })).ToHaveCountAsync(1);
        await Expect(ask).Not.ToHaveCountAsync(0);

        await window.GetByRole(AriaRole.Button, new() { Name = "Remove" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByLabel("Reason").FillAsync("The sale is over");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Remove" }).ClickAsync();
        await Expect(window).ToContainTextAsync("alice asks to remove it: The sale is over");
        await Expect(window).ToContainTextAsync("somebody else has to decide");
        await bob.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "alice asks to remove it" }).GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
        await Expect(window).ToHaveCountAsync(0);
        await Expect(ask).ToHaveCountAsync(0);
    }
}
