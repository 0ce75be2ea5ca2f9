using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;
using static Orchestrator.Studio.Tests.WaitLimit;

namespace Orchestrator.Studio.Tests;

public sealed class InspectTests(Chromium chromium, SharedEnvironment harness)
{
    [Fact]
    public async Task Units_are_inspected_again_from_the_page_and_the_verdict_comes_to_it()
    {
        var unit = await harness.StartAsync("one-unit");
        await harness.UntilAsync(unit, "done");
        var watching = await chromium.OpenAsync(harness.Url, "/inspections", "alice:commander,operator");
        await Expect(watching.GetByText("Never inspected: cloud-9")).ToBeVisibleAsync();
        await Expect(watching.GetByText("No inspection yet")).ToBeVisibleAsync();

        // Nobody is asked to sign in by a button that then does nothing: it says so, and leads there.
        var page = await chromium.OpenAsync(harness.Url, "/inspections");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in to inspect" }).First.ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByLabel("Name").FillAsync("carol");
        await page.GetByRole(AriaRole.Dialog).GetByLabel("operator").CheckAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Inspect all" }).ClickAsync();
        await GoneAsync(page, "/runs/.+-");
        await Expect(page.GetByText("Started by carol")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Main).GetByText("Done", new() { Exact = true }).First).ToBeVisibleAsync();

        // Who only looks sees the verdict come, without touching the page.
        var history = watching.GetByRole(AriaRole.Row).Filter(new() { HasText = "cloud-9" });
        await Expect(history.First).ToContainTextAsync("passed");
        await Expect(watching.GetByText("Every check of every unit that stands passed")).ToBeVisibleAsync();
        await Expect(watching.GetByText("Never inspected")).Not.ToBeVisibleAsync();
    }
}
