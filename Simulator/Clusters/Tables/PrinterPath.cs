using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Orchestrator.Simulator.Clusters.Tables;

/// <summary>The part of JSONPath that printer columns are written in: fields, indices, <c>[*]</c>, and filters by equality.</summary>
internal static partial class PrinterPath
{
    /// <summary>What the path leads to; nothing for a path that leads nowhere.</summary>
    public static IReadOnlyList<JsonNode> Find(JsonNode root, string path)
    {
        IEnumerable<JsonNode?> at = [root];
        foreach (Match part in Part().Matches(path))
        {
            var groups = part.Groups;
            at = groups switch
            {
                _ when groups["field"].Success => at.Select(node => (node as JsonObject)?[groups["field"].Value.Replace("\\.", ".", StringComparison.Ordinal)]),
                _ when groups["quoted"].Success => at.Select(node => (node as JsonObject)?[groups["quoted"].Value]),
                _ when groups["index"].Success => at.Select(node => (node as JsonArray)?.ElementAtOrDefault(int.Parse(groups["index"].Value, System.Globalization.CultureInfo.InvariantCulture))),
                _ when groups["where"].Success => at.SelectMany(Items).Where(node => (node as JsonObject)?[groups["where"].Value]?.ToString() == groups["value"].Value),
                _ => at.SelectMany(Items),
            };
        }

        return [.. at.OfType<JsonNode>()];
    }

    private static IEnumerable<JsonNode?> Items(JsonNode? node) => node switch
    {
        JsonArray list => list,
        JsonObject map => map.Select(field => field.Value),
        _ => [],
    };

    [GeneratedRegex("""\.(?<field>(?:[^.\[\\]|\\.)+)|\['(?<quoted>[^']+)'\]|\[(?<index>\d+)\]|\[\?\(@\.(?<where>[\w-]+)\s*==\s*["'](?<value>[^"']*)["']\)\]|\[\*\]""")]
    private static partial Regex Part();
}
