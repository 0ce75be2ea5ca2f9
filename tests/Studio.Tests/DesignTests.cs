using System.Text;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;
using static Orchestrator.Studio.Tests.WaitLimit;

namespace Orchestrator.Studio.Tests;

public sealed class DesignTests(Chromium chromium, SharedEnvironment harness)
{
    [Fact]
    public async Task A_runbook_is_designed_by_keys_and_forms_published_with_a_note_and_run()
    {
        var page = await chromium.OpenAsync(harness.Url, "/new-runbook", "carol:operator,engineer");
        var (tree, text) = (page.GetByRole(AriaRole.Tree, new() { Name = "Steps" }), page.Locator(".cm-content"));
        await Expect(text).ToContainTextAsync("fleet.survey");
        await page.GetByLabel("Name").First.FillAsync("looked-after");
        await page.GetByLabel("Description").First.FillAsync("Looks at the fleet and tells.");
        await Expect(text).ToContainTextAsync("runbook: looked-after");

        // A step is inserted by keys, filled in by its form, moved up and taken back.
        await tree.FocusAsync();
        await page.Keyboard.PressAsync("End");
        await page.Keyboard.PressAsync("/");
        await page.GetByPlaceholder("An activity, a kind of step, a runbook…").FillAsync("notify");
        await Expect(page.GetByRole(AriaRole.Option).First).ToContainTextAsync("notify");
        await page.Keyboard.PressAsync("Enter");
        await page.GetByRole(AriaRole.Complementary).GetByLabel("message").First.FillAsync("All is well");
        await Expect(text).ToContainTextAsync("message: All is well");
        await tree.FocusAsync();
        await page.Keyboard.PressAsync("Alt+ArrowUp");
        await Expect(tree.GetByRole(AriaRole.Treeitem).First).ToContainTextAsync("notify");
        await page.Keyboard.PressAsync("Control+z");
        await Expect(tree.GetByRole(AriaRole.Treeitem).First).ToContainTextAsync("fleet.survey");

        await page.GetByRole(AriaRole.Button, new() { Name = "Publish", Exact = true }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Why").FillAsync("The first one");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Publish", Exact = true }).ClickAsync();
        await GoneAsync(page, "/runbooks/looked-after");

        await page.GetByRole(AriaRole.Button, new() { Name = "Run", Exact = true }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Start", Exact = true }).ClickAsync();
        await GoneAsync(page, "/runs/.+-");
        await Expect(page.GetByRole(AriaRole.Main).GetByText("Done", new() { Exact = true }).First).ToBeVisibleAsync();
    }

