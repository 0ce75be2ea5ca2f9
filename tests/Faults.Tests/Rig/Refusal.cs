using System.Text.RegularExpressions;
using Orchestrator.Server.Tests;

namespace Orchestrator.Faults.Tests.Rig;

/// <summary>A server that does not start says one sentence with a fix, and ends.</summary>
internal static partial class Refusal
{
    private static readonly TimeSpan waitLimit = TimeSpan.FromMinutes(4);

    public static async Task ExpectAsync(string folder, IReadOnlyDictionary<string, string> environment, int exitCode, string[] words, params string[] arguments)
    {
        using var limit = new CancellationTokenSource(waitLimit, TimeProvider.System);
        await using var running = Binary.Start(folder, environment, ["serve", "--port", "0", "--data", "data", .. arguments]);
        var finished = await running.WhenEndedAsync(limit.Token);

        Assert.True(finished.ExitCode == exitCode, $"{string.Join(' ', arguments)} ended with {finished.ExitCode}: {finished.Output}{finished.Error}");
        Assert.All(words, word => Assert.Contains(word, finished.Error, StringComparison.Ordinal));
        Assert.Matches(OneSentence(), finished.Error);
        // That is the fix of a store that is a folder.
        if (arguments.Contains("--store")) Assert.DoesNotContain("--data", finished.Error, StringComparison.Ordinal);
        Assert.Empty(finished.Output);
    }

    [GeneratedRegex(@"\Aorchestrator: [^\n]+\n\z")]
    private static partial Regex OneSentence();
}
