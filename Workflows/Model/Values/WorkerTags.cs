using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Orchestrator.Workflows.Model.Values;

/// <summary>What a step asks of its worker, as tags: a mapping <c>region: cn-hangzhou</c> is the tag <c>region=cn-hangzhou</c>.</summary>
public static partial class WorkerTags
{
    /// <summary>Tags that one step, or one worker, may have.</summary>
    public const int Most = 4;

    /// <summary>True for a name or value that a tag may have: letters, digits, <c>.</c>, <c>_</c> and <c>-</c>, at most 63.</summary>
    public static bool IsWord(string text) => Word().IsMatch(text);

    /// <summary>Reads <c>key=value</c> or <c>key: value</c>; null when it is neither.</summary>
    public static string? Parse(string text) =>
        text.Split(['=', ':'], 2, StringSplitOptions.TrimEntries) is [var key, var value] && IsWord(key) && IsWord(value) ? $"{key}={value}" : null;

    /// <summary>The tags of an evaluated mapping, sorted; null with the reason when a value is none.</summary>
    internal static ImmutableArray<string>? Of(JsonElement mapping, out string diagnostic)
    {
        diagnostic = "";
        var tags = new List<string>();
        foreach (var property in mapping.EnumerateObject())
        {
            var value = property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString()! : property.Value.GetRawText();
            if (!IsWord(value))
            {
                diagnostic = $"workers: {property.Name} is {value}, and must be a word of letters, digits, '.', '_' and '-'";
                return null;
            }

            tags.Add($"{property.Name}={value}");
        }

        tags.Sort(StringComparer.Ordinal);
        return [.. tags];
    }

    [GeneratedRegex("^[A-Za-z0-9._-]{1,63}$")]
    private static partial Regex Word();
}
