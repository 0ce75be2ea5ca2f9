using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.OpenApi.Gateway;

namespace Orchestrator.Simulator.OpenApi.Inventory;

/// <summary>Tags of things. Products call the parameter <c>Tag</c>, <c>Tags</c> or <c>tags</c>, a list of keys and values; lists of databases take a JSON map.</summary>
internal static class Tags
{
    public const string Property = "Tags";

    /// <summary>Those that a creation gives.</summary>
    public static JsonArray Of(ApiCall call) => new([.. Given(call).Select(tag => new JsonObject { ["Key"] = tag.Key, ["Value"] = tag.Value })]);

    /// <summary>Whether a thing has all tags that a list is asked for.</summary>
    public static bool Meets(ApiCall call, CloudItem item) =>
        Given(call).All(wanted => (item.Properties[Property] as JsonArray ?? []).Any(tag => tag!["Key"]!.ToString() == wanted.Key && (wanted.Value.Length == 0 || tag["Value"]?.ToString() == wanted.Value)));

    private static List<(string Key, string Value)> Given(ApiCall call)
    {
        if (call.Find("Tags") is ['{', ..] text)
        {
            try
            {
                return [.. JsonNode.Parse(text)!.AsObject().Select(tag => (tag.Key, tag.Value?.ToString() ?? ""))];
            }
            catch (JsonException)
            {
                throw ApiRefusal.Invalid("Tags", "it is no JSON map");
            }
        }

        return
        [
            .. call.Maps("Tag").Concat(call.Maps("Tags")).Concat(call.Maps("tags")).Select(tag =>
                (ApiCall.TextOf(tag["Key"] ?? tag["key"]) ?? throw ApiRefusal.Missing("Tag.Key"), ApiCall.TextOf(tag["Value"] ?? tag["value"]) ?? "")),
        ];
    }
}
