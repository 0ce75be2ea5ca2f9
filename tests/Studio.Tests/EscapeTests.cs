using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Orchestrator.Studio.Tests;

/// <summary>Whatever opens over a page is closed by Escape, and the focus is where it was: nobody is caught in it (WCAG 2.1.2).</summary>
public sealed class EscapeTests(Chromium chromium, SharedEnvironment harness)
{
    private const string Layers = "[role=dialog]:visible, [role=menu]:visible, [role=listbox]:visible";

    /// <summary>The page, and the button or field that opens something, by its role and name.</summary>
    public static TheoryData<string, AriaRole, string> Openers { get; } = new()
    {
        { "/", AriaRole.Button, "Search" },
        { "/", AriaRole.Button, "Keyboard shortcuts" },
        { "/", AriaRole.Button, "Settings" },
        { "/", AriaRole.Button, "carol" },
        { "/runs", AriaRole.Button, "Start a run" },
        { "/runs", AriaRole.Combobox, "Runbook" },
        { "/runs/RUN", AriaRole.Button, "Pause" },
        { "/runs/RUN", AriaRole.Button, "More actions" },
        { "/approvals", AriaRole.Button, "Delegate…" },
        { "/runbooks", AriaRole.Button, "More for two-people" },
        { "/runbooks/two-people", AriaRole.Button, "Insert" },
        { "/runbooks/two-people", AriaRole.Button, "Plan" },
        { "/runbooks/two-people", AriaRole.Button, "Run" },
        { "/runbooks/two-people?step=after", AriaRole.Button, "More for this step" },
        { "/schedule", AriaRole.Button, "Add a window" },
        { "/schedule", AriaRole.Combobox, "Runbook" },
        { "/fleet?view=nodes", AriaRole.Combobox, "Cluster" },
        { "/emergency", AriaRole.Button, "Make a plan" },
    };

    [Theory]
    [MemberData(nameof(Openers))]
    public async Task What_is_opened_is_closed_by_Escape_and_the_focus_goes_back(string path, AriaRole role, string name)
    {
        var run = path.Contains("RUN", StringComparison.Ordinal) ? await harness.StartAsync("two-people") : "";
        var page = await chromium.OpenAsync(harness.Url, path.Replace("RUN", run, StringComparison.Ordinal), "carol:operator,engineer,commander,admin");
        var opener = page.GetByRole(role, new() { NameRegex = new Regex($"^{Regex.Escape(name)}") }).First;
        await Expect(opener).ToBeEnabledAsync();

        await opener.FocusAsync();
        await page.Keyboard.PressAsync(role == AriaRole.Combobox ? "ArrowDown" : "Enter");
        await Expect(page.Locator(Layers).First).ToBeVisibleAsync();
        await FocusIsWithinAsync(page);
        // A dialog that begins in a field with its list open closes the list first.
        var alsoList = await page.Locator("[role=dialog] [aria-expanded=true]:focus").CountAsync() > 0;
        await page.Keyboard.PressAsync("Escape");
        if (alsoList)
        {
            await Expect(page.Locator("[role=listbox]:visible")).ToHaveCountAsync(0);
            await page.Keyboard.PressAsync("Escape");
        }

        await Expect(page.Locator(Layers)).ToHaveCountAsync(0);
        await Expect(opener).ToBeFocusedAsync();
    }

    [Theory]
    [InlineData("/", "Control+k", true)]
    [InlineData("/", "?", false)]
    [InlineData("/runbooks/two-people", "/", true)]
    public async Task What_a_key_opens_is_left_by_Escape_and_by_its_button_that_Tab_reaches(string path, string key, bool hasField)
    {
        var page = await chromium.OpenAsync(harness.Url, path, "carol:operator,engineer");
        var before = page.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link, new() { Name = "Runs" });
        await before.FocusAsync();
        if (path != "/")
        {
            await Expect(page.GetByRole(AriaRole.Tree, new() { Name = "Steps" }).GetByRole(AriaRole.Treeitem).First).ToBeAttachedAsync();
        }

        foreach (var byButton in new[] { false, true })
        {
            await page.Keyboard.PressAsync(key);
            await Expect(page.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
            await FocusIsWithinAsync(page);
            if (hasField)
            {
                await page.Keyboard.TypeAsync("run");
                await Expect(page.GetByRole(AriaRole.Option).First).ToBeVisibleAsync();
            }

            if (byButton)
            {
                var close = page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Close" });
                if (hasField)
                {
                    await page.Keyboard.PressAsync("Tab");
                }

                await Expect(close).ToBeFocusedAsync();
                await page.Keyboard.PressAsync("Enter");
            }
            else
            {
                await page.Keyboard.PressAsync("Escape");
            }

            await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
            await Expect(before).ToBeFocusedAsync();
        }
    }

    /// <summary>A field whose list has nothing to show kept the first Escape for a list that nobody saw.</summary>
    [Theory]
    [InlineData("/", "Sign in", "Other roles")]
    [InlineData("/schedule", "Add a window", "Runbooks")]
    public async Task A_field_with_an_empty_list_does_not_keep_the_dialog_open(string path, string opener, string field)
    {
        var page = await chromium.OpenAsync(harness.Url, path, path == "/" ? null : "carol:operator,engineer,commander");
        await page.GetByRole(AriaRole.Button, new() { Name = opener }).First.ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        var input = dialog.GetByLabel(field).First;
        await input.FillAsync("nothing is called so");
        await Expect(input).ToBeFocusedAsync();

        await page.Keyboard.PressAsync("Escape");

        await Expect(dialog).ToHaveCountAsync(0);
    }

    /// <summary>A key that is pressed before the layer has the focus is somebody else's.</summary>
    private static Task FocusIsWithinAsync(IPage page) =>
        Expect(page.Locator($":is({Layers.Replace(":visible", "", StringComparison.Ordinal)}):focus-within, [aria-expanded=true]:focus").First).ToBeVisibleAsync();
}
