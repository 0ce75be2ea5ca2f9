using System.Text.Json;
using Microsoft.Playwright;
using Orchestrator.Server.Tests;
using static Microsoft.Playwright.Assertions;

namespace Orchestrator.Studio.Tests;

/// <summary>Every page in the middle of a night. With STUDIO_IMAGES=DIR each is kept there as a picture, as docs/images has them.</summary>
public sealed class PageTests(Chromium chromium, PromotionNight promotion) : IClassFixture<Chromium>, IClassFixture<PromotionNight>
{
    public static TheoryData<string, string, ColorScheme> Pages
    {
        get
        {
            var data = new TheoryData<string, string, ColorScheme>();
            foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
            {
                data.Add("wall", "/", scheme);
                data.Add("runs", "/runs", scheme);
                data.Add("run-graph", "/runs/RUN", scheme);
                data.Add("run-timeline", "/runs/RUN?view=timeline", scheme);
                data.Add("run-step", "/runs/RUN?view=steps&step=night/lend/hz-batch-a/shift", scheme);
                data.Add("run-journal", "/runs/RUN?view=journal", scheme);
                data.Add("approvals", "/approvals", scheme);
                data.Add("runbooks", "/runbooks", scheme);
                data.Add("designer", "/runbooks/double-11?step=night/lend/*/shift", scheme);
                data.Add("designer-list", "/runbooks/double-11?view=outline&step=night/go", scheme);
                data.Add("versions", "/runbooks/double-11/versions", scheme);
                data.Add("fleet", "/fleet", scheme);
                data.Add("fleet-nodes", "/fleet?view=nodes", scheme);
                data.Add("fleet-ledger", "/fleet?view=ledger", scheme);
                data.Add("inspections", "/inspections", scheme);
                data.Add("schedule", "/schedule", scheme);
                data.Add("emergency", "/emergency", scheme);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Axe_finds_nothing_serious(string name, string path, ColorScheme scheme)
    {
        var page = await chromium.OpenAsync(promotion.Url, path.Replace("RUN", promotion.Run, StringComparison.Ordinal), "alice:commander", scheme);
        await SettleAsync(page);
        if (Environment.GetEnvironmentVariable("STUDIO_IMAGES") is { Length: > 0 } folder)
        {
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"studio-{name}-{(scheme == ColorScheme.Dark ? "dark" : "light")}.png") });
        }

        var serious = await SeriousAsync(page);

        Assert.True(serious.Count == 0, string.Join('\n', serious));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/approvals")]
    public async Task The_wall_and_the_approvals_fit_a_phone(string path)
    {
        var page = await chromium.OpenAsync(promotion.Url, path, "alice:commander", size: (390, 844));
        await SettleAsync(page);
        if (Environment.GetEnvironmentVariable("STUDIO_IMAGES") is { Length: > 0 } folder)
        {
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"studio-phone-{(path == "/" ? "wall" : "approvals")}.png") });
        }

        var overflow = await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");

        Assert.Equal(0, overflow);
        var serious = await SeriousAsync(page);
        Assert.True(serious.Count == 0, string.Join('\n', serious));
    }

    /// <summary>Nothing is being loaded or laid out any more.</summary>
    private static async Task SettleAsync(IPage page)
    {
        await page.GetByRole(AriaRole.Heading, new() { Level = 1 }).WaitForAsync();
        // Not WaitForFunction: it needs eval, which the content security policy forbids.
        await Expect(page.Locator(".mantine-Skeleton-root")).ToHaveCountAsync(0, new() { Timeout = 120_000 });
        await page.EvaluateAsync("document.fonts.ready.then(() => null)");
        if (await page.Locator(".react-flow").CountAsync() > 0)
        {
            await page.Locator(".react-flow__node").First.WaitForAsync();
        }
    }

    private static async Task<IReadOnlyList<string>> SeriousAsync(IPage page)
    {
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
public sealed class PromotionNight : IAsyncLifetime
{
    private readonly Night _night = new();

    public Uri Url => _night.Url;

    public string Run { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        await _night.InitializeAsync();
        if (Chromium.Missing is null)
        {
            Run = await _night.StartAsync("double-11");
            await _night.UntilAsync(Run, "waiting-for-approval");
        }
    }

    public ValueTask DisposeAsync() => _night.DisposeAsync();
}
