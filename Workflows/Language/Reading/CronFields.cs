using System.Globalization;

namespace Orchestrator.Workflows.Language.Reading;

/// <summary>Checks a cron text as Quartz reads it: seconds, minutes, hours, day of month, month, day of week, and a year or none.</summary>
internal static class CronFields
{
    private static readonly string[] Months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    private static readonly string[] Days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    private static readonly (string Name, int Least, int Most, string[] Words)[] Fields =
    [
        ("seconds", 0, 59, []), ("minutes", 0, 59, []), ("hours", 0, 23, []), ("day of month", 1, 31, []),
        ("month", 1, 12, Months), ("day of week", 1, 7, Days), ("year", 1970, 2199, []),
    ];

    /// <summary>What is wrong, or null.</summary>
    public static string? Check(string cron)
    {
        var parts = cron.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length is < 6 or > 7)
        {
            return $"it has {parts.Length} fields and needs 6 or 7: seconds, minutes, hours, day of month, month, day of week, and a year or none";
        }

        for (var i = 0; i < parts.Length; i++)
        {
            if (!parts[i].Split(',').All(part => Fits(part.ToUpperInvariant(), i)))
            {
                var field = Fields[i];
                return $"{parts[i]} is no {field.Name}: {field.Least} to {field.Most}{(field.Words.Length > 0 ? $" or {field.Words[0]} to {field.Words[^1]}" : "")}, *, a range (a-b), a step (a/b) or a list (a,b)";
            }
        }

        return (parts[3] == "?") == (parts[5] == "?") ? "exactly one of day of month and day of week must be ?" : null;
    }

    private static bool Fits(string part, int index)
    {
        if (index is 3 or 5 && part == "?")
        {
            return true;
        }

        if (index == 3 && (part is "L" or "LW" || (part.StartsWith("L-", StringComparison.Ordinal) && Value(part[2..], index) is <= 30) || (part.EndsWith('W') && Value(part[..^1], index) is not null)))
        {
            return true;
        }

        if (index == 5 && (part == "L" || (part.EndsWith('L') && Value(part[..^1], index) is not null)
            || (part.Split('#') is [var day, [>= '1' and <= '5']] && Value(day, index) is not null)))
        {
            return true;
        }

        var (range, step) = part.Split('/') is [var left, var right] ? (left, right) : (part, null);
        if (step is not null && !(int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var every) && every >= 1 && every <= Fields[index].Most))
        {
            return false;
        }

        return range == "*" || (range.Split('-') is [var from, var to] ? Value(from, index) is not null && Value(to, index) is not null : Value(range, index) is not null);
    }

    private static int? Value(string text, int index)
    {
        var (_, least, most, words) = Fields[index];
        if (Array.IndexOf(words, text) is >= 0 and var word)
        {
            return word + 1;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most ? value : null;
    }
}
