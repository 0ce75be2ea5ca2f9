using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.Clusters.Objects;

namespace Orchestrator.Simulator.Clusters.Schemas;

/// <summary>One place in the schema of a kind; <see cref="Anything"/> where the schema says nothing more.</summary>
internal sealed class Shape
{
    public static readonly Shape Anything = new([], []);

    private static readonly System.Runtime.CompilerServices.ConditionalWeakTable<ResourceKind, Shape> Roots = [];

    private readonly JsonObject _schema;
    private readonly JsonObject _definitions;

    private Shape(JsonObject schema, JsonObject definitions) => (_schema, _definitions) = (Resolve(schema, definitions), definitions);

    public static Shape Of(ResourceKind kind) => Roots.GetValue(kind, static made =>
    {
        if (ModelSchemas.Of(made) is { } model)
        {
            return new Shape(model.Definitions[model.Id]!.AsObject(), model.Definitions);
        }

        var schema = made.Schema?.DeepClone().AsObject() ?? new JsonObject { ["type"] = "object", ["x-kubernetes-preserve-unknown-fields"] = true };
        var properties = schema["properties"] as JsonObject ?? [];
        schema["properties"] = properties.Parent is null ? properties : schema["properties"];
        properties["apiVersion"] = new JsonObject { ["type"] = "string" };
        properties["kind"] = new JsonObject { ["type"] = "string" };
        properties["metadata"] = new JsonObject { ["$ref"] = $"#/components/schemas/{ModelSchemas.ObjectMeta.Id}" };
        return new Shape(schema, ModelSchemas.ObjectMeta.Definitions);
    });

    /// <summary>As declared: <c>string</c>, <c>integer</c>, <c>object</c>, …; null for any.</summary>
    public string? Type => _schema["type"]?.ToString();

    public bool IntOrString => _schema["x-kubernetes-int-or-string"] is not null;

    public bool Nullable => _schema["nullable"]?.GetValue<bool>() ?? false;

    public string? Format => _schema["format"]?.ToString();

    public JsonObject Json => _schema;

    /// <summary>Whether fields that are not declared stay.</summary>
    public bool IsOpen => _schema["properties"] is not JsonObject || _schema["x-kubernetes-preserve-unknown-fields"] is not null || _schema["additionalProperties"] is not null;

    public IEnumerable<string> Required => (_schema["required"] as JsonArray ?? []).Select(name => name!.ToString());

    public ImmutableArray<string> MapKeys => [.. (_schema["x-kubernetes-list-map-keys"] as JsonArray ?? []).Select(key => key!.ToString())];

    public bool IsSet => _schema["x-kubernetes-list-type"]?.ToString() == "set";

    /// <summary>A map that is owned as one value.</summary>
    public bool IsAtomicMap => _schema["x-kubernetes-map-type"]?.ToString() == "atomic";

    public string? MergeKey => _schema["x-kubernetes-patch-merge-key"]?.ToString();

    public bool MergesValues => MergeKey is null && _schema["x-kubernetes-patch-strategy"]?.ToString() == "merge";

    public Shape Item => _schema["items"] is JsonObject items ? new Shape(items, _definitions) : Anything;

    /// <summary>Null: no such field is declared, and none may be there that is not.</summary>
    public Shape? Field(string name) => _schema switch
    {
        _ when _schema["properties"]?[name] is JsonObject field => new Shape(field, _definitions),
        _ when _schema["additionalProperties"] is JsonObject values => new Shape(values, _definitions),
        _ => IsOpen ? Anything : null,
    };

    public Shape FieldOrAnything(string name) => Field(name) ?? Anything;

    private static JsonObject Resolve(JsonObject schema, JsonObject definitions)
    {
        if (schema["allOf"] is JsonArray { Count: 1 } all && all[0]?["$ref"] is not null)
        {
            schema = all[0]!.AsObject();
        }

        return schema["$ref"]?.ToString() is { } reference ? definitions[reference[(reference.LastIndexOf('/') + 1)..]]!.AsObject() : schema;
    }
}
