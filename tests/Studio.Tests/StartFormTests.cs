using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;
using static Orchestrator.Studio.Tests.WaitLimit;

namespace Orchestrator.Studio.Tests;

/// <summary>A run is started with typed inputs, shows them, is started again with a change, and hears signals; who may not is told which role may.</summary>
public sealed class StartFormTests(Chromium chromium, SharedEnvironment harness)
{
    private const string Carol = "carol:operator,engineer,admin";

    [Fact]
    public async Task Each_type_of_input_has_its_field_and_the_run_shows_what_it_was_started_with()
    {
        var page = await chromium.OpenAsync(harness.Url, "/runs?runbook=every-input", Carol);
        var form = await OpenFormAsync(page);
        await Expect(Field(form, "place")).ToHaveValueAsync("hangzhou");
        await Expect(form).ToContainTextAsync("Which city it is for.");
        await Expect(form).ToContainTextAsync("0 to 100 %");

        await Field(form, "place").FillAsync("上海");
        await Field(form, "share").FillAsync("30");
        await Field(form, "ratio").FillAsync("0.25");
        await ChooseAsync(page, form, "tide", "day");
        await ChooseAsync(page, form, "sure", "No");
        await form.GetByRole(AriaRole.Switch, new() { Name = "loud" }).CheckAsync();
        await Field(form, "hold").FillAsync("1h30m");
        await Field(form, "at").FillAsync("2026-11-12T01:00");
        await Expect(form).ToContainTextAsync("2026-11-12T01:00:00+08:00");
        await Expect(form.GetByRole(AriaRole.Combobox, new() { Name = "Time zone of at" })).ToHaveValueAsync("Asia/Shanghai");
        await form.GetByRole(AriaRole.Button, new() { Name = "Add an item to clusters" }).ClickAsync();
        await form.GetByLabel("clusters, item 2").FillAsync("hz-batch-b");
        await page.Keyboard.PressAsync("Enter");
        await form.GetByLabel("clusters, item 3").FillAsync("hz-batch-c");
        await form.GetByRole(AriaRole.Button, new() { Name = "Remove item 1 of clusters" }).ClickAsync();
        await form.GetByRole(AriaRole.Button, new() { Name = "Add an entry to weights" }).ClickAsync();
        await form.GetByLabel("weights, name of entry 2").FillAsync("cloud-1");
        await ChooseAsync(page, form, "weights, kind of entry 2", "number");
        await form.GetByLabel("weights, value of entry 2").FillAsync("40");
        await Expect(Field(form, "apiKey")).ToHaveAttributeAsync("type", "password");
        await Field(form, "apiKey").FillAsync("CANARYKEY");
        await Field(form, "rules").FillAsync("[{ \"a\": 1 }]");
        var asked = page.WaitForRequestAsync(request => request.Method == "POST" && request.Url.EndsWith("/api/runs", StringComparison.Ordinal));
        await form.GetByRole(AriaRole.Button, new() { Name = "Start", Exact = true }).ClickAsync();
        using var sent = JsonDocument.Parse((await asked).PostData!);

        Assert.Equal(
            """{"place":"上海","share":30,"ratio":0.25,"tide":"day","sure":false,"loud":true,"hold":"1h30m","at":"2026-11-12T01:00:00+08:00","clusters":["hz-batch-b","hz-batch-c"],"weights":{"home":60,"cloud-1":40},"apiKey":"CANARYKEY","rules":[{"a":1}]}""",
            sent.RootElement.GetProperty("inputs").GetRawText());
        await GoneAsync(page, "/runs/.+-");
        await page.GetByRole(AriaRole.Radiogroup, new() { Name = "View" }).GetByText("Inputs").ClickAsync();
        var shown = page.GetByRole(AriaRole.Region, new() { Name = "What this run was started with" });
        foreach (var words in new[] { "carol", "Normal", "上海", "30 %", "1h30m", "2026-11-12T01:00:00+08:00", "hz-batch-c", "masked", "list of text" })
        {
            await Expect(shown).ToContainTextAsync(words);
        }

        await Expect(page.GetByText("CANARYKEY")).ToHaveCountAsync(0);
        await KeepAsync(page, "run-inputs");
    }

