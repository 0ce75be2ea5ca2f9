using System.Text.Json;
using System.Text.RegularExpressions;

namespace Orchestrator.Workflows.Model.Activities;

/// <summary>Says what does not fit in an activity's arguments in the words of its schema, not of .NET.</summary>
internal static partial class BadArguments
{
    public static string Explain(Exception error, JsonElement arguments)
    {
        var message = error.Message;
        if (Unmapped().Match(message) is { Success: true } unmapped)
        {
            return $"there is no argument {unmapped.Groups["name"].Value}.";
        }

        if (Missing().Match(message) is { Success: true } missing)
        {
            return $"{missing.Groups["names"].Value.Replace("'", "", StringComparison.Ordinal).Replace(";", ",", StringComparison.Ordinal)} is missing.";
        }

        var path = error is JsonException { Path: { Length: > 1 } known } ? known.TrimStart('$').TrimStart('.') : "";
        if (NoNull().Match(message) is { Success: true } noNull)
        {
            return $"{noNull.Groups["name"].Value} may not be null.";
        }

        if (Wrong().Match(message) is { Success: true } wrong)
        {
            return $"{(path.Length == 0 ? "the whole" : path)} must be {Word(wrong.Groups["type"].Value)}{(At(arguments, path) is { } value ? $", not {Short(value)}" : "")}.";
        }

        return path.Length > 0 ? $"{path}: {Position().Replace(message, "")}" : Position().Replace(message, "");
    }

    private static string Word(string type) => type switch
    {
        _ when type.Contains("System.String", StringComparison.Ordinal) && type.StartsWith("System.String", StringComparison.Ordinal) => "a text",
        _ when Whole().IsMatch(type) => "a whole number in its range",
        _ when Real().IsMatch(type) => "a number",
        _ when type.StartsWith("System.Boolean", StringComparison.Ordinal) => "true or false",
        _ when type.Contains("Dictionary", StringComparison.Ordinal) => "a mapping",
        _ when type.StartsWith("System.Collections", StringComparison.Ordinal) || type.EndsWith("[]", StringComparison.Ordinal) => "a list",
        _ when type.StartsWith("System.DateTime", StringComparison.Ordinal) => "a time with its offset",
        _ when type.StartsWith("System.TimeSpan", StringComparison.Ordinal) => "a duration",
        _ => "as the activity's schema says",
    };

    /// <summary>The value under a path of simple members; null where the path has others.</summary>
    private static JsonElement? At(JsonElement value, string path)
    {
        foreach (var name in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(name, out value))
            {
                return null;
            }
        }

        return value;
    }

    private static string Short(JsonElement value) => value.GetRawText() is { Length: > 60 } text ? text[..60] + "…" : value.GetRawText();

    [GeneratedRegex(@"The JSON property '(?<name>.*)' could not be mapped", RegexOptions.CultureInvariant)]
    private static partial Regex Unmapped();

    [GeneratedRegex(@"missing required properties including: (?<names>[^.]*)", RegexOptions.CultureInvariant)]
    private static partial Regex Missing();

    [GeneratedRegex(@"(constructor parameter|property or field|parameter|property) '(?<name>[^']*)' on type .* doesn't allow", RegexOptions.CultureInvariant)]
    private static partial Regex NoNull();

    [GeneratedRegex(@"could not be converted to (?<type>\S+?)\.( |$)", RegexOptions.CultureInvariant)]
    private static partial Regex Wrong();

    [GeneratedRegex(@"System\.(U?Int|S?Byte)|System\.Nullable`1\[System\.U?Int", RegexOptions.CultureInvariant)]
    private static partial Regex Whole();

    [GeneratedRegex(@"System\.(Double|Single|Decimal)", RegexOptions.CultureInvariant)]
    private static partial Regex Real();

    [GeneratedRegex(@" ?Path: .*$", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Position();
}
