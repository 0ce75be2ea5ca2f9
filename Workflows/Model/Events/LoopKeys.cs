using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace Orchestrator.Workflows.Model.Events;

/// <summary>Names iterations: by the item when it is a text fit for a path, else by its index from 0; a repeated name gets <c>~index</c> appended.</summary>
internal static class LoopKeys
{
    private const int Longest = 64;

    public static ImmutableArray<LoopItem> Of(JsonElement items)
    {
        var loop = ImmutableArray.CreateBuilder<LoopItem>(items.GetArrayLength());
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in items.EnumerateArray())
        {
            var index = loop.Count.ToString(CultureInfo.InvariantCulture);
            var key = item.ValueKind == JsonValueKind.String && item.GetString() is { } text && Fits(text) ? text : index;
            while (!taken.Add(key))
            {
                key = $"{key}~{index}";
            }

            loop.Add(new LoopItem(key, item));
        }

        return loop.MoveToImmutable();
    }

    private static bool Fits(string text) =>
        text.Length is > 0 and <= Longest && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.');
}
