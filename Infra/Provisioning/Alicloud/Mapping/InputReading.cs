using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Orchestrator.Infra.Provisioning.Alicloud.Mapping;

/// <summary>Reads inputs and answers, and turns inputs into parameters.</summary>
internal static class InputReading
{
    /// <summary>Numbers and truths as text; null for what is away or empty.</summary>
    public static string? Text(this JsonObject map, string name) => map[name] is JsonValue value && value.ToString() is { Length: > 0 } text ? text : null;

    public static string Need(this JsonObject inputs, string name) => inputs.Text(name) ?? throw new InputException(name, "is needed");

    public static int? Number(this JsonObject map, string name) =>
        map.Text(name) is not { } text ? null
        : int.TryParse(text, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number
        : throw new InputException(name, $"'{text}' is no whole number");

    public static bool? Truth(this JsonObject map, string name) => map[name] is JsonValue value ? value.ToString().Equals("true", StringComparison.OrdinalIgnoreCase) : null;

    public static IReadOnlyList<string> Texts(this JsonObject map, string name) => [.. (map[name] as JsonArray ?? []).Select(item => item?.ToString()).OfType<string>()];

    public static IReadOnlyList<JsonObject> Maps(this JsonObject map, string name) => [.. (map[name] as JsonArray ?? []).OfType<JsonObject>()];

    /// <summary>The inputs that are there, under the names of their parameters.</summary>
    public static JsonObject Take(this JsonObject inputs, params ReadOnlySpan<(string Input, string Parameter)> names)
    {
        var taken = new JsonObject();
        foreach (var (input, parameter) in names)
        {
            if (inputs[input] is { } value && !taken.ContainsKey(parameter))
            {
                taken[parameter] = Pascal(value);
            }
        }

        return taken;
    }

    /// <summary>What an answer has, under the names of outputs.</summary>
    public static JsonObject Show(this JsonObject answer, params ReadOnlySpan<(string Field, string Output)> names)
    {
        var shown = new JsonObject();
        foreach (var (field, output) in names)
        {
            if (answer[field] is { } value && !(value is JsonValue && value.ToString().Length == 0))
            {
                shown[output] = value.DeepClone();
            }
        }

        return shown;
    }

    /// <summary>Fields within a value, as this API names them: <c>vswitchId</c> is <c>VSwitchId</c>, all others only begin with a capital.</summary>
    public static JsonNode? Pascal(JsonNode? value) => value switch
    {
        JsonObject map => new JsonObject(map.Where(field => field.Value is not null).Select(field => KeyValuePair.Create(Pascal(field.Key), Pascal(field.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Pascal)]),
        _ => value?.DeepClone(),
    };

    /// <summary>The other way round, for outputs.</summary>
    public static JsonNode? Camel(JsonNode? value) => value switch
    {
        JsonObject map => new JsonObject(map.Where(field => field.Value is not null).Select(field => KeyValuePair.Create(Camel(field.Key), Camel(field.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Camel)]),
        _ => value?.DeepClone(),
    };

    /// <summary>The program's tags and the one by which the resource is found again.</summary>
    public static JsonArray Tags(this JsonObject inputs, string token, string key = "Key", string value = "Value") =>
        new([.. (inputs["tags"] as JsonObject ?? []).Append(KeyValuePair.Create(CloudApi.TokenTag, (JsonNode?)token)).Select(tag => new JsonObject { [key] = tag.Key, [value] = tag.Value?.ToString() })]);

    /// <summary>Looks for the resource of a creation.</summary>
    public static JsonArray TokenTag(string token) => new(new JsonObject { ["Key"] = CloudApi.TokenTag, ["Value"] = token });

    /// <summary>User data as the API wants it: text that is no base64 is made so, as the provider does.</summary>
    public static string Base64(string text) =>
        Convert.TryFromBase64String(text, new byte[text.Length], out _) ? text : Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    public static bool Differs(JsonObject before, JsonObject after, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (!JsonNode.DeepEquals(before[name], after[name]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The first of a list within an answer, or null.</summary>
    public static JsonObject? First(JsonNode? items) => (items as JsonArray)?.FirstOrDefault() as JsonObject;

    private static string Pascal(string name) =>
        name.StartsWith("vswitch", StringComparison.Ordinal) ? "VSwitch" + name["vswitch".Length..] : char.ToUpperInvariant(name[0]) + name[1..];

    private static string Camel(string name) =>
        name.StartsWith("VSwitch", StringComparison.Ordinal) ? "vswitch" + name["VSwitch".Length..] : JsonNamingPolicy.CamelCase.ConvertName(name);
}

/// <summary>An input that this engine cannot pass on.</summary>
internal sealed class InputException(string input, string message) : Exception($"{input} {message}")
{
    public string Input { get; } = input;
}
