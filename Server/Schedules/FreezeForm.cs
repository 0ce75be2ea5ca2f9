using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Server.Api;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Scheduling.Policy;

namespace Orchestrator.Server.Schedules;

/// <summary>Reads a freeze window as people write it, and finds every problem at once.</summary>
internal static class FreezeForm
{
    /// <summary>A window with more ranges than this is generated, and wants a recurring one.</summary>
    private const int MostRanges = 200;

    /// <summary>Throws <see cref="ProblemException"/> that names each member that does not fit.</summary>
    public static FreezeWindow Read(FreezeRequest body)
    {
        var diagnostics = new List<string>();
        var name = body.Name?.Trim() ?? "";
        if (name.Length is 0 or > 100 || name.Any(char.IsControl)) diagnostics.Add("name: give it one of 1 to 100 characters");
        if (string.IsNullOrWhiteSpace(body.Reason)) diagnostics.Add("reason: say why");
        if (!Words.TryParse<FreezeKind>(body.Kind ?? "", out var kind)) diagnostics.Add("kind: block (nothing fires within the ranges) or allow-only (only within them)");
        if (body.Ranges is not { Count: > 0 and <= MostRanges }) diagnostics.Add($"ranges: give 1 to {MostRanges}");
        var ranges = (body.Ranges ?? []).Select((range, index) => Read(range, $"ranges[{index}]", diagnostics)).OfType<FreezeRange>().ToImmutableArray();
        return diagnostics.Count == 0
            ? new FreezeWindow(default, name, kind, ranges) { Runbooks = [.. body.Runbooks ?? []], Reason = body.Reason!.Trim(), CreatedBy = "", CreatedAt = default }
            : throw new ProblemException(StatusCodes.Status422UnprocessableEntity, "bad-freeze", $"The freeze window does not fit: {string.Join("; ", diagnostics)}.");
    }

    public static FreezeRangeResponse Show(FreezeRange range) => range switch
    {
        AbsoluteRange absolute => new("absolute", Text(absolute.From), Text(absolute.To)),
        RecurringRange recurring => new("recurring", Text(recurring.From), Text(recurring.To), [.. recurring.Days.Select(Words.Of)], recurring.TimeZone),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static FreezeRange? Read(FreezeRangeResponse range, string place, List<string> diagnostics)
    {
        var found = diagnostics.Count;
        switch (range.Kind)
        {
            case "absolute":
                if (!Times.TryParse(range.From ?? "", out var from)) diagnostics.Add($"{place}.from: {Times.Form}");
                if (!Times.TryParse(range.To ?? "", out var to)) diagnostics.Add($"{place}.to: {Times.Form}");
                if (diagnostics.Count == found && to <= from) diagnostics.Add($"{place}: it ends before it begins");
                if (range.TimeZone is not null || range.Days is { Count: > 0 }) diagnostics.Add($"{place}: days and timeZone belong to a recurring range");
                return diagnostics.Count == found ? new AbsoluteRange(from.ToUniversalTime(), to.ToUniversalTime()) : null;
            case "recurring":
                if (!TimeOfDay(range.From, out var begin)) diagnostics.Add($"{place}.from: a time of day is HH:mm, as in 22:00");
                if (!TimeOfDay(range.To, out var end)) diagnostics.Add($"{place}.to: a time of day is HH:mm, as in 06:00");
                if (range.TimeZone is null || !TimeZoneInfo.TryFindSystemTimeZoneById(range.TimeZone, out _)) diagnostics.Add($"{place}.timeZone: give an IANA name, as in Asia/Shanghai");
                var days = (range.Days ?? []).Select(day => Day(day, place, diagnostics)).OfType<DayOfWeek>().Distinct().ToImmutableArray();
                return diagnostics.Count == found ? new RecurringRange(days, begin, end, range.TimeZone!) : null;
            default:
                diagnostics.Add($"{place}.kind: absolute or recurring");
                return null;
        }
    }

    private static DayOfWeek? Day(string word, string place, List<string> diagnostics)
    {
        foreach (var day in Enum.GetValues<DayOfWeek>())
        {
            var name = Words.Of(day);
            if (word.Equals(name, StringComparison.OrdinalIgnoreCase) || word.Equals(name[..3], StringComparison.OrdinalIgnoreCase)) return day;
        }

        diagnostics.Add($"{place}.days: '{word}' is no day; monday to sunday");
        return null;
    }

    private static bool TimeOfDay(string? text, out TimeOnly time) =>
        TimeOnly.TryParseExact(text, ["HH:mm", "HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out time);

    private static string Text(DateTimeOffset time) => time.ToString("yyyy-MM-ddTHH:mm:ssK", CultureInfo.InvariantCulture);

    private static string Text(TimeOnly time) => time.ToString(time.Second == 0 ? "HH:mm" : "HH:mm:ss", CultureInfo.InvariantCulture);
}