    [Theory]
    [InlineData(1440, 900)]
    [InlineData(390, 760)]
    public async Task What_is_wrong_is_said_at_its_field_which_has_the_focus_and_is_in_view_and_above_the_form(int width, int height)
    {
        var page = await chromium.OpenAsync(harness.Url, "/runs?runbook=every-input", Carol, size: (width, height));
        var form = await OpenFormAsync(page);
        var rules = Field(form, "rules");
        await rules.FillAsync("{ a");
        await Field(form, "share").FillAsync("101");

        await form.GetByRole(AriaRole.Button, new() { Name = "Start", Exact = true }).ClickAsync();

        await Expect(form.GetByRole(AriaRole.Alert)).ToContainTextAsync("inputs are not right yet");
        await Expect(Field(form, "share")).ToBeFocusedAsync();
        await Expect(Field(form, "share")).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(form.GetByText("From 0 to 100").Last).ToBeInViewportAsync();
        await KeepAsync(page, $"start-wrong-{width}");

        // From the summary to a field far below.
        await form.GetByRole(AriaRole.Alert).GetByRole(AriaRole.Button, new() { Name = "rules" }).ClickAsync();
        await Expect(rules).ToBeFocusedAsync();
        await Expect(rules).ToBeInViewportAsync();
        await Expect(form.GetByText("This is not JSON").Last).ToBeInViewportAsync();
    }

    [Fact]
    public async Task What_only_the_server_refuses_is_said_at_its_field_too()
    {
        var page = await chromium.OpenAsync(harness.Url, "/runs?runbook=every-input", Carol);
        // An answer of this server's own, to inputs that the page would not have sent.
        await page.RouteAsync("**/api/runs", async route =>
        {
            if (route.Request.Method == "POST") await route.ContinueAsync(new() { PostData = """{"runbook":"every-input","inputs":{"share":101,"at":"2026-11-12T01:00:00Z","sure":true}}"""u8.ToArray() });
            else await route.ContinueAsync();
        });
        var form = await OpenFormAsync(page);
        await FillNeededAsync(page, form);

        await form.GetByRole(AriaRole.Button, new() { Name = "Start", Exact = true }).ClickAsync();

        await Expect(Field(form, "share")).ToBeFocusedAsync();
        await Expect(form.GetByText("is 101: it must be from 0 to 100").Last).ToBeInViewportAsync();
        await Expect(form.GetByRole(AriaRole.Alert)).ToContainTextAsync("One input is not right yet");
    }

    [Fact]
    public async Task A_run_is_started_again_with_a_change_after_its_runbook_has_changed()
    {
        var name = $"again-{Guid.NewGuid():N}"[..14];
        await PublishAsync(name, "place: { type: string, default: hangzhou }\n  share: { type: integer, default: 64 }\n  token: { type: string, default: none }");
        var run = await harness.StartAsync(name, new { place = "beijing", share = 30, token = "CANARY" });
        await PublishAsync(name, "place: { type: string, default: hangzhou }\n  share: { type: string, default: half }\n  fresh: { type: duration, default: 5m }\n  token: { type: string, default: none }");
        var page = await chromium.OpenAsync(harness.Url, $"/runs/{run}", Carol);

        await page.GetByRole(AriaRole.Button, new() { Name = "Run again" }).ClickAsync();

        var form = page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Form);
        await Expect(form).ToContainTextAsync($"those of run {run[..8]}, which carol started");
        await Expect(form).ToContainTextAsync("The runbook has changed since");
        await Expect(form).ToContainTextAsync("New inputs: fresh");
        await Expect(form).ToContainTextAsync("no longer fits, the default stands there: share");
        await Expect(form).ToContainTextAsync("to be typed again: token");
        await Expect(Field(form, "place")).ToHaveValueAsync("beijing");
        await Expect(Field(form, "share")).ToHaveValueAsync("half");
        await Expect(Field(form, "token")).ToHaveValueAsync("");
        await KeepAsync(page, "run-again");
        await Field(form, "place").FillAsync("shanghai");
        await form.GetByRole(AriaRole.Button, new() { Name = "Start", Exact = true }).ClickAsync();
        await Expect(page).Not.ToHaveURLAsync(new Regex(run));
        await GoneAsync(page, "/runs/.+-");