    [Fact]
    public async Task What_is_typed_wrong_is_shown_where_it_is_and_mended_by_a_click()
    {
        var page = await chromium.OpenAsync(harness.Url, "/runbooks/two-people?step=after", "carol:operator,engineer");
        var text = page.Locator(".cm-content");
        await Expect(text).ToContainTextAsync("id: after");
        await Expect(page.GetByText("No problems")).ToBeVisibleAsync();

        // The end of the line above the last: run: fleet.survey.
        await text.ClickAsync();
        await page.Keyboard.PressAsync("Control+End");
        await page.Keyboard.PressAsync("ArrowUp");
        await page.Keyboard.PressAsync("End");
        await page.Keyboard.PressAsync("Backspace");

        var count = page.GetByRole(AriaRole.Button, new() { Name = "1 error" });
        await Expect(count).ToBeVisibleAsync();
        await Expect(page.Locator("[data-path=after][data-problem=error]")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Complementary).GetByRole(AriaRole.Button, new() { Name = "Fix" }).ClickAsync();
        await Expect(page.GetByText("No problems")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Publish", Exact = true })).ToBeDisabledAsync();
    }

    [Fact]
    public async Task What_is_typed_and_asked_for_before_the_runbook_is_read_is_not_lost()
    {
        var page = await chromium.OpenAsync(harness.Url, "/runbooks", "carol:operator,engineer");
        var read = new TaskCompletionSource();
        await page.RouteAsync("**/draft.worker*.js", async route =>
        {
            await read.Task;
            await route.ContinueAsync();
        });
        await page.GotoAsync("/runbooks/two-people?step=after", new PageGotoOptions { WaitUntil = WaitUntilState.DOMContentLoaded });
        var (form, text) = (page.GetByRole(AriaRole.Complementary), page.Locator(".cm-content"));
        await Expect(text).ToContainTextAsync("id: after");

        // Nobody knows yet what the fields hold, so there is none that would be taken at its word.
        await Expect(form.GetByRole(AriaRole.Textbox)).ToHaveCountAsync(0);
        await page.GetByText("Insert").First.ClickAsync();
        await text.ClickAsync();
        await page.Keyboard.PressAsync("Control+Home");
        await page.Keyboard.TypeAsync("# typed early");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        read.SetResult();

        // The step of the address, the comment, and the place to choose a step from are all there.
        await Expect(page.GetByPlaceholder("An activity, a kind of step, a runbook…")).ToBeVisibleAsync();
        await page.GetByPlaceholder("An activity, a kind of step, a runbook…").FillAsync("notify");
        await Expect(page.GetByRole(AriaRole.Option).First).ToContainTextAsync("notify");
        await page.Keyboard.PressAsync("Enter");
        await Expect(text).ToContainTextAsync("run: notify");
        await Expect(text).ToContainTextAsync("# typed early");
        await Expect(form.GetByLabel("message").First).ToBeVisibleAsync();
    }

    [Theory]
    [InlineData("outline")]
    [InlineData("graph")]
    public async Task A_step_is_dragged_to_another_place_and_into_a_loop_and_the_text_says_so(string view)
    {
        var page = await chromium.OpenAsync(harness.Url, "/runbooks", "carol:operator,engineer");
        await page.EvaluateAsync("text => localStorage.setItem('orchestrator.draft.~new', JSON.stringify({ text, basedOn: null, at: Date.now() }))", ToDrag);
        await page.GotoAsync($"/new-runbook?view={view}", new PageGotoOptions { WaitUntil = WaitUntilState.DOMContentLoaded });
        var (tree, last) = (page.GetByRole(AriaRole.Tree, new() { Name = "Steps" }), view == "graph" ? "[data-path=last]" : "[data-step=last]");
        string Box(string step) => view == "graph" ? $"[data-path='{step}']" : $"[data-step='{step}']";
        await Expect(tree.GetByRole(AriaRole.Treeitem)).ToHaveCountAsync(4);
        await page.Locator(last).WaitForAsync();

        // To the top, and back again by Control Z: one smallest change of the text.
        await DragAsync(page, last, Box("first"));
        await Expect(tree.GetByRole(AriaRole.Treeitem).First).ToContainTextAsync("Last");
        await tree.FocusAsync();
        await page.Keyboard.PressAsync("Control+z");
        await Expect(tree.GetByRole(AriaRole.Treeitem).First).ToContainTextAsync("First");

        // Escape lets go of it, and the button that is released then means nothing.
        await DragAsync(page, last, Box("first"), givingUp: true);
        await Expect(tree.GetByRole(AriaRole.Treeitem).First).ToContainTextAsync("First");

        // Into the loop, before its step.
        await DragAsync(page, last, Box("loop/*/inner"));
        await Expect(tree.GetByRole(AriaRole.Treeitem).Nth(2)).ToContainTextAsync("Last");
        await Expect(tree.GetByRole(AriaRole.Treeitem).Nth(2)).ToHaveAttributeAsync("aria-level", "2");
        await page.GetByText("Text", new() { Exact = true }).First.ClickAsync();
        await Expect(page.Locator(".cm-content")).ToContainTextAsync("# of the last");
        Assert.Equal(
            "runbook: dragged steps: - id: first title: First run: fleet.survey - id: loop title: Loop forEach: [ a, b ] as: one steps: # of the last - id: last title: Last run: fleet.survey - id: inner title: Inner run: fleet.survey",
            string.Join(' ', (await page.Locator(".cm-content").InnerTextAsync()).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)));
    }

