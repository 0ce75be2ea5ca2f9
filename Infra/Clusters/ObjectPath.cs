using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Orchestrator.Infra.Clusters;

/// <summary>The part of JSONPath that waits are written in, as <c>kubectl wait</c> takes it: fields, indices, <c>[*]</c>, and filters by equality.</summary>
public static partial class ObjectPath
{
    /// <summary>Whether the text is such a path, with or without braces around it.</summary>
    public static bool IsValid(string path) => Whole().IsMatch(Bare(path));

    /// <summary>What the path leads to; empty for one that leads nowhere.</summary>
    public static IReadOnlyList<JsonNode> Find(JsonNode root, string path)
    {
        IEnumerable<JsonNode?> at = [root];
        foreach (Match part in Part().Matches(Bare(path)))
        {
            var groups = part.Groups;
            at = groups switch
            {
                _ when groups["field"].Success => at.Select(node => (node as JsonObject)?[groups["field"].Value.Replace("\\.", ".", StringComparison.Ordinal)]),
                _ when groups["quoted"].Success => at.Select(node => (node as JsonObject)?[groups["quoted"].Value]),
                _ when groups["index"].Success => at.Select(node => (node as JsonArray)?.ElementAtOrDefault(int.Parse(groups["index"].Value, CultureInfo.InvariantCulture))),
                _ when groups["where"].Success => at.SelectMany(Items).Where(node => (node as JsonObject)?[groups["where"].Value]?.ToString() == groups["value"].Value),
                _ => at.SelectMany(Items),
            };
        }

        return [.. at.OfType<JsonNode>()];
    }

    private static IEnumerable<JsonNode?> Items(JsonNode? node) => node is JsonArray list ? list : [];

    private static string Bare(string path) => path.StartsWith('{') && path.EndsWith('}') ? path[1..^1] : path;

    [GeneratedRegex("""\.(?<field>(?:[^.\[\]\\{}]|\\.)+)|\['(?<quoted>[^']+)'\]|\[(?<index>\d+)\]|\[\?\(@\.(?<where>[\w-]+)\s*==\s*["'](?<value>[^"']*)["']\)\]|\[\*\]""")]
    private static partial Regex Part();

    [GeneratedRegex("""^(?:\.(?:[^.\[\]\\{}]|\\.)+|\['[^']+'\]|\[\d+\]|\[\?\(@\.[\w-]+\s*==\s*["'][^"']*["']\)\]|\[\*\])+$""")]
    private static partial Regex Whole();
}
