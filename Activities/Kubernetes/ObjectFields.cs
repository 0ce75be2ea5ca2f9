using System.Text.Json.Nodes;
using Orchestrator.Infra.Http;

namespace Orchestrator.Activities.Kubernetes;

/// <summary>The part of an object that a manifest speaks of.</summary>
internal static class ObjectFields
{
    /// <summary>What is kept of one object for an undo, in characters.</summary>
    public const int MostKept = 64 * 1024;

    /// <summary>The live object's values of the fields that a manifest has. Lists are whole: an element is not told from another by what stands around it.</summary>
    public static JsonObject Project(JsonObject live, JsonObject manifest)
    {
        var part = new JsonObject();
        foreach (var (name, value) in manifest)
        {
            if (name is "status" || live[name] is not { } there)
            {
                continue;
            }

            part[name] = value is JsonObject inner && there is JsonObject map ? Project(map, inner) : there.DeepClone();
        }

        return part;
    }

    /// <summary>Whether something in it looks like a secret by its name: a field, or the name beside a value.</summary>
    public static bool HoldsSecret(JsonNode? node) => node switch
    {
        JsonObject map when map["name"] is JsonValue name && map["value"] is JsonValue && Masking.IsSecretName(name.ToString()) => true,
        JsonObject map => map.Any(field => (field.Value is JsonValue && Masking.IsSecretName(field.Key)) || HoldsSecret(field.Value)),
        JsonArray list => list.Any(HoldsSecret),
        JsonValue value => value.TryGetValue<string>(out var text) && Masking.Text(text) != text,
        _ => false,
    };
}
