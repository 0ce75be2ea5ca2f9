using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using k8s.Models;
using Orchestrator.Simulator.Clusters.Objects;

namespace Orchestrator.Simulator.Clusters.Schemas;

/// <summary>OpenAPI schemas of the built-in kinds, drawn from the Kubernetes client's model types: every field and its type. Texts for each field are not there.</summary>
internal static class ModelSchemas
{
    private const string Meta = "io.k8s.apimachinery.pkg.apis.meta.v1.";

    private static readonly FrozenDictionary<string, Type> Roots = new Dictionary<string, Type>
    {
        ["Node"] = typeof(V1Node),
        ["Namespace"] = typeof(V1Namespace),
        ["ConfigMap"] = typeof(V1ConfigMap),
        ["Secret"] = typeof(V1Secret),
        ["ServiceAccount"] = typeof(V1ServiceAccount),
        ["Event"] = typeof(Corev1Event),
        ["Pod"] = typeof(V1Pod),
        ["Service"] = typeof(V1Service),
        ["Deployment"] = typeof(V1Deployment),
        ["DaemonSet"] = typeof(V1DaemonSet),
        ["Job"] = typeof(V1Job),
        ["PodDisruptionBudget"] = typeof(V1PodDisruptionBudget),
        ["Lease"] = typeof(V1Lease),
        ["CustomResourceDefinition"] = typeof(V1CustomResourceDefinition),
    }.ToFrozenDictionary();

    private static readonly FrozenSet<string> MetaTypes =
        new[] { "ObjectMeta", "ListMeta", "LabelSelector", "LabelSelectorRequirement", "OwnerReference", "ManagedFieldsEntry", "Condition", "Status", "StatusDetails", "StatusCause", "DeleteOptions", "Preconditions" }.ToFrozenSet();

    /// <summary>Fields that no object of the type can do without.</summary>
    private static readonly FrozenDictionary<string, string[]> Required = new Dictionary<string, string[]>
    {
        ["Container"] = ["name"],
        ["EnvVar"] = ["name"],
        ["ContainerPort"] = ["containerPort"],
        ["VolumeMount"] = ["name", "mountPath"],
        ["Volume"] = ["name"],
        ["PodSpec"] = ["containers"],
        ["ServicePort"] = ["port"],
        ["DeploymentSpec"] = ["selector", "template"],
        ["DaemonSetSpec"] = ["selector", "template"],
        ["JobSpec"] = ["template"],
        ["CustomResourceDefinitionSpec"] = ["group", "names", "scope", "versions"],
        ["CustomResourceDefinitionNames"] = ["kind", "plural"],
        ["Taint"] = ["key", "effect"],
    }.ToFrozenDictionary();

    private static readonly ConcurrentDictionary<string, (string Id, JsonObject Definitions)> Built = new();

    /// <summary>The name of a built-in kind's schema, and all schemas that it needs, by name; null for a custom kind.</summary>
    public static (string Id, JsonObject Definitions)? Of(ResourceKind kind) =>
        Roots.TryGetValue(kind.Kind, out var type) && !kind.IsCustom
            ? Built.GetOrAdd(kind.Kind, _ =>
            {
                var definitions = new JsonObject();
                var id = Define(type, definitions);
                definitions[id]!["x-kubernetes-group-version-kind"] = new JsonArray(new JsonObject { ["group"] = kind.Group, ["version"] = kind.Version, ["kind"] = kind.Kind });
                definitions[id]!["description"] = $"{kind.Kind} as this API server keeps it.";
                return (id, definitions);
            })
            : null;

    /// <summary>The schema of metadata, which custom kinds have too.</summary>
    public static (string Id, JsonObject Definitions) ObjectMeta { get; } = DefineObjectMeta();

    private static (string, JsonObject) DefineObjectMeta()
    {
        var definitions = new JsonObject();
        return (Define(typeof(V1ObjectMeta), definitions), definitions);
    }

    private static string Define(Type type, JsonObject definitions)
    {
        var name = NameOf(type);
        var id = IdOf(name);
        if (definitions.ContainsKey(id))
        {
            return id;
        }

        var schema = new JsonObject { ["type"] = "object" };
        definitions[id] = schema;
        var properties = new JsonObject();
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.GetCustomAttribute<JsonPropertyNameAttribute>() is not { } named)
            {
                continue;
            }

            var field = SchemaOf(property.PropertyType, definitions);
            if (field["type"]?.ToString() == "array")
            {
                Describe(field, ListTypes.Find(name, named.Name));
            }

