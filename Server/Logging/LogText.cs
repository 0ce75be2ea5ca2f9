using System.Globalization;
using System.Text;
using Orchestrator.Server.Output;

namespace Orchestrator.Server.Logging;

/// <summary>
/// An entry as a line of text: <c>2026-11-10T18:00:00.000Z Warning Category[1041]: message [Step=lend/a]</c>. What steers a terminal is
/// shown as a sign, and further lines are set in, so that nothing that is quoted passes for an entry.
/// </summary>
internal static class LogText
{
    // What reads easily in a line; the JSON form has the others too.
    private static readonly string[] _shown = ["RunId", "Step", "Attempt"];

    public static string Write(LogEntry entry)
    {
        var text = new StringBuilder();
        text.Append(entry.At.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)).Append(' ').Append(entry.Level).Append(' ').Append(Printable.Line(entry.Category));
        if (entry.Event.Id != 0) text.Append(CultureInfo.InvariantCulture, $"[{entry.Event.Id}]");
        text.Append(": ").Append(Printable.Line(entry.Message));
        var first = true;
        foreach (var (key, value) in entry.Scopes.Where(scope => _shown.Contains(scope.Key, StringComparer.Ordinal)))
        {
            text.Append(first ? " [" : " ").Append(key).Append('=').Append(Printable.Line(Convert.ToString(value, CultureInfo.InvariantCulture)));
            first = false;
        }

        if (!first) text.Append(']');
        if (entry.Exception is { } exception)
            text.Append(Environment.NewLine).Append("    ").Append(Printable.Lines(exception.ToString()).Replace("\n", "\n    ", StringComparison.Ordinal));
        return text.ToString();
    }
}
