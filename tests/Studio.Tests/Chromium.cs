using Microsoft.Playwright;

namespace Orchestrator.Studio.Tests;

/// <summary>Debian's Chromium without a window, with a fresh profile for each context.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private const string Path = "/usr/bin/chromium";
    private static readonly string[] Arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Why these tests cannot run here; null: they can.</summary>
    public static string? Missing { get; } =
        !File.Exists(Path) ? "Chromium is not installed (apt-get install chromium)"
        : !File.Exists(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Orchestrator.Server.Tests.Binary.Path)!, "wwwroot", "index.html")) ? "the server was built without its pages (Studio=false)"
        : null;

    public async ValueTask InitializeAsync()
    {
        if (Missing is not null)
        {
            return;
        }

        Assertions.SetDefaultExpectTimeout(WaitLimit.Limit);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Path, Args = Arguments, Headless = true, SlowMo = WaitLimit.SlowHands });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }

    /// <summary>A browser of somebody's own, signed in when <paramref name="person"/> is given as <c>name:role</c>.</summary>
    public async Task<IPage> OpenAsync(Uri url, string path, string? person = null, ColorScheme scheme = ColorScheme.Dark, (int Width, int Height)? size = null, string locale = "en-GB")
    {
        Assert.SkipWhen(Missing is not null, Missing ?? "");
        var (width, height) = size ?? (1440, 900);
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = url.ToString(), ColorScheme = scheme, Locale = locale, TimezoneId = "Europe/Berlin", ViewportSize = new ViewportSize { Width = width, Height = height },
        });
        context.SetDefaultTimeout(WaitLimit.Limit);
        if (person is not null)
        {
            var parts = person.Split(':');
            var answer = await context.APIRequest.PostAsync("/api/session", new() { DataObject = new { name = parts[0], roles = parts[1].Split(',') } });
            Assert.True(answer.Ok, await answer.TextAsync());
        }

        return await OpenAsync(context, path);
    }

    /// <summary>A further page of the same browser.</summary>
    public static async Task<IPage> OpenAsync(IBrowserContext context, string path)
    {
        var page = await context.NewPageAsync();
        Witness.Watch(page);
        if (WaitLimit.SlowPages > 1)
        {
            await (await context.NewCDPSessionAsync(page)).SendAsync("Emulation.setCPUThrottlingRate", new Dictionary<string, object> { ["rate"] = WaitLimit.SlowPages });
        }

        await page.GotoAsync(path, new PageGotoOptions { WaitUntil = WaitUntilState.DOMContentLoaded });
        return page;
    }
}
