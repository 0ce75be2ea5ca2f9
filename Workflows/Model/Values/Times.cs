using System.Globalization;
using System.Text.RegularExpressions;

namespace Orchestrator.Workflows.Model.Values;

/// <summary>Points in time as runbooks write them.</summary>
public static partial class Times
{
    public const string Form = "a time is ISO 8601 with its offset, as in 2026-11-12T01:00:00+08:00";

    /// <summary>ISO 8601 with an offset or <c>Z</c>; a time without either could mean any hour, so it is refused.</summary>
    public static bool TryParse(string text, out DateTimeOffset time)
    {
        time = default;
        return Pattern().IsMatch(text) && DateTimeOffset.TryParse(text.ToUpperInvariant().Replace(' ', 'T'), CultureInfo.InvariantCulture, DateTimeStyles.None, out time);
    }

    [GeneratedRegex(@"\A\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,7})?)?([Zz]|[+-]\d{2}:?\d{2})\z")]
    private static partial Regex Pattern();
}