            properties[named.Name] = field;
        }

        schema["properties"] = properties;
        if (Required.TryGetValue(name, out var required))
        {
            schema["required"] = new JsonArray([.. required.Select(field => (JsonNode)field)]);
        }

        return id;
    }

    private static void Describe(JsonObject list, ListType? type)
    {
        if (type is null)
        {
            list["x-kubernetes-list-type"] = "atomic";
            return;
        }

        if (type.MergesValues || type.MergeKey is not null)
        {
            list["x-kubernetes-patch-strategy"] = "merge";
        }

        if (type.MergeKey is not null)
        {
            list["x-kubernetes-patch-merge-key"] = type.MergeKey;
        }

        list["x-kubernetes-list-type"] = type.MergesValues ? "set" : "map";
        if (!type.MapKeys.IsEmpty)
        {
            list["x-kubernetes-list-map-keys"] = new JsonArray([.. type.MapKeys.Select(key => (JsonNode)key)]);
        }
    }

    private static JsonObject SchemaOf(Type declared, JsonObject definitions)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        if (type == typeof(string))
        {
            return new JsonObject { ["type"] = "string" };
        }

        if (type == typeof(bool))
        {
            return new JsonObject { ["type"] = "boolean" };
        }

        if (type == typeof(int) || type == typeof(long))
        {
            return new JsonObject { ["type"] = "integer", ["format"] = type == typeof(int) ? "int32" : "int64" };
        }

        if (type == typeof(double))
        {
            return new JsonObject { ["type"] = "number", ["format"] = "double" };
        }

        if (type == typeof(DateTime))
        {
            return new JsonObject { ["type"] = "string", ["format"] = "date-time" };
        }

        if (type == typeof(byte[]))
        {
            return new JsonObject { ["type"] = "string", ["format"] = "byte" };
        }

        if (type == typeof(ResourceQuantity))
        {
            return new JsonObject { ["x-kubernetes-int-or-string"] = true, ["oneOf"] = Either("string", "number") };
        }

        if (type.Name.Contains("IntOrString", StringComparison.Ordinal))
        {
            return new JsonObject { ["x-kubernetes-int-or-string"] = true, ["format"] = "int-or-string", ["oneOf"] = Either("integer", "string") };
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IDictionary<,>))
        {
            return new JsonObject { ["type"] = "object", ["additionalProperties"] = SchemaOf(type.GetGenericArguments()[1], definitions) };
        }

        if (type.IsGenericType)
        {
            return new JsonObject { ["type"] = "array", ["items"] = SchemaOf(type.GetGenericArguments()[0], definitions) };
        }

        return type == typeof(object) || type.Namespace != typeof(V1Pod).Namespace || NameOf(type) is "JSONSchemaProps" or "FieldsV1"
            ? new JsonObject { ["x-kubernetes-preserve-unknown-fields"] = true }
            : new JsonObject { ["allOf"] = new JsonArray(new JsonObject { ["$ref"] = $"#/components/schemas/{Define(type, definitions)}" }) };
    }

    private static JsonArray Either(string one, string other) => new(new JsonObject { ["type"] = one }, new JsonObject { ["type"] = other });

    private static string NameOf(Type type) => type.Name.StartsWith("V1", StringComparison.Ordinal) ? type.Name[2..] : type.Name.Replace("Corev1", "", StringComparison.Ordinal);

    private static string IdOf(string name) => name switch
    {
        _ when MetaTypes.Contains(name) => Meta + name,
        _ when name.StartsWith("Deployment", StringComparison.Ordinal) || name.StartsWith("RollingUpdateDeployment", StringComparison.Ordinal)
            || name.StartsWith("DaemonSet", StringComparison.Ordinal) || name.StartsWith("RollingUpdateDaemonSet", StringComparison.Ordinal) => $"io.k8s.api.apps.v1.{name}",
        _ when name.StartsWith("Job", StringComparison.Ordinal) || name.StartsWith("PodFailurePolicy", StringComparison.Ordinal) || name.StartsWith("SuccessPolicy", StringComparison.Ordinal) => $"io.k8s.api.batch.v1.{name}",
        _ when name.StartsWith("PodDisruptionBudget", StringComparison.Ordinal) => $"io.k8s.api.policy.v1.{name}",
        _ when name.StartsWith("Lease", StringComparison.Ordinal) => $"io.k8s.api.coordination.v1.{name}",
        _ when name.StartsWith("CustomResource", StringComparison.Ordinal) => $"io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.{name}",
        _ => $"io.k8s.api.core.v1.{name}",
    };
}
