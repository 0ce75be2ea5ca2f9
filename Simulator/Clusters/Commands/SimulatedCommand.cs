using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Orchestrator.Simulator.Clusters.Commands;

/// <summary>
/// What a container's command does here: <c>echo</c>, <c>sleep</c>, <c>exit</c>, <c>true</c> and <c>false</c> do what they say, alone or as a
/// script of <c>sh -c</c> joined by <c>;</c>, <c>&amp;&amp;</c> and new lines. Any other program runs for five seconds, says nothing and ends well.
/// </summary>
/// <param name="Lines">What it writes, each line with the time since the start.</param>
internal sealed partial record SimulatedCommand(TimeSpan Lasts, int ExitCode, ImmutableArray<(TimeSpan At, string Text)> Lines)
{
    private static readonly TimeSpan OtherProgram = TimeSpan.FromSeconds(5);

    public static SimulatedCommand Of(JsonNode? container)
    {
        string[] words = [.. Words(container?["command"]), .. Words(container?["args"])];
        return words is [var shell, "-c", var script, ..] && shell[(shell.LastIndexOf('/') + 1)..] is "sh" or "bash" or "ash"
            ? Run(Statement().Matches(script).Select(match => (match.Groups["text"].Value.Trim(), match.Groups["and"].Success)))
            : Run([(string.Join(' ', words.Select(word => word.Contains(' ', StringComparison.Ordinal) ? $"'{word}'" : word)), false)]);
    }

    private static SimulatedCommand Run(IEnumerable<(string Text, bool StopsOnFailure)> statements)
    {
        var (lasts, code) = (TimeSpan.Zero, 0);
        var lines = ImmutableArray.CreateBuilder<(TimeSpan, string)>();
        var skips = false;
        foreach (var (text, stops) in statements)
        {
            if (text.Length > 0 && !skips)
            {
                var words = Word().Matches(text).Select(match => match.Value.Trim('\'', '"')).Where(word => !Redirection().IsMatch(word)).ToArray();
                switch (words)
                {
                    case ["echo", .. var said]:
                        lines.Add((lasts, string.Join(' ', said)));
                        code = 0;
                        break;
                    case ["sleep", var time, ..] when double.TryParse(time.TrimEnd('s'), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds >= 0:
                        lasts += TimeSpan.FromSeconds(Math.Min(seconds, 1e8));
                        code = 0;
                        break;
                    case ["exit", .. var status]:
                        return new(lasts, status is [var given, ..] && int.TryParse(given, CultureInfo.InvariantCulture, out var number) ? number & 255 : code, lines.ToImmutable());
                    case ["true", ..]:
                        code = 0;
                        break;
                    case ["false", ..]:
                        code = 1;
                        break;
                    default:
                        lasts += OtherProgram;
                        code = 0;
                        break;
                }
            }

            skips = stops && (skips || code != 0);
        }

        return new(lasts, code, lines.ToImmutable());
    }

    private static IEnumerable<string> Words(JsonNode? list) => (list as JsonArray ?? []).Select(word => word?.ToString() ?? "");

    [GeneratedRegex("""(?<text>(?:'[^']*'|"[^"]*"|[^;&\n'"]|&(?!&))*)(?:(?<and>&&)|;|\n|$)""")]
    private static partial Regex Statement();

    [GeneratedRegex("""'[^']*'|"[^"]*"|\S+""")]
    private static partial Regex Word();

    [GeneratedRegex("""^\d?>(?:&\d|/dev/\w+)$""")]
    private static partial Regex Redirection();
}
