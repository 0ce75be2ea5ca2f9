using System.Text.Json;
using Microsoft.Playwright;
using Orchestrator.Server.Tests;
using static Microsoft.Playwright.Assertions;
using static Orchestrator.Studio.Tests.WaitLimit;

namespace Orchestrator.Studio.Tests;

/// <summary>Every page in the middle of a night. With STUDIO_IMAGES=DIR each is kept there as a picture, as docs/images has them.</summary>
public sealed class PageTests(Chromium chromium, PromotionEnvironment promotion) : IClassFixture<PromotionEnvironment>
{
    public static TheoryData<string, string> Pages { get; } = new()
    {
        { "wall", "/" },
        { "runs", "/runs" },
        { "run-graph", "/runs/RUN" },
        { "run-timeline", "/runs/RUN?view=timeline" },
        { "run-step", "/runs/RUN?view=steps&step=night/lend/hz-batch-a/shift" },
        { "run-journal", "/runs/RUN?view=journal" },
        { "approvals", "/approvals" },
        { "runbooks", "/runbooks" },
        { "designer", "/runbooks/double-11?step=night/lend/*/shift" },
        { "designer-list", "/runbooks/double-11?view=outline&step=night/go" },
        { "versions", "/runbooks/double-11/versions" },
        { "fleet", "/fleet" },
        { "fleet-nodes", "/fleet?view=nodes" },
        { "fleet-ledger", "/fleet?view=ledger" },
        { "inspections", "/inspections" },
        { "schedule", "/schedule" },
        { "emergency", "/emergency" },
    };

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Axe_finds_nothing_serious_in_light_nor_in_dark(string name, string path)
    {
        var page = await promotion.OpenAsync(chromium, path);
        await SettleAsync(page);
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await page.EmulateMediaAsync(new() { ColorScheme = scheme });
            await Expect(page.Locator($"html[data-mantine-color-scheme={(scheme == ColorScheme.Dark ? "dark" : "light")}]")).ToHaveCountAsync(1);
            await KeepAsync(page, $"{name}-{(scheme == ColorScheme.Dark ? "dark" : "light")}");

            var serious = await SeriousAsync(page);

            Assert.True(serious.Count == 0, $"{scheme}: {string.Join('\n', serious)}");
        }
    }

    [Theory]
    [InlineData("wall", "/")]
    [InlineData("approvals", "/approvals")]
    [InlineData("run", "/runs/RUN")]
    [InlineData("designer", "/runbooks/double-11?step=night/go")]
    [InlineData("nowhere", "/of-an-older-link")]
    public async Task What_is_asked_for_on_the_way_fits_a_phone(string name, string path)
    {
        var page = await chromium.OpenAsync(promotion.Url, path.Replace("RUN", promotion.Run, StringComparison.Ordinal), "alice:commander,operator", size: (390, 844));
        await SettleAsync(page);
        await KeepAsync(page, $"phone-{name}");

        await FitsAsync(page);
        foreach (var graph in await page.Locator(".react-flow").AllAsync())
        {
            Assert.True((await graph.BoundingBoxAsync())!.Height > 200, "nothing of the graph is to be seen");
        }

        var serious = await SeriousAsync(page);
        Assert.True(serious.Count == 0, string.Join('\n', serious));
    }

    [Theory]
    [InlineData("wall", "/", "大屏")]
    [InlineData("approvals", "/approvals", "审批")]
    public async Task In_Chinese_too_they_fit_a_screen_and_a_phone(string name, string path, string title)
    {
        var page = await chromium.OpenAsync(promotion.Url, path, "王芳:commander,operator", locale: "zh-CN");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync(title);
        await SettleAsync(page);
        await KeepAsync(page, $"{name}-zh");
        Assert.Equal("zh-CN", await page.EvaluateAsync<string>("document.documentElement.lang"));
        foreach (var width in new[] { 1440, 390 })
        {
            await page.SetViewportSizeAsync(width, 844);

            await FitsAsync(page);
        }

        var serious = await SeriousAsync(page);
        Assert.True(serious.Count == 0, string.Join('\n', serious));
    }

    internal static async Task KeepAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("STUDIO_IMAGES") is { Length: > 0 } folder)
        {
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"studio-{name}.png"), Animations = ScreenshotAnimations.Disabled });
        }
    }

    /// <summary>The page is not wider than the screen; after a change of that some parts are laid out anew a moment later.</summary>
    private static async Task FitsAsync(IPage page)
    {
        const string tooWide = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
        for (var looks = 0; looks < 100 && await page.EvaluateAsync<int>(tooWide) != 0; looks++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        Assert.Equal(0, await page.EvaluateAsync<int>(tooWide));
    }

    /// <summary>Nothing is being loaded or laid out any more.</summary>
    private static async Task SettleAsync(IPage page)
    {
        await page.GetByRole(AriaRole.Heading, new() { Level = 1 }).WaitForAsync();
        // Not WaitForFunction: it needs eval, which the content security policy forbids.
        await Expect(page.Locator(".mantine-Skeleton-root")).ToHaveCountAsync(0);
        await page.EvaluateAsync("document.fonts.ready.then(() => null)");
        if (await page.Locator(".react-flow").CountAsync() > 0)
        {
            await page.Locator(".react-flow__node").First.WaitForAsync();
        }
    }

    private static async Task<IReadOnlyList<string>> SeriousAsync(IPage page)
    {
        await StillAsync(page); // a colour on its way from one scheme to the other has no contrast to either
        var axe = await File.ReadAllTextAsync(Path.Combine(Binary.Repository, "Studio", "node_modules", "axe-core", "axe.min.js"));
        await page.EvaluateAsync(axe);
        var found = await page.EvaluateAsync<JsonElement>("axe.run(document, { resultTypes: ['violations'] }).then(result => result.violations)");
        return
        [
            .. found.EnumerateArray()
                .Where(violation => violation.GetProperty("impact").GetString() is "serious" or "critical")
                .SelectMany(violation => violation.GetProperty("nodes").EnumerateArray().Select(node =>
                    $"{violation.GetProperty("id").GetString()}: {node.GetProperty("html").GetString()} {node.GetProperty("failureSummary").GetString()}")),
        ];
    }
}

/// <summary>A double-11 night that has come to its approval.</summary>
public sealed class PromotionEnvironment : ConsoleHarness
{
    private IBrowserContext? _browser;

    public string Run { get; private set; } = "";

    /// <summary>Slow enough that the four hours of the approval are not over before the last page has been looked at.</summary>
    protected override int Speed => 15;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        if (Chromium.Missing is null)
        {
            Run = await StartAsync("double-11");
            await UntilAsync(Run, "waiting-for-approval");
        }
    }

    /// <summary>A page of Alice's, in one browser that has the scripts already after the first.</summary>
    public async Task<IPage> OpenAsync(Chromium chromium, string path)
    {
        var address = path.Replace("RUN", Run, StringComparison.Ordinal);
        if (_browser is not null)
        {
            return await Chromium.OpenAsync(_browser, address);
        }

        var first = await chromium.OpenAsync(Url, address, "alice:commander,operator");
        _browser = first.Context;
        return first;
    }
}
