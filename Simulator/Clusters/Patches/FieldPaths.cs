using System.Text.Json.Nodes;
using Orchestrator.Simulator.Clusters.Schemas;

namespace Orchestrator.Simulator.Clusters.Patches;

/// <summary>
/// Fields of an object as server-side apply counts them. A path is a row of <c>f:name</c>, <c>k:{"name":"x"}</c> for an element of a
/// list with keys, <c>v:"x"</c> for one of a set; the parts are joined by U+0001.
/// </summary>
internal static class FieldPaths
{
    private const char Separator = '\u0001';

    private static readonly HashSet<string> NobodysFields = [.. new[]
    {
        "f:apiVersion", "f:kind", "f:metadata\u0001f:name", "f:metadata\u0001f:namespace", "f:metadata\u0001f:managedFields", "f:metadata\u0001f:resourceVersion",
        "f:metadata\u0001f:uid", "f:metadata\u0001f:creationTimestamp", "f:metadata\u0001f:generation", "f:metadata\u0001f:deletionTimestamp", "f:metadata\u0001f:deletionGracePeriodSeconds",
    }];

    /// <summary>Every field that holds a value, and every element of a list with keys (value null).</summary>
    public static Dictionary<string, JsonNode?> Leaves(JsonObject body, Shape shape)
    {
        var leaves = new Dictionary<string, JsonNode?>(StringComparer.Ordinal);
        Walk(body, shape, "", leaves);
        return leaves;
    }

    public static string KeyOf(JsonObject item, Shape list)
    {
        var key = new JsonObject();
        foreach (var name in list.MapKeys.Order(StringComparer.Ordinal))
        {
            // The only key of the API that has a default.
            key[name] = item[name]?.DeepClone() ?? (name == "protocol" ? "TCP" : null);
        }

        return "k:" + key.ToJsonString();
    }

    public static JsonNode? Find(JsonObject root, Shape shape, string path)
    {
        JsonNode? at = root;
        foreach (var part in path.Split(Separator))
        {
            (at, shape) = part[..2] switch
            {
                "f:" => ((at as JsonObject)?[part[2..]], shape.FieldOrAnything(part[2..])),
                "k:" => (ItemAt(at as JsonArray, shape, part), shape.Item),
                _ => ((at as JsonArray)?.FirstOrDefault(item => "v:" + item?.ToJsonString() == part), shape.Item),
            };
        }

        return at;
    }

    /// <summary>Takes a field out, and the maps around it that hold nothing more.</summary>
    public static void Remove(JsonObject root, Shape shape, string path)
    {
        var parts = path.Split(Separator);
        var parent = string.Join(Separator, parts[..^1]);
        var (node, at) = parent.Length == 0 ? (root, shape) : (Find(root, shape, parent), ShapeOf(shape, parent));
        switch (node)
        {
            case JsonObject map:
                map.Remove(parts[^1][2..]);
                if (map.Count == 0 && parts.Length > 2 && parts[^2].StartsWith("f:", StringComparison.Ordinal))
                {
                    Remove(root, shape, parent);
                }

                break;
            case JsonArray list when parts[^1].StartsWith("k:", StringComparison.Ordinal):
                if (ItemAt(list, at, parts[^1]) is { } item)
                {
                    list.Remove(item);
                }

                break;
            case JsonArray list:
                list.RemoveAll(value => "v:" + value?.ToJsonString() == parts[^1]);
                break;
        }
    }

    /// <summary>As messages show it: <c>.spec.containers[name="app"].image</c>.</summary>
    public static string Show(string path) => string.Concat(path.Split(Separator).Select(part => part[..2] switch
    {
        "f:" => "." + part[2..],
        "k:" => "[" + string.Join(',', JsonNode.Parse(part[2..])!.AsObject().Select(key => $"{key.Key}={key.Value?.ToJsonString() ?? "null"}")) + "]",
        _ => $"[={part[2..]}]",
    }));

    public static JsonObject ToTree(IEnumerable<string> fields)
    {
        var tree = new JsonObject();
        foreach (var field in fields.Order(StringComparer.Ordinal))
        {
            var at = tree;
            foreach (var part in field.Split(Separator))
            {
                if (at[part] is not JsonObject next)
                {
                    at[part] = next = [];
                }

                at = next;
            }

            if (field.AsSpan(field.LastIndexOf(Separator) + 1).StartsWith("k:"))
            {
                at["."] = new JsonObject();
            }
        }

        return tree;
    }

    public static HashSet<string> FromTree(JsonObject tree)
    {
        var fields = new HashSet<string>(StringComparer.Ordinal);
        void Walk(JsonObject map, string path)
        {
            foreach (var (name, value) in map)
            {
                if (name == ".")
                {
                    fields.Add(path);
                    continue;
                }

                var here = path.Length == 0 ? name : path + Separator + name;
                if (value is JsonObject { Count: > 0 } inner)
                {
                    Walk(inner, here);
                }
                else
                {
                    fields.Add(here);
                }
            }
        }

        Walk(tree, "");
        return fields;
    }

    public static bool IsBelow(string field, string item) => field.Length > item.Length && field[item.Length] == Separator && field.StartsWith(item, StringComparison.Ordinal);

    public static JsonObject? ItemAt(JsonArray? list, Shape shape, string key) => list?.OfType<JsonObject>().FirstOrDefault(item => KeyOf(item, shape) == key);

    private static Shape ShapeOf(Shape shape, string path) =>
        path.Split(Separator).Aggregate(shape, (at, part) => part.StartsWith("f:", StringComparison.Ordinal) ? at.FieldOrAnything(part[2..]) : at.Item);

    private static void Walk(JsonObject map, Shape shape, string path, Dictionary<string, JsonNode?> leaves)
    {
        foreach (var (name, value) in map)
        {
            var here = path.Length == 0 ? "f:" + name : $"{path}{Separator}f:{name}";
            if (NobodysFields.Contains(here))
            {
                continue;
            }

            var field = shape.FieldOrAnything(name);
            switch (value)
            {
                case JsonObject { Count: > 0 } inner when !field.IsAtomicMap:
                    Walk(inner, field, here, leaves);
                    break;
                case JsonArray list when !field.MapKeys.IsEmpty:
                    foreach (var item in list.OfType<JsonObject>())
                    {
                        var at = here + Separator + KeyOf(item, field);
                        leaves[at] = null;
                        Walk(item, field.Item, at, leaves);
                    }

                    break;
                case JsonArray list when field.IsSet:
                    foreach (var item in list)
                    {
                        leaves[$"{here}{Separator}v:{item?.ToJsonString()}"] = item;
                    }

                    break;
                default:
                    leaves[here] = value;
                    break;
            }
        }
    }
}
