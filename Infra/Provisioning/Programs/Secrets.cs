using System.Text.Json;
using System.Text.Json.Nodes;

namespace Orchestrator.Infra.Provisioning.Programs;

/// <summary>Marks within JSON trees: Pulumi's own signature for a secret and its own string for a value not known yet.</summary>
internal static class Secrets
{
    public const string SignatureKey = "4dabf18193072939515e22adb298388d";
    public const string SecretSignature = "1b47061264138c4ac30d75fd1eb44270";
    public const string Unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

    /// <summary>What stands in place of a secret wherever people may read it, as in Pulumi.</summary>
    public const string Hidden = "[secret]";

    /// <summary>The value as one secret, whatever secrets are in it: its JSON text under <c>plaintext</c>, as an export with secrets shown has it.</summary>
    public static JsonNode Mark(JsonNode? value) => IsSecret(value)
        ? value!.DeepClone()
        : new JsonObject { [SignatureKey] = SecretSignature, ["plaintext"] = (Within(value) ? Reveal(value) : value)?.ToJsonString() ?? "null" };

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

    /// <summary>A copy with <see cref="Hidden"/> for every secret.</summary>
    public static JsonNode? Hide(JsonNode? node) => Map(node, _ => JsonValue.Create(Hidden));

    /// <summary>True for text or a map that only this engine or Pulumi may write: a program or configuration that holds it would pass for a secret, or for a value not known yet.</summary>
    public static bool IsReserved(JsonNode? node) => IsUnknown(node) || node switch
    {
        JsonObject map => map.Any(field => field.Key is SignatureKey or Unknown || IsReserved(field.Value)),
        JsonArray list => list.Any(IsReserved),
        _ => false,
    };

    /// <summary>A value for an error: what it is when it is secret, else its JSON in at most 40 characters.</summary>
    public static string Shown(JsonNode? node, bool secret)
    {
        var text = node?.ToJsonString() ?? "null";
        return secret || Within(node) ? "a secret" : text.Length <= 40 ? text : text[..40] + "…";
    }

    /// <summary>What kind of value it is, without the value.</summary>
    public static string Kind(JsonNode? node) => node?.GetValueKind() switch
    {
        null or JsonValueKind.Null => "nothing",
        _ when IsSecret(node) => "a secret",
        JsonValueKind.Object => "a map",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        _ => "true or false",
    };

    /// <summary>A copy in which each secret is what <paramref name="secret"/> makes of it.</summary>
    public static JsonNode? Map(JsonNode? node, Func<JsonObject, JsonNode?> secret) => node switch
    {
        JsonObject map when IsSecret(map) => secret(map),
        JsonObject map => new JsonObject(map.Select(field => KeyValuePair.Create(field.Key, Map(field.Value, secret)))),
        JsonArray list => new JsonArray([.. list.Select(item => Map(item, secret))]),
        _ => node?.DeepClone(),
    };
}
