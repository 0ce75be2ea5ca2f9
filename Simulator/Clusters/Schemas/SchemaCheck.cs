using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.Clusters.Objects;

namespace Orchestrator.Simulator.Clusters.Schemas;

/// <summary>Holds a body against its kind's schema: drops fields that are not declared and names them, and refuses values of another type.</summary>
internal static class SchemaCheck
{
    /// <summary>The paths of what was dropped.</summary>
    /// <exception cref="StatusException">400: a built-in kind's value of another type; 422: a custom kind's, or a required field that is missing.</exception>
    public static IReadOnlyList<string> Prune(ResourceKind kind, JsonObject body)
    {
        var unknown = new List<string>();
        foreach (var (name, value) in body.ToList())
        {
            if (Shape.Of(kind).Field(name) is not { } shape)
            {
                unknown.Add(name);
                body.Remove(name);
            }
            else if (name != "status")
            {
                Walk(kind, body, shape, value, name, unknown);
            }
        }

        return unknown;
    }

    private static void Walk(ResourceKind kind, JsonObject root, Shape shape, JsonNode? value, string path, List<string> unknown)
    {
        switch (value)
        {
            case null:
                return;
            case JsonObject map:
                if (shape.Type is not (null or "object") || shape.IntOrString)
                {
                    throw WrongType(kind, root, shape, "object", path);
                }

                foreach (var (name, field) in map.ToList())
                {
                    if (shape.Field(name) is { } inner)
                    {
                        Walk(kind, root, inner, field, $"{path}.{name}", unknown);
                    }
                    else
                    {
                        unknown.Add($"{path}.{name}");
                        map.Remove(name);
                    }
                }

                if (shape.Required.FirstOrDefault(name => map[name] is null) is { } missing)
                {
                    throw StatusException.Invalid(kind, NameOf(root), $"{path}.{missing}: Required value");
                }

                return;
            case JsonArray list:
                if (shape.Type is not (null or "array") || shape.IntOrString)
                {
                    throw WrongType(kind, root, shape, "array", path);
                }

                for (var at = 0; at < list.Count; at++)
                {
                    Walk(kind, root, shape.Item, list[at], $"{path}[{at}]", unknown);
                }

                return;
            default:
                RequireType(kind, root, shape, value, path);
                return;
        }
    }

    private static void RequireType(ResourceKind kind, JsonObject root, Shape shape, JsonNode value, string path)
    {
        var given = value.GetValueKind();
        var fits = (shape.Type, given) switch
        {
            _ when shape.IntOrString => given is JsonValueKind.String or JsonValueKind.Number,
            (null, _) => true,
            ("string", JsonValueKind.String) or ("boolean", JsonValueKind.True or JsonValueKind.False) or ("number", JsonValueKind.Number) => true,
            ("integer", JsonValueKind.Number) => value.AsValue().TryGetValue<long>(out _),
            _ => false,
        };
        if (!fits)
        {
            throw WrongType(kind, root, shape, given switch { JsonValueKind.String => "string", JsonValueKind.Number => "number", _ => "bool" }, path);
        }
    }

    private static StatusException WrongType(ResourceKind kind, JsonObject root, Shape shape, string given, string path) => kind.IsCustom
        ? StatusException.Invalid(kind, NameOf(root), $"{path}: Invalid value: \"{given}\": {path} in body must be of type {shape.Type ?? "integer or string"}: \"{given}\"")
        : StatusException.BadRequest($"{kind.Kind} in version \"{kind.Version}\" cannot be handled as a {kind.Kind}: json: cannot unmarshal {given} into Go struct field {kind.Kind}.{path} of type {GoType(shape)}");

    private static string GoType(Shape shape) => shape switch
    {
        { Format: "int32" } => "int32",
        { Type: "integer" } => "int64",
        { Type: "boolean" } => "bool",
        { Type: { } type } => type,
        _ => "intstr.IntOrString",
    };

    private static string NameOf(JsonObject root) => root["metadata"]?["name"]?.ToString() ?? "";
}
