using System.Text.Json;
using System.Text.Json.Nodes;

namespace Orchestrator.Infra.Alibaba.Calling;

/// <summary>
/// Parameters of RPC style: a list is <c>InstanceId.1=</c>, a map <c>SystemDisk.Category=</c>, both nest; yes and no are
/// <c>true</c> and <c>false</c>; what is null is not sent.
/// </summary>
internal static class Flattening
{
    public static IEnumerable<KeyValuePair<string, string>> Of(JsonObject parameters) => parameters.SelectMany(pair => Of(pair.Key, pair.Value));

    private static IEnumerable<KeyValuePair<string, string>> Of(string name, JsonNode? value) => value switch
    {
        null => [],
        JsonObject map => map.SelectMany(pair => Of($"{name}.{pair.Key}", pair.Value)),
        JsonArray list => list.SelectMany((item, index) => Of(FormattableString.Invariant($"{name}.{index + 1}"), item)),
        _ when value.GetValueKind() == JsonValueKind.String => [new(name, value.GetValue<string>())],
        _ => [new(name, value.ToJsonString())],
    };
}
