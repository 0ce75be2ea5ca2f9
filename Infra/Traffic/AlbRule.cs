using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Orchestrator.Infra.Traffic;

/// <summary>A forwarding rule of an application load balancer as it was read. Its actions are written back whole, and only the server groups of its forward action altered.</summary>
internal sealed class AlbRule
{
    private const string Forward = "ForwardGroup";

    private readonly JsonObject _body;
    private readonly JsonArray _tuples;

    public AlbRule(string target, JsonObject body)
    {
        var forwards = (body["RuleActions"] as JsonArray ?? []).OfType<JsonObject>().Where(action => Text(action["Type"]) == Forward).ToList();
        (_body, _tuples) = forwards is [var only] && only["ForwardGroupConfig"]?["ServerGroupTuples"] is JsonArray { Count: > 0 } tuples
            ? (body, tuples)
            : throw new TrafficException(TrafficErrorKind.Unusable, target, $"it has {forwards.Count} actions that forward to server groups", "Give it just one, with the server group of home.");
    }

    public string Listener => Text(_body["ListenerId"]) ?? "";

    public string Status => Text(_body["RuleStatus"]) ?? "";

    /// <summary>1 to 10,000; the lowest comes first. 0: the API does not say.</summary>
    public int Priority => (int)(Number(_body[nameof(Priority)]) ?? 0);

    /// <summary>Weights by server group.</summary>
    public IEnumerable<(string Group, long Weight)> Tuples =>
        // A single group needs no weight and has all of it.
        _tuples.OfType<JsonObject>().Select(tuple => (Text(tuple["ServerGroupId"]) ?? "", Number(tuple["Weight"]) ?? 100));

    /// <summary>The rule's actions with other weights. Groups without traffic are left out, but for home's: a rule takes only a few.</summary>
    /// <param name="weights">Percent by server group.</param>
    public JsonArray Actions(ImmutableDictionary<string, int> weights, string home)
    {
        var actions = ((JsonArray)_body["RuleActions"]!).DeepClone().AsArray();
        var forward = actions.OfType<JsonObject>().Single(action => Text(action["Type"]) == Forward);
        var ordered = Tuples.Select(tuple => tuple.Group).Concat(weights.Keys.Order(StringComparer.Ordinal)).Distinct(StringComparer.Ordinal).Where(group => group == home || weights.GetValueOrDefault(group) > 0);
        forward["ForwardGroupConfig"]!["ServerGroupTuples"] = new JsonArray([.. ordered.Select(group => new JsonObject { ["ServerGroupId"] = group, ["Weight"] = weights.GetValueOrDefault(group) })]);
        return actions;
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.ToString() is { Length: > 0 } text ? text : null;

    private static long? Number(JsonNode? node) => long.TryParse(Text(node), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
