using System.Text.Json.Nodes;
using Orchestrator.Simulator.Clusters.Objects;

namespace Orchestrator.Simulator.Clusters.Schemas;

/// <summary>OpenAPI v3 of one group version: the schemas of its kinds, and the operations that clients look up what they may ask in.</summary>
internal static class OpenApiDocuments
{
    public static JsonObject Index(IEnumerable<ResourceKind> kinds)
    {
        var paths = new JsonObject();
        foreach (var path in kinds.Select(PrefixOf).Distinct())
        {
            paths[path] = new JsonObject { ["serverRelativeURL"] = $"/openapi/v3/{path}" };
        }

        return new JsonObject { ["paths"] = paths };
    }

    /// <param name="prefix"><c>api/v1</c> or <c>apis/group/version</c>.</param>
    public static JsonObject? Of(string prefix, IEnumerable<ResourceKind> kinds)
    {
        var offered = kinds.Where(kind => PrefixOf(kind) == prefix).ToList();
        if (offered.Count == 0)
        {
            return null;
        }

        var schemas = new JsonObject();
        var paths = new JsonObject();
        foreach (var kind in offered)
        {
            var id = AddSchema(kind, schemas);
            var root = kind.Namespaced ? $"/{prefix}/namespaces/{{namespace}}/{kind.Plural}" : $"/{prefix}/{kind.Plural}";
            var list = new JsonObject { ["get"] = Operation(kind, id, "list"), ["post"] = Operation(kind, id, "post", "dryRun", "fieldManager", "fieldValidation") };
            var one = new JsonObject
            {
                ["get"] = Operation(kind, id, "get"),
                ["put"] = Operation(kind, id, "put", "dryRun", "fieldManager", "fieldValidation"),
                ["patch"] = Operation(kind, id, "patch", "dryRun", "fieldManager", "fieldValidation", "force"),
                ["delete"] = Operation(kind, id, "delete", "dryRun", "gracePeriodSeconds", "propagationPolicy"),
            };
            paths[root] = list;
            paths[$"{root}/{{name}}"] = one;
            if (kind.Namespaced)
            {
                paths[$"/{prefix}/{kind.Plural}"] = new JsonObject { ["get"] = Operation(kind, id, "list") };
            }
        }

        return new JsonObject
        {
            ["openapi"] = "3.0.0",
            ["info"] = new JsonObject { ["title"] = "Kubernetes", ["version"] = "v1.33.0-simulated" },
            ["paths"] = paths,
            ["components"] = new JsonObject { ["schemas"] = schemas },
        };
    }

    private static string PrefixOf(ResourceKind kind) => kind.Group.Length == 0 ? $"api/{kind.Version}" : $"apis/{kind.ApiVersion}";

    private static string AddSchema(ResourceKind kind, JsonObject schemas)
    {
        var (id, definitions) = ModelSchemas.Of(kind) ?? (CustomId(kind), ModelSchemas.ObjectMeta.Definitions);
        foreach (var (name, definition) in definitions)
        {
            if (!schemas.ContainsKey(name))
            {
                schemas[name] = definition!.DeepClone();
            }
        }

        if (!schemas.ContainsKey(id))
        {
            var schema = Shape.Of(kind).Json.DeepClone().AsObject();
            schema["x-kubernetes-group-version-kind"] = new JsonArray(new JsonObject { ["group"] = kind.Group, ["version"] = kind.Version, ["kind"] = kind.Kind });
            schemas[id] = schema;
        }

        return id;
    }

    private static string CustomId(ResourceKind kind) => $"{string.Join('.', kind.Group.Split('.').Reverse())}.{kind.Version}.{kind.Kind}";

    private static JsonObject Operation(ResourceKind kind, string id, string action, params string[] parameters) => new()
    {
        ["operationId"] = $"{action}{kind.Kind}",
        ["parameters"] = new JsonArray([.. parameters.Select(name => (JsonNode)new JsonObject { ["name"] = name, ["in"] = "query", ["schema"] = new JsonObject { ["type"] = "string", ["uniqueItems"] = true } })]),
        ["responses"] = new JsonObject
        {
            ["200"] = new JsonObject
            {
                ["description"] = "OK",
                ["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = new JsonObject { ["$ref"] = $"#/components/schemas/{id}" } } },
            },
        },
        ["x-kubernetes-action"] = action,
        ["x-kubernetes-group-version-kind"] = new JsonObject { ["group"] = kind.Group, ["kind"] = kind.Kind, ["version"] = kind.Version },
    };
}
