using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Orchestrator.Studio.Tests;

public sealed class SessionTests(Chromium chromium, SharedEnvironment harness)
{
    [Fact]
    public async Task Somebody_signs_in_is_known_after_a_reload_and_in_another_tab_and_out_again_everywhere()
    {
        var page = await chromium.OpenAsync(harness.Url, "/approvals");
        var other = await Chromium.OpenAsync(page.Context, "/runs");
        await Expect(Banner(other).GetByRole(AriaRole.Button, new() { Name = "Sign in" })).ToBeVisibleAsync();

        // A name that is none is said before it is sent; a right one is taken with its roles, labelled as a claim.
        await Banner(page).GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await Expect(dialog).ToContainTextAsync("your word is taken");
        await dialog.GetByLabel("Name").FillAsync("al:ice");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(dialog).ToContainTextAsync("without colon or comma");
        await dialog.GetByLabel("Name").FillAsync("王芳");
        await dialog.GetByLabel("commander").CheckAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();

        await Expect(Person(page)).ToBeVisibleAsync();
        await Expect(Person(other)).ToBeVisibleAsync();
        await page.ReloadAsync();
        await Person(page).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Menu)).ToContainTextAsync("commander");
        await Expect(page.GetByRole(AriaRole.Menu)).ToContainTextAsync("claimed, loopback only");
        // Scripts of the page cannot read who it is for: only the server knows.
        Assert.DoesNotContain("orchestrator", await page.EvaluateAsync<string>("document.cookie + Object.keys(localStorage).filter(key => key.includes('identity'))"), StringComparison.Ordinal);

        await page.GetByRole(AriaRole.Menuitem, new() { Name = "Sign out" }).ClickAsync();

        await Expect(Banner(page).GetByRole(AriaRole.Button, new() { Name = "Sign in" })).ToBeVisibleAsync();
        await Expect(Banner(other).GetByRole(AriaRole.Button, new() { Name = "Sign in" })).ToBeVisibleAsync();
    }

    private static ILocator Banner(IPage page) => page.GetByRole(AriaRole.Banner);

    private static ILocator Person(IPage page) => Banner(page).GetByRole(AriaRole.Button, new() { Name = "王芳" });
}
