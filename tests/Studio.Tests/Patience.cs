using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Orchestrator.Studio.Tests;

/// <summary>How long is waited for what must come: the machine may be busy with other tests, and what comes late is no failure here.</summary>
internal static class Patience
{
    /// <summary>Milliseconds.</summary>
    public const float Long = 120_000;

    public static LocatorAssertionsToContainTextOptions Text { get; } = new() { Timeout = Long };

    public static LocatorAssertionsToBeVisibleOptions Visible { get; } = new() { Timeout = Long };

    /// <summary>
    /// Waits until the page's address has a part like that. Never WaitForURLAsync: it looks at the address and listens
    /// afterwards, and a page that goes there in between is waited for in vain.
    /// </summary>
    public static Task GoneAsync(IPage page, string pattern) => Assertions.Expect(page).ToHaveURLAsync(new Regex(pattern), new() { Timeout = Long });
}
