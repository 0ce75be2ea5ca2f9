using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;
using static Orchestrator.Studio.Tests.WaitLimit;

namespace Orchestrator.Studio.Tests;

public sealed class JournalTests(Chromium chromium, SharedEnvironment harness)
{
    private const int Items = 3_000;

    [Fact]
    public async Task The_journal_of_a_loop_of_3000_holds_what_is_in_view_and_its_filter_finds_what_is_not()
    {
        var run = await harness.StartAsync("three-thousand");
        await harness.UntilAsync(run, "done");
        var page = await chromium.OpenAsync(harness.Url, $"/runs/{run}?view=journal", "carol:operator,engineer");
        var table = page.GetByRole(AriaRole.Table, new() { Name = "Journal" });
        var rows = table.GetByRole(AriaRole.Row);
        var counted = page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Status);
        await Expect(rows.Nth(1)).ToContainTextAsync("Run ended");
        await Expect(rows.Nth(1)).ToHaveAttributeAsync("aria-rowindex", "2");
        await FewElementsAsync(page);

        // All of it is loaded, the beginning of the run last.
        var earlier = page.GetByRole(AriaRole.Button, new() { Name = "Earlier entries" });
        var begin = page.GetByText("This is where the run began.");
        await Expect(earlier.Or(begin)).ToBeVisibleAsync();
        while (await earlier.IsVisibleAsync())
        {
            await earlier.ClickAsync();
            await Expect(earlier.Or(begin)).ToBeVisibleAsync();
            await Expect(earlier).Not.ToHaveAttributeAsync("data-loading", "true");
        }

        var whole = (await table.GetAttributeAsync("aria-rowcount"))!;
        Assert.True(int.Parse(whole, null) > 2 * Items);
        await FewElementsAsync(page);

        // A step that is far from view is found; the filter is in the address, and says how many there are.
        var filter = page.GetByRole(AriaRole.Textbox, new() { Name = "Filter by event, step or text" });
        await filter.FillAsync("many/1234/tell completed");
        await Expect(counted).ToContainTextAsync("1 of ");
        await Expect(rows).ToHaveCountAsync(2);
        await Expect(rows.Nth(1)).ToContainTextAsync("many/1234/tell");
        await Expect(begin).ToHaveCountAsync(0);
        await GoneAsync(page, "find=many");

        // Out of it and back again: the filter and what it found are there.
        await rows.Nth(1).GetByRole(AriaRole.Button).ClickAsync();
        await GoneAsync(page, "step=many");
        await page.GoBackAsync();
        await Expect(page).Not.ToHaveURLAsync(new System.Text.RegularExpressions.Regex("step="));
        await Expect(filter).ToHaveValueAsync("many/1234/tell completed");
        await filter.FillAsync("");
        await Expect(page).Not.ToHaveURLAsync(new System.Text.RegularExpressions.Regex("find="));
        await Expect(table).ToHaveAttributeAsync("aria-rowcount", whole);

        // The keyboard reaches the last row, which is drawn by then and only then.
        await page.GetByRole(AriaRole.Region, new() { Name = "The run’s journal" }).FocusAsync();
        await page.Keyboard.PressAsync("End");
        await Expect(rows.Last).ToContainTextAsync("Run started");
        await Expect(begin).ToBeVisibleAsync();
        await FewElementsAsync(page);
    }

    private static async Task FewElementsAsync(IPage page) =>
        Assert.InRange(await page.EvaluateAsync<int>("document.getElementsByTagName('*').length"), 1, 1_500);
}
