using System.Globalization;
using System.Text.Json.Nodes;

namespace Orchestrator.Simulator.OpenApi.Gateway;

/// <summary>Makes lists and maps of names with dots: <c>Servers.2.Weight</c> is the weight of the second server. Numbers need not be without gaps.</summary>
internal static class Unflattening
{
    private const int Deepest = 16;

    public static JsonObject Of(IEnumerable<KeyValuePair<string, string>> pairs)
    {
        var root = new Node();
        foreach (var (name, value) in pairs)
        {
            var parts = name.Split('.');
            if (parts.Length > Deepest)
            {
                throw ApiRefusal.Invalid(name, "it is nested too deeply");
            }

            var node = root;
            foreach (var part in parts)
            {
                node = node.Children.TryGetValue(part, out var child) ? child : node.Children[part] = new Node();
            }

            node.Value = value;
        }

        return new JsonObject(root.Children.Select(pair => KeyValuePair.Create(pair.Key, pair.Value.ToJson())));
    }

    private sealed class Node
    {
        public Dictionary<string, Node> Children { get; } = new(StringComparer.Ordinal);

        public string? Value { get; set; }

        public JsonNode? ToJson() =>
            Children.Count == 0 ? JsonValue.Create(Value)
            : Children.Keys.All(key => int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                ? new JsonArray([.. Children.OrderBy(pair => int.Parse(pair.Key, CultureInfo.InvariantCulture)).Select(pair => pair.Value.ToJson())])
                : new JsonObject(Children.Select(pair => KeyValuePair.Create(pair.Key, pair.Value.ToJson())));
    }
}
