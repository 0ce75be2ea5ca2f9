using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.Clusters.Objects;
using Orchestrator.Simulator.Effects;

namespace Orchestrator.Simulator.Clusters;

/// <summary>CustomResourceDefinitions: each adds a kind to the cluster. The version that is stored is the one that is served.</summary>
internal static class Definitions
{
    /// <summary>The definitions of the custom kinds that every cluster has from the start.</summary>
    public static IEnumerable<(ObjectKey, JsonObject)> Seeds() => ResourceKind.All.Where(kind => kind.IsCustom).Select(kind => (
        new ObjectKey("", kind.Qualified),
        new JsonObject
        {
            ["spec"] = new JsonObject
            {
                ["group"] = kind.Group,
                ["scope"] = kind.Namespaced ? "Namespaced" : "Cluster",
                ["names"] = Names(kind),
                ["conversion"] = new JsonObject { ["strategy"] = "None" },
                ["versions"] = new JsonArray(new JsonObject
                {
                    ["name"] = kind.Version,
                    ["served"] = true,
                    ["storage"] = true,
                    ["subresources"] = new JsonObject { ["status"] = new JsonObject() },
                    ["additionalPrinterColumns"] = new JsonArray([.. kind.Columns.Select(column => (JsonNode)new JsonObject { ["name"] = column.Name, ["type"] = column.Type, ["jsonPath"] = column.Path, ["priority"] = column.Priority })]),
                    ["schema"] = new JsonObject { ["openAPIV3Schema"] = new JsonObject { ["type"] = "object", ["x-kubernetes-preserve-unknown-fields"] = true } },
                }),
            },
        }));

    /// <summary>The kind that a definition describes.</summary>
    /// <exception cref="StatusException">422: it does not describe one.</exception>
    public static ResourceKind KindOf(string name, JsonObject body)
    {
        StatusException Wrong(string message) => StatusException.Invalid(ResourceKind.Definition, name, message);
        var spec = body["spec"] as JsonObject ?? throw Wrong("spec: Required value");
        var group = spec["group"]?.ToString() ?? throw Wrong("spec.group: Required value");
        var plural = spec["names"]?["plural"]?.ToString() ?? throw Wrong("spec.names.plural: Required value");
        if (name != $"{plural}.{group}")
        {
            throw Wrong($"metadata.name: Invalid value: \"{name}\": must be spec.names.plural+\".\"+spec.group");
        }

        var scope = spec["scope"]?.ToString() is ("Namespaced" or "Cluster") and var given ? given : throw Wrong("spec.scope: Unsupported value: supported values: \"Cluster\", \"Namespaced\"");
        var stored = (spec["versions"] as JsonArray ?? []).OfType<JsonObject>().Where(version => version["storage"]?.GetValue<bool>() is true).ToList();
        if (stored is not [var version])
        {
            throw Wrong("spec.versions: Invalid value: must have exactly one version marked as storage version");
        }

        return new ResourceKind(group, version["name"]?.ToString() ?? throw Wrong("spec.versions[0].name: Required value"), plural, spec["names"]?["kind"]?.ToString() ?? throw Wrong("spec.names.kind: Required value"), scope == "Namespaced", EffectKind.KubernetesObject)
        {
            IsCustom = true,
            ShortNames = Texts(spec["names"]?["shortNames"]),
            Categories = Texts(spec["names"]?["categories"]),
            HasStatus = version["subresources"]?["status"] is not null,
            Schema = version["schema"]?["openAPIV3Schema"]?.DeepClone() as JsonObject ?? throw Wrong("spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required"),
            Columns =
            [
                .. (version["additionalPrinterColumns"] as JsonArray ?? []).OfType<JsonObject>().Select(column => new PrinterColumn(
                    column["name"]?.ToString() ?? "", column["type"]?.ToString() ?? "string", column["jsonPath"]?.ToString() ?? "", column["priority"]?.GetValue<int>() ?? 0)),
            ],
        };
    }

    public static JsonObject StatusOf(StoredObject definition)
    {
        var body = definition.Parse();
        var kind = KindOf(definition.Key.Name, body);
        JsonObject Holds(string type, string reason, string message) => new()
        {
            ["type"] = type,
            ["status"] = "True",
            ["reason"] = reason,
            ["message"] = message,
            ["lastTransitionTime"] = body["metadata"]?["creationTimestamp"]?.DeepClone(),
        };
        return new JsonObject
        {
            ["acceptedNames"] = Names(kind),
            ["storedVersions"] = new JsonArray(kind.Version),
            ["conditions"] = new JsonArray(Holds("NamesAccepted", "NoConflicts", "no conflicts found"), Holds("Established", "InitialNamesAccepted", "the initial names have been accepted")),
        };
    }

    private static JsonObject Names(ResourceKind kind)
    {
        var names = new JsonObject { ["plural"] = kind.Plural, ["singular"] = kind.Singular, ["kind"] = kind.Kind, ["listKind"] = $"{kind.Kind}List" };
        if (!kind.ShortNames.IsEmpty)
        {
            names["shortNames"] = new JsonArray([.. kind.ShortNames.Select(name => (JsonNode)name)]);
        }

        if (!kind.Categories.IsEmpty)
        {
            names["categories"] = new JsonArray([.. kind.Categories.Select(name => (JsonNode)name)]);
        }

        return names;
    }

    private static ImmutableArray<string> Texts(JsonNode? list) => [.. (list as JsonArray ?? []).Select(text => text?.ToString() ?? "")];
}
