using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Orchestrator.Studio.Tests;

/// <summary>
/// How long is waited for what must come: the machine may be busy with other tests, and what comes late is no failure here.
/// Tests that depend on who is faster come to light with <c>STUDIO_SLOW_PAGES=10</c>, which makes the pages' scripts that
/// many times slower, and with <c>STUDIO_SLOW_HANDS=500</c>, which waits that many milliseconds before each thing that a test does.
/// </summary>
internal static class WaitLimit
{
    /// <summary>Milliseconds.</summary>
    public const float Limit = 120_000;

    public static double SlowPages { get; } = Setting("STUDIO_SLOW_PAGES", 1);

    /// <summary>Milliseconds.</summary>
    public static float SlowHands { get; } = (float)Setting("STUDIO_SLOW_HANDS", 0);

    /// <summary>
    /// Waits until the page's address has a part like that. Never WaitForURLAsync: it looks at the address and listens
    /// afterwards, and a page that goes there in between is waited for in vain.
    /// </summary>
    public static Task GoneAsync(IPage page, string pattern) => Assertions.Expect(page).ToHaveURLAsync(new Regex(pattern));

    /// <summary>Waits until nothing of the page moves or changes its colour any more, but for what does so for ever.</summary>
    public static Task StillAsync(IPage page) => page.EvaluateAsync("""
        async () => {
            const moving = () => document.getAnimations().filter(one => one.playState === 'running' && Number.isFinite(one.effect.getComputedTiming().endTime));
            do {
                await Promise.allSettled(moving().map(one => one.finished));
                await new Promise(requestAnimationFrame);
                await new Promise(requestAnimationFrame);
            } while (moving().length > 0);
        }
        """);

    private static double Setting(string name, double otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? double.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