    [Fact]
    public async Task Typing_finds_kinds_of_steps_by_name_and_by_other_words_and_a_shift_brings_its_lock()
    {
        var page = await chromium.OpenAsync(harness.Url, "/new-runbook", "carol:operator,engineer");
        var (tree, text) = (page.GetByRole(AriaRole.Tree, new() { Name = "Steps" }), page.Locator(".cm-content"));
        await Expect(text).ToContainTextAsync("fleet.survey");
        foreach (var (typed, key) in new[] { ("for each", "forEach:"), ("if", "if:"), ("catch", "try:"), ("sleep", "wait:"), ("审批", "approval:"), ("cluster.shift", "locks: [cluster/*]") })
        {
            await Expect(text).Not.ToContainTextAsync(key);
            await tree.FocusAsync();
            await page.Keyboard.PressAsync("End");
            await page.Keyboard.PressAsync("/");
            await page.GetByPlaceholder("An activity, a kind of step, a runbook…").FillAsync(typed);
            await Expect(page.GetByRole(AriaRole.Option).First).ToBeVisibleAsync();
            await page.Keyboard.PressAsync("Enter");
            await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
            await Expect(text).ToContainTextAsync(key);
        }
    }

    [Theory]
    [InlineData("  - { id: a, forEach: [], steps: [ { id: s, run: fleet.survey } ] }", "RB521", "1 warning")]
    [InlineData("  - { id: a, approval: { title: \"\", roles: [ commander ] } }", "RB522", "1 error")]
    [InlineData("  - { id: a, run: cluster.shift, with: { cluster: hz-batch-a, to: transitional }, irreversible: true }", "AC105", "1 warning")]
    public async Task What_must_fail_or_never_runs_is_no_praise(string step, string code, string count)
    {
        var page = await chromium.OpenAsync(harness.Url, "/runbooks", "carol:operator,engineer");
        await page.EvaluateAsync("text => localStorage.setItem('orchestrator.draft.~new', JSON.stringify({ text, basedOn: null, at: Date.now() }))", $"runbook: doubtful\nsteps:\n{step}\n");
        var checking = new TaskCompletionSource();
        await page.RouteAsync("**/api/runbooks/validate", async route =>
        {
            await checking.Task;
            await route.ContinueAsync();
        });
        await page.GotoAsync("/new-runbook", new PageGotoOptions { WaitUntil = WaitUntilState.DOMContentLoaded });

        // Nothing is praised that nobody has looked at.
        await Expect(page.GetByText("Checking…")).ToBeVisibleAsync();
        await Expect(page.GetByText("No problems")).ToHaveCountAsync(0);
        checking.SetResult();

        await page.GetByRole(AriaRole.Button, new() { Name = count }).ClickAsync();
        await Expect(page.GetByText(code).First).ToBeVisibleAsync();
        if (code == "AC105")
        {
            await page.GetByRole(AriaRole.Button, new() { Name = "Fix" }).First.ClickAsync();
            await Expect(page.GetByText("No problems")).ToBeVisibleAsync();
            await Expect(page.Locator(".cm-content")).ToContainTextAsync("locks: [ \"cluster/hz-batch-a\" ]");
        }
    }

    private const string ToDrag = """
        runbook: dragged
        steps:
          - id: first
            title: First
            run: fleet.survey
          - id: loop
            title: Loop
            forEach: [ a, b ]
            as: one
            steps:
              - id: inner
                title: Inner
                run: fleet.survey
          # of the last
          - id: last
            title: Last
            run: fleet.survey
        """;

    /// <summary>Where a step must be let go to stand before that one.</summary>
    private static async Task<(float X, float Y)> AboveAsync(IPage page, string box)
    {
        var place = (await page.Locator(box).BoundingBoxAsync())!;
        return (place.X + 40, place.Y + 2);
    }

