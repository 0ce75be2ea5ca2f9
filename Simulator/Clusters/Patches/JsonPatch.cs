using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.Clusters.Objects;

namespace Orchestrator.Simulator.Clusters.Patches;

/// <summary>RFC 6902.</summary>
internal static class JsonPatch
{
    /// <exception cref="StatusException">400 for a malformed patch, 422 when a path is missing or a test fails.</exception>
    public static JsonObject Apply(JsonObject target, JsonArray operations)
    {
        foreach (var operation in operations)
        {
            if (operation is not JsonObject step)
            {
                throw StatusException.BadRequest("a JSON patch is a list of operations");
            }

            Apply(target, step);
        }

        return target;
    }

    private static void Apply(JsonObject target, JsonObject step)
    {
        var path = Text(step, "path");
        switch (Text(step, "op"))
        {
            case "add":
                Add(target, path, step["value"]?.DeepClone());
                break;
            case "replace":
                Find(target, path);
                Replace(target, path, step["value"]?.DeepClone());
                break;
            case "remove":
                Remove(target, path);
                break;
            case "copy":
                Add(target, path, Find(target, Text(step, "from"))?.DeepClone());
                break;
            case "move":
                var moved = Find(target, Text(step, "from"))?.DeepClone();
                Remove(target, Text(step, "from"));
                Add(target, path, moved);
                break;
            case "test" when JsonNode.DeepEquals(Find(target, path), step["value"]):
                break;
            case "test":
                throw Failed($"testing value {path} failed");
            case var other:
                throw StatusException.BadRequest($"unknown JSON patch operation '{other}'");
        }
    }

    private static void Add(JsonObject root, string path, JsonNode? value)
    {
        var (parent, last) = Resolve(root, path);
        switch (parent)
        {
            case JsonObject map:
                map[last] = value;
                break;
            case JsonArray list when last == "-":
                list.Add(value);
                break;
            case JsonArray list:
                list.Insert(Index(last, list.Count + 1, path), value);
                break;
            default:
                throw Missing(path);
        }
    }

    private static void Replace(JsonObject root, string path, JsonNode? value)
    {
        var (parent, last) = Resolve(root, path);
        if (parent is JsonArray list)
        {
            list[Index(last, list.Count, path)] = value;
        }
        else
        {
            parent[last] = value;
        }
    }

    private static void Remove(JsonObject root, string path)
    {
        var (parent, last) = Resolve(root, path);
        switch (parent)
        {
            case JsonObject map when map.Remove(last):
                break;
            case JsonArray list:
                list.RemoveAt(Index(last, list.Count, path));
                break;
            default:
                throw Missing(path);
        }
    }

    private static JsonNode? Find(JsonObject root, string path)
    {
        var (parent, last) = Resolve(root, path);
        return parent switch
        {
            JsonObject map when map.TryGetPropertyValue(last, out var value) => value,
            JsonArray list => list[Index(last, list.Count, path)],
            _ => throw Missing(path),
        };
    }

    private static (JsonNode Parent, string Last) Resolve(JsonObject root, string path)
    {
        if (!path.StartsWith('/'))
        {
            throw StatusException.BadRequest($"'{path}' is no JSON pointer below the object");
        }

        var parts = path[1..].Split('/').Select(part => part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)).ToArray();
        JsonNode at = root;
        foreach (var part in parts[..^1])
        {
            at = (at switch
            {
                JsonObject map => map[part],
                JsonArray list => list[Index(part, list.Count, path)],
                _ => null,
            }) ?? throw Missing(path);
        }

        return (at, parts[^1]);
    }

    private static int Index(string part, int count, string path) =>
        int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < count ? index : throw Missing(path);

    private static string Text(JsonObject step, string name) =>
        step[name] is JsonValue value && value.TryGetValue(out string? text) ? text : throw StatusException.BadRequest($"a JSON patch operation needs '{name}'");

    private static StatusException Missing(string path) => Failed($"path {path} does not exist");

    private static StatusException Failed(string message) => new(422, "Invalid", $"the server rejected our request due to an error in our request: {message}");
}
