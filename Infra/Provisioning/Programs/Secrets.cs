using System.Text.Json.Nodes;

namespace Orchestrator.Infra.Provisioning.Programs;

/// <summary>Marks within JSON trees: Pulumi's own signature for a secret and its own string for a value not known yet.</summary>
internal static class Secrets
{
    public const string SignatureKey = "4dabf18193072939515e22adb298388d";
    public const string SecretSignature = "1b47061264138c4ac30d75fd1eb44270";
    public const string Unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

    /// <summary>The value as a secret: its JSON text under <c>plaintext</c>, as an export with secrets shown has it.</summary>
    public static JsonNode Mark(JsonNode? value) =>
        IsSecret(value) ? value!.DeepClone() : new JsonObject { [SignatureKey] = SecretSignature, ["plaintext"] = value?.ToJsonString() ?? "null" };

    public static bool IsSecret(JsonNode? node) => node is JsonObject map && map[SignatureKey] is JsonValue value && value.TryGetValue<string>(out var signature) && signature == SecretSignature;

    /// <summary>True when a secret is anywhere in the tree.</summary>
    public static bool Within(JsonNode? node) => IsSecret(node) || node switch
    {
        JsonObject map => map.Any(field => Within(field.Value)),
        JsonArray list => list.Any(Within),
        _ => false,
    };

    public static bool IsUnknown(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) && text == Unknown;

    /// <summary>A copy with every secret in clear.</summary>
    public static JsonNode? Reveal(JsonNode? node) => Map(node, secret => JsonNode.Parse(secret["plaintext"]?.GetValue<string>() ?? "null"));

    /// <summary>A copy in which each secret is what <paramref name="secret"/> makes of it.</summary>
    public static JsonNode? Map(JsonNode? node, Func<JsonObject, JsonNode?> secret) => node switch
    {
        JsonObject map when IsSecret(map) => secret(map),
        JsonObject map => new JsonObject(map.Select(field => KeyValuePair.Create(field.Key, Map(field.Value, secret)))),
        JsonArray list => new JsonArray([.. list.Select(item => Map(item, secret))]),
        _ => node?.DeepClone(),
    };
}
