using Microsoft.Playwright;

namespace Orchestrator.Studio.Tests;

/// <summary>What a page's main thread has worked, on its CPU: how busy the machine is besides does not count.</summary>
internal sealed class MainThread
{
    private readonly ICDPSession _session;

    private MainThread(ICDPSession session) => _session = session;

    public static async Task<MainThread> OfAsync(IPage page)
    {
        var session = await page.Context.NewCDPSessionAsync(page);
        await session.SendAsync("Performance.enable", new Dictionary<string, object> { ["timeDomain"] = "threadTicks" });
        return new MainThread(session);
    }

    /// <summary>Seconds since the page was made.</summary>
    public async Task<double> BusyAsync()
    {
        var metrics = (await _session.SendAsync("Performance.getMetrics"))!.Value.GetProperty("metrics");
        return metrics.EnumerateArray().First(metric => metric.GetProperty("name").GetString() == "TaskDuration").GetProperty("value").GetDouble();
    }
}