    /// <summary>Drags a box to just above another. The graph moves its boxes while it measures them; a grip that missed is made again, as a hand would.</summary>
    private static async Task DragAsync(IPage page, string box, string above, bool givingUp = false)
    {
        var slot = page.Locator("[data-slot]");
        for (var tries = 1; ; tries++)
        {
            await page.Locator(box).HoverAsync(new() { Position = new() { X = 40, Y = 12 } });
            await page.Mouse.DownAsync();
            var from = (await page.Locator(box).BoundingBoxAsync())!;
            await page.Mouse.MoveAsync(from.X + 40, from.Y - 4, new() { Steps = 4 });
            var (x, y) = await AboveAsync(page, above);
            await page.Mouse.MoveAsync(x, y, new() { Steps = 8 });
            try
            {
                await slot.WaitForAsync(new() { Timeout = 5000 });
                break;
            }
            catch (TimeoutException) when (tries < 10)
            {
                await page.Mouse.UpAsync();
            }
        }

        if (givingUp)
        {
            await page.Keyboard.PressAsync("Escape");
            await Expect(slot).ToHaveCountAsync(0);
        }

        await page.Mouse.UpAsync();
        await Expect(slot).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Two_versions_stand_beside_each_other_with_who_and_why()
    {
        var page = await chromium.OpenAsync(harness.Url, "/runbooks/many", "carol:operator,engineer");
        // At once: the first field that there is to type in is the right one, with what the runbook says.
        await page.GetByLabel("Description").First.FillAsync("Very many steps that all go on at once.");
        await Expect(page.Locator(".cm-content")).ToContainTextAsync("Very many steps");
        await page.GetByRole(AriaRole.Button, new() { Name = "Publish", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByLabel("Why").FillAsync("Say how many");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Publish", Exact = true }).ClickAsync();
        await Expect(page.GetByText("many is published as version 1")).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Link, new() { Name = "Versions" }).ClickAsync();

        await Expect(page.GetByText("Say how many")).ToBeVisibleAsync();
        var difference = page.GetByRole(AriaRole.Table, new() { Name = "Difference" });
        await Expect(difference).ToContainTextAsync("Removed: description: Two thousand steps");
        await Expect(difference).ToContainTextAsync("Added: description: Very many steps");
    }

    /// <summary>Time is the main thread's own, on its CPU: how busy the machine is besides does not count.</summary>
    [Fact]
    public async Task A_key_typed_in_a_runbook_of_500_steps_is_felt_at_once()
    {
        var page = await chromium.OpenAsync(harness.Url, "/runbooks", "carol:operator,engineer");
        await page.EvaluateAsync("text => localStorage.setItem('orchestrator.draft.~new', JSON.stringify({ text, basedOn: null, at: Date.now() }))", OfSteps(500));
        await page.GotoAsync("/new-runbook", new PageGotoOptions { WaitUntil = WaitUntilState.DOMContentLoaded });
        await page.Locator("[data-path=step-3]").WaitForAsync();
        Assert.InRange(await page.Locator(".react-flow__node").CountAsync(), 1, 60); // only what is in view is drawn
        await page.Locator(".cm-line").Filter(new() { HasText = "Step number 3" }).First.ClickAsync();
        await page.Keyboard.PressAsync("End");
        await Expect(page.GetByText("No problems")).ToBeVisibleAsync();
        var main = await MainThread.OfAsync(page);
        var before = await main.BusyAsync();
        const string typed = " and it goes on for a while and then some more";

        await page.Keyboard.TypeAsync(typed, new KeyboardTypeOptions { Delay = 50 });
        await Expect(page.Locator("[data-path=step-3]")).ToContainTextAsync($"Step number 3{typed}");

        var busy = (await main.BusyAsync() - before) / typed.Length * 1000;
        TestContext.Current.SendDiagnosticMessage($"500 steps: {busy:0.0} ms of the main thread a key");
        Assert.True(busy <= 100, $"{busy:0.0} ms of the main thread a key");
    }

    private static string OfSteps(int steps)
    {
        var text = new StringBuilder("runbook: long\nsteps:\n");
        for (var number = 0; number < steps; number++)
        {
            text.Append(null, $"  - id: step-{number}\n    title: Step number {number}\n    run: fleet.survey\n    with:\n      clusters: []\n    retry: {{ attempts: 3, delay: 5s }}\n");
        }

        return text.ToString();
    }
}
