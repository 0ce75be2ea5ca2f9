using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Orchestrator.Simulator.OpenApi.Gateway;

/// <summary>One call, its signature checked. Values of RPC style are texts; those of a JSON body are what they are.</summary>
/// <param name="Parameters">Of RPC style unflattened (<c>InstanceId.1</c> is the first of a list); of ROA style query, body and values of the path together.</param>
/// <param name="Region">What <c>RegionId</c> says, or the cloud's first region.</param>
internal sealed record ApiCall(ApiAction Action, JsonObject Parameters, AccessKey? Caller, string Region)
{
    /// <summary>The host and port that the call came to.</summary>
    public string Host { get; init; } = "";

    /// <summary>Null when it is away or empty.</summary>
    public string? Find(string name) => TextOf(Parameters[name]);

    public string Need(string name) => Find(name) ?? throw ApiRefusal.Missing(name);

    public int? FindNumber(string name) => NumberOf(Parameters[name], name);

    public int NeedNumber(string name) => FindNumber(name) ?? throw ApiRefusal.Missing(name);

    public bool Says(string name) => string.Equals(Find(name), "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>A list of texts, also where it is one text with a JSON list in it.</summary>
    public IReadOnlyList<string> Texts(string name) => TextsOf(Parameters[name], name);

    public IReadOnlyList<JsonObject> Maps(string name) => [.. (Parameters[name] as JsonArray ?? []).OfType<JsonObject>()];

    public JsonObject? Map(string name) => Parameters[name] as JsonObject;

    public static string? TextOf(JsonNode? node) => node is JsonValue value && value.ToString() is { Length: > 0 } text ? text : null;

    public static int? NumberOf(JsonNode? node, string name) =>
        TextOf(node) is not { } text ? null
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
        : throw ApiRefusal.Invalid(name, $"'{text}' is no whole number");

    public static IReadOnlyList<string> TextsOf(JsonNode? node, string name)
    {
        switch (node)
        {
            case JsonArray list:
                return [.. list.Select(TextOf).OfType<string>()];
            case JsonValue value when value.ToString() is ['[', ..] text:
                try
                {
                    return [.. (JsonNode.Parse(text) as JsonArray ?? []).Select(TextOf).OfType<string>()];
                }
                catch (JsonException)
                {
                    throw ApiRefusal.Invalid(name, "it is no JSON list");
                }

            case JsonValue value:
                return TextOf(value) is { } one ? [.. one.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)] : [];
            default:
                return [];
        }
    }
}

/// <summary>An action that the simulated cloud answers.</summary>
/// <param name="Product">As RAM calls it: <c>ecs</c>, <c>kvstore</c>.</param>
/// <param name="Version">The API's version; no two products have the same.</param>
/// <param name="Changes">Whether it changes something: then its client token counts, and a dry run ends before it.</param>
internal sealed record ApiAction(string Product, string Version, string Name, bool Changes, Func<ApiCall, Task<JsonObject>> AnswerAsync)
{
    /// <summary>Needs no signature.</summary>
    public bool Anonymous { get; init; }

    /// <summary>Of ROA style: method and path with <c>{Name}</c> for values; null: RPC style.</summary>
    public (string Method, string Path)? Route { get; init; }

    /// <summary>The parameter with the client token. Default <c>ClientToken</c>.</summary>
    public string TokenName { get; init; } = "ClientToken";

    public string Permission => $"{Product}:{Name}";
}
