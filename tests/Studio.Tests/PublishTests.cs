using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;
using static Orchestrator.Studio.Tests.WaitLimit;

namespace Orchestrator.Studio.Tests;

/// <summary>Nothing is published over what somebody else published, and there is a way on.</summary>
public sealed class PublishTests(Chromium chromium, SharedEnvironment harness)
{
    [Fact]
    public async Task A_new_runbook_over_an_existing_name_is_refused_and_led_to_its_page()
    {
        var first = await PublishAsync("taken", Source("taken", "theirs", "last"), "none");
        var page = await chromium.OpenAsync(harness.Url, "/new-runbook", "carol:operator,engineer");
        var (text, dialog) = (page.Locator(".cm-content"), page.GetByRole(AriaRole.Dialog));
        await Expect(text).ToContainTextAsync("fleet.survey");
        await page.GetByLabel("Name").First.FillAsync("taken");
        await page.GetByLabel("Description").First.FillAsync("Mine");
        await Expect(text).ToContainTextAsync("runbook: taken");

        await page.GetByRole(AriaRole.Button, new() { Name = "Publish", Exact = true }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Publish", Exact = true }).ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Alert)).ToContainTextAsync("taken");
        Assert.Equal(first, await DigestAsync("taken"));

        // On its page stand both: what runs, and what was typed.
        await dialog.GetByRole(AriaRole.Button, new() { NameRegex = new("taken") }).ClickAsync();
        await GoneAsync(page, "/runbooks/taken");
        await Expect(page.GetByRole(AriaRole.Status).Filter(new() { HasText = "does not say which version" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Look at the difference" }).ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Table, new() { Name = "Difference" })).ToContainTextAsync("Removed");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Keep mine, on top of theirs" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Publish", Exact = true }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Publish", Exact = true }).ClickAsync();
        await Expect(page.GetByText("taken is published as version 2")).ToBeVisibleAsync();

        // What was published is no draft any more: the next new runbook begins anew.
        await page.GotoAsync("/new-runbook", new PageGotoOptions { WaitUntil = WaitUntilState.DOMContentLoaded });
        await Expect(text).ToContainTextAsync("runbook: new-runbook");
    }

    [Fact]
    public async Task A_conflict_is_led_out_of_with_the_changes_of_both()
    {
        var first = await PublishAsync("contested", Source("contested", "first", "last"), "none");
        var page = await chromium.OpenAsync(harness.Url, "/runbooks/contested", "carol:operator,engineer");
        var (text, dialog) = (page.Locator(".cm-content"), page.GetByRole(AriaRole.Dialog));
        await Expect(text).ToContainTextAsync("first");
        await page.GetByLabel("Description").First.FillAsync("Mine alone");
        await Expect(text).ToContainTextAsync("Mine alone");
        await PublishAsync("contested", Source("contested", "first", "theirs"), first);

        await page.GetByRole(AriaRole.Button, new() { Name = "Publish", Exact = true }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Publish", Exact = true }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Look at the difference" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Take their changes into mine" }).ClickAsync();
        await Expect(text).ToContainTextAsync("theirs");
        await Expect(text).ToContainTextAsync("Mine alone");
        await page.GetByRole(AriaRole.Button, new() { Name = "Publish", Exact = true }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Publish", Exact = true }).ClickAsync();

        await Expect(page.GetByText("contested is published as version 3")).ToBeVisibleAsync();
        var source = (await CurrentAsync("contested")).GetProperty("source").GetString();
        Assert.Contains("Mine alone", source, StringComparison.Ordinal);
        Assert.Contains("theirs", source, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stale_draft_does_not_put_the_first_version_over_the_second()
    {
        var first = await PublishAsync("outlived", Source("outlived", "first", "last"), "none");
        var second = await PublishAsync("outlived", Source("outlived", "second", "last"), first);
        var page = await chromium.OpenAsync(harness.Url, "/runbooks", "carol:operator,engineer");
        await page.EvaluateAsync(
            "([text, basedOn]) => localStorage.setItem('orchestrator.draft.outlived', JSON.stringify({ text, basedOn, at: Date.now() }))",
            new[] { Source("outlived", "first", "draft"), first });

        await page.GotoAsync("/runbooks/outlived", new PageGotoOptions { WaitUntil = WaitUntilState.DOMContentLoaded });
        var dialog = page.GetByRole(AriaRole.Dialog);
        await Expect(page.Locator(".cm-content")).ToContainTextAsync("draft");
        await Expect(page.GetByRole(AriaRole.Status).Filter(new() { HasText = "Yours goes on from an older one" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Publish", Exact = true }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Publish", Exact = true }).ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Button, new() { Name = "Look at the difference" })).ToBeVisibleAsync();
        Assert.Equal(second, await DigestAsync("outlived"));

        await dialog.GetByRole(AriaRole.Button, new() { Name = "Look at the difference" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Drop mine, take theirs" }).ClickAsync();
        await Expect(page.Locator(".cm-content")).ToContainTextAsync("second");
        await Expect(page.Locator(".cm-content")).Not.ToContainTextAsync("draft");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Publish", Exact = true })).ToBeDisabledAsync();
    }

    private static string Source(string name, string first, string last) =>
        $"runbook: {name}\ndescription: Tells\nsteps:\n  - id: a\n    run: notify\n    with:\n      message: {first}\n  - id: look\n    run: fleet.survey\n  - id: z\n    run: notify\n    with:\n      message: {last}\n";

    private async Task<string> PublishAsync(string name, string source, string basedOn)
    {
        using var answer = await harness.Client.PostAsJsonAsync($"/api/runbooks/{name}/versions", new { source, basedOn });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("digest").GetString()!;
    }

    private Task<JsonElement> CurrentAsync(string name) => harness.Client.GetFromJsonAsync<JsonElement>($"/api/runbooks/{name}/versions/current");

    private async Task<string> DigestAsync(string name) => (await CurrentAsync(name)).GetProperty("digest").GetString()!;
}
