using System.Collections.Concurrent;
using System.Reflection;
using System.Text;
using Microsoft.Playwright;
using Orchestrator.Studio.Tests;
using Xunit.v3;

[assembly: ClosesPages]

namespace Orchestrator.Studio.Tests;

/// <summary>What a page said and asked in vain, and what it shows: told when the test that opened it fails.</summary>
internal sealed class Witness
{
    private const int LongestText = 3_000;
    private const int MostLines = 30;
    private static readonly ConcurrentDictionary<string, ConcurrentQueue<Witness>> OfTests = new();

    private readonly IPage _page;
    private readonly ConcurrentQueue<string> _heard = new();

    private Witness(IPage page)
    {
        _page = page;
        page.Console += (_, message) => Hear(message.Type is "error" or "warning", $"console {message.Type}: {message.Text}");
        page.PageError += (_, error) => Hear(true, $"error of the page: {error}");
        page.RequestFailed += (_, request) => Hear(true, $"no answer: {request.Method} {request.Url}: {request.Failure}");
        page.Response += (_, response) => Hear(response.Status >= 400, $"answered {response.Status}: {response.Request.Method} {response.Url}");
        page.FrameNavigated += (_, frame) => Hear(frame == page.MainFrame, $"went to {frame.Url}");
        page.Load += (_, _) => Hear(true, "loaded");
        page.Crash += (_, _) => Hear(true, "the page crashed");
    }

    /// <summary>Watches a page for the test that runs now.</summary>
    public static void Watch(IPage page)
    {
        if (TestContext.Current.Test is { } test)
        {
            OfTests.GetOrAdd(test.UniqueID, _ => []).Enqueue(new Witness(page));
        }
    }

    /// <summary>What the pages of a test have to say, if that is asked; they are closed, or they would go on beside the tests that follow.</summary>
    public static async Task<string> CloseAsync(string test, bool saying)
    {
        var said = new StringBuilder();
        foreach (var witness in OfTests.TryRemove(test, out var witnesses) ? witnesses : [])
        {
            if (saying)
            {
                said.AppendLine(await witness.SayAsync());
            }

            await witness._page.CloseAsync();
        }

        return said.ToString();
    }

    private void Hear(bool telling, string line)
    {
        if (telling && _heard.Count < MostLines)
        {
            _heard.Enqueue($"  {TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {line}");
        }
    }

    private async Task<string> SayAsync()
    {
        string text;
        try
        {
            text = await _page.Locator("body").InnerTextAsync(new() { Timeout = 10_000 });
        }
        catch (Exception error) when (error is PlaywrightException or TimeoutException)
        {
            text = $"(cannot be read: {error.Message})";
        }

        text = text.Length > LongestText ? $"{text[..LongestText]}…" : text;
        return $"PAGE {_page.Url}{(_page.IsClosed ? " (closed)" : "")}\n{string.Join('\n', _heard)}\n  shows:\n    {text.ReplaceLineEndings("\n    ")}";
    }
}

/// <summary>
/// Closes what pages a test opened. One that fails says in its message what they showed: a wait that ran out alone says
/// only what did not come.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class ClosesPagesAttribute : BeforeAfterTestAttribute
{
    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        var failed = TestContext.Current.TestState?.Result == TestResult.Failed;
        if (Task.Run(() => Witness.CloseAsync(test.UniqueID, failed)).GetAwaiter().GetResult() is { Length: > 0 } said)
        {
            Assert.Fail(said);
        }
    }
}