        var inputs = await harness.Client.GetFromJsonAsync<JsonElement>($"/api/runs/{page.Url.Split('/')[^1].Split('?')[0]}/inputs");
        Assert.Equal(
            [("place", "\"shanghai\""), ("share", "\"half\""), ("fresh", "\"5m\""), ("token", "\"***\"")],
            inputs.GetProperty("inputs").EnumerateArray().Select(input => (input.GetProperty("declaration").GetProperty("name").GetString()!, input.GetProperty("value").GetRawText())));
    }

    [Fact]
    public async Task A_signal_is_sent_to_the_step_that_waits_for_it_with_a_payload_that_is_checked()
    {
        var run = await harness.StartAsync("hears", new { });
        await harness.UntilAsync(run, "waiting-for-signal");
        var page = await chromium.OpenAsync(harness.Url, $"/runs/{run}", "alice:commander");
        await page.GetByRole(AriaRole.Button, new() { Name = "Send the signal…" }).First.ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await Expect(dialog).ToContainTextAsync("go-on");
        await dialog.GetByText("JSON", new() { Exact = true }).ClickAsync();
        await dialog.GetByLabel("Payload", new() { Exact = true }).Last.FillAsync("{ hosts: 4 }");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Send the signal" }).ClickAsync();
        await Expect(dialog.GetByText("This is not JSON")).ToBeVisibleAsync();
        await KeepAsync(page, "signal");

        await dialog.GetByLabel("Payload", new() { Exact = true }).Last.FillAsync("{ \"hosts\": 4 }");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Send the signal" }).ClickAsync();

        await Expect(dialog).ToHaveCountAsync(0);
        await harness.UntilAsync(run, "done");
        var step = (await harness.Client.GetFromJsonAsync<JsonElement>($"/api/runs/{run}/steps")).GetProperty("items")[0];
        Assert.Equal(4, step.GetProperty("result").GetProperty("hosts").GetInt32());
    }

    [Theory]
    [InlineData("en-GB", "Needs the role operator or admin. You have viewer.", "Needs the role commander")]
    [InlineData("zh-CN", "需要角色 operator 或 admin。您的角色：viewer。", "需要角色 commander")]
    public async Task Who_may_not_finds_buttons_that_do_nothing_and_say_which_role_may(string locale, string needsOperator, string needsCommander)
    {
        var run = await harness.StartAsync("hears", new { });
        await harness.UntilAsync(run, "waiting-for-signal");
        var page = await chromium.OpenAsync(harness.Url, $"/runs/{run}", "victor:viewer", locale: locale);
        var english = locale == "en-GB";
        foreach (var (name, reason) in new[]
        {
            (english ? "Pause" : "暂停", needsOperator), (english ? "Run again" : "再次运行", needsOperator), (english ? "Send the signal…" : "发送信号…", needsCommander),
        })
        {
            var button = page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true }).First;
            await Expect(button).ToHaveAttributeAsync("aria-disabled", "true");
            await Expect(button).ToHaveAccessibleDescriptionAsync(new Regex(Regex.Escape(reason)));
            await button.ClickAsync(new() { Force = true });
            await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        }

        await KeepAsync(page, $"viewer-{locale}");
        await page.GetByRole(AriaRole.Button, new() { Name = english ? "More actions" : "更多操作" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Menuitem).First).ToContainTextAsync(needsCommander);

        // Each page that changes something.
        foreach (var (path, name, reason) in new[]
        {
            ("/runs", english ? "Start a run" : "发起运行", needsOperator),
            ("/schedule", english ? "Add a window" : "添加窗口", needsCommander),
            ("/emergency", english ? "Make a plan" : "制定方案", needsCommander),
        })
        {
            await page.GotoAsync(path);
            var button = page.GetByRole(AriaRole.Button, new() { NameRegex = new Regex($"^{name}") }).First;
            await Expect(button).ToHaveAttributeAsync("aria-disabled", "true");
            await Expect(button).ToHaveAccessibleDescriptionAsync(new Regex(Regex.Escape(reason)));
        }
    }

    /// <summary>Pictures for people, in both languages and on a phone; kept where they are asked for.</summary>
    [Theory]
    [InlineData("en-GB", 1440, 900)]
    [InlineData("zh-CN", 1440, 900)]
    [InlineData("en-GB", 390, 844)]
    [InlineData("zh-CN", 390, 844)]
    public async Task The_form_fits_its_page(string locale, int width, int height)
    {
        var page = await chromium.OpenAsync(harness.Url, "/runs?runbook=every-input", Carol, ColorScheme.Light, (width, height), locale);
        await page.GetByRole(AriaRole.Button, new() { Name = locale == "en-GB" ? "Start a run" : "发起运行" }).First.ClickAsync();
        var form = page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Form);
        await Expect(Field(form, "place")).ToBeVisibleAsync();
        await KeepAsync(page, $"start-{locale}-{width}");

        Assert.Equal(0, await form.EvaluateAsync<int>("form => Math.max(0, form.scrollWidth - form.clientWidth)"));
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));
        // The button is in view before and after the fields are gone through.
        var start = form.GetByRole(AriaRole.Button, new() { Name = locale == "en-GB" ? "Start" : "发起", Exact = true });
        await Expect(start).ToBeInViewportAsync();
        await Field(form, "rules").ScrollIntoViewIfNeededAsync();
        await Expect(start).ToBeInViewportAsync();
        await KeepAsync(page, $"start-end-{locale}-{width}");
    }

    private static async Task<ILocator> OpenFormAsync(IPage page)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "Start a run" }).First.ClickAsync();
        var form = page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Form);
        await Expect(Field(form, "place")).ToBeVisibleAsync();
        return form;
    }

    /// <summary>By its id: a label of one that must be filled in has a star.</summary>
    private static ILocator Field(ILocator form, string name) => form.Locator($"#start-{name}");

    private static async Task FillNeededAsync(IPage page, ILocator form)
    {
        await ChooseAsync(page, form, "sure", "Yes");
        await Field(form, "at").FillAsync("2026-11-12T01:00");
    }

    private static async Task ChooseAsync(IPage page, ILocator form, string field, string option)
    {
        await form.GetByRole(AriaRole.Combobox, new() { Name = field, Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Option, new() { Name = option, Exact = true }).ClickAsync();
    }

    private async Task PublishAsync(string name, string inputs)
    {
        using var known = await harness.Client.GetAsync($"/api/runbooks/{name}/versions/current");
        var basedOn = known.IsSuccessStatusCode ? (await known.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("digest").GetString() : "none";
        using var answer = await harness.Client.PostAsJsonAsync($"/api/runbooks/{name}/versions", new { basedOn, source = $"runbook: {name}\ninputs:\n  {inputs}\nsteps:\n  - {{ id: rest, wait: {{ for: 1s }} }}\n" });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static async Task KeepAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("STUDIO_IMAGES") is { Length: > 0 } folder)
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png"), Animations = ScreenshotAnimations.Disabled });
        }
    }
}
