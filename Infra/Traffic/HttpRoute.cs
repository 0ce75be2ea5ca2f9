using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Fleet.Views;
using Orchestrator.Infra.Clusters;

namespace Orchestrator.Infra.Traffic;

/// <summary>
/// An HTTPRoute (<c>gateway.networking.k8s.io/v1</c>) as it was read. Its rules are one field to the API server (the list is atomic), so a change
/// writes all of them back, and in them alters the weights of one rule's backends.
/// </summary>
internal sealed class HttpRoute
{
    public const string Group = "gateway.networking.k8s.io";
    public const string Version = "v1";
    public const string Plural = "httproutes";

    private const long DefaultWeight = 1;
    private const long MostWeight = 1_000_000;

    private readonly string _target;
    private readonly JsonObject _body;
    private readonly BackendNames _names;
    private readonly int _rule;

    private HttpRoute(string target, JsonObject body, BackendNames names, int rule)
    {
        (_target, _body, _names, _rule) = (target, body, names, rule);
        (Generation, ResourceVersion) = (Number(body["metadata"]?["generation"]) ?? 0, Text(body["metadata"]?["resourceVersion"]));
        Weights = ReadWeights();
        Status = RouteStatus.Of(body);
    }

    /// <summary>In percent, by destination.</summary>
    public ImmutableDictionary<string, int> Weights { get; }

    /// <summary>What the gateways' controllers say of the generation that was read: the worst of them counts.</summary>
    public RouteStatus Status { get; }

    public long Generation { get; }

    public string? ResourceVersion { get; }

    public string Source => string.Create(CultureInfo.InvariantCulture, $"{_target}, generation {Generation}");

    /// <summary>What else belongs to the traffic that it divides: gateways, host names, and the matches of the rule.</summary>
    public (JsonNode? Parents, JsonNode? Hostnames, JsonArray Matches) Reach => (_body["spec"]?["parentRefs"], _body["spec"]?["hostnames"], Rules[_rule]!["matches"] as JsonArray ?? []);

    private JsonArray Rules => (JsonArray)_body["spec"]!["rules"]!;

    private IEnumerable<JsonObject> Backends => ((JsonArray)Rules[_rule]!["backendRefs"]!).OfType<JsonObject>();

    /// <param name="rule">A rule's name or number; null: the only one.</param>
    /// <exception cref="TrafficException"><see cref="TrafficErrorKind.Unusable"/> or <see cref="TrafficErrorKind.NoSuchBackend"/>: it divides nothing that can be told in percent by destination.</exception>
    public static HttpRoute Of(string target, JsonObject body, BackendNames names, string? rule)
    {
        var rules = (body["spec"]?["rules"] as JsonArray ?? []).Select((one, index) => (Rule: one as JsonObject, Index: index)).Where(one => one.Rule?["backendRefs"] is JsonArray { Count: > 0 }).ToList();
        var found = rule is null
            ? rules
            : [.. rules.Where(one => Text(one.Rule!["name"]) == rule || one.Index.ToString(CultureInfo.InvariantCulture) == rule)];
        return found switch
        {
            [var only] => new HttpRoute(target, body, names, only.Index),
            [] when rule is null => throw new TrafficException(TrafficErrorKind.Unusable, target, "none of its rules has backends", "Give it a rule with a backendRef for home."),
            [] => throw new TrafficException(TrafficErrorKind.Unusable, target, $"it has no rule '{rule}' with backends", "Correct Infra:Traffic:Rule: a rule's name, or its number from 0."),
            _ => throw new TrafficException(TrafficErrorKind.Unusable, target, $"{found.Count} of its rules have backends", "Say in Infra:Traffic:Rule which one divides the traffic: its name, or its number from 0."),
        };
    }

    /// <summary>A backend of a destination as the rule has it, or else like home's.</summary>
    public JsonObject BackendFor(string destination, int weight)
    {
        var backend = (Backends.FirstOrDefault(one => DestinationOf(one) == destination) ?? Template()).DeepClone().AsObject();
        backend["name"] = _names.BackendOf(destination);
        backend["weight"] = weight;
        return backend;
    }

    /// <summary>
    /// What is applied: the rules with other weights, and nothing else of the route. A destination that has no backend yet gets one that is like home's;
    /// one without traffic that is no more than that is taken out, so that a unit that is torn down leaves no reference to nothing.
    /// </summary>
    public JsonObject Patch(ImmutableDictionary<string, int> weights, string idempotencyKey)
    {
        var rules = Rules.DeepClone().AsArray();
        var rule = rules[_rule]!.AsObject();
        var template = Template();
        var backends = new JsonArray();
        foreach (var backend in Backends)
        {
            var weight = weights.GetValueOrDefault(DestinationOf(backend)!);
            if (weight > 0 || Text(backend["name"]) == _names.BackendOf(FleetView.Home) || !JsonNode.DeepEquals(Bare(backend), Bare(template)))
            {
                var kept = backend.DeepClone().AsObject();
                kept["weight"] = weight;
                backends.Add((JsonNode)kept);
            }
        }

        var present = Backends.Select(DestinationOf).ToHashSet(StringComparer.Ordinal);
        foreach (var (destination, weight) in weights.Where(one => one.Value > 0 && !present.Contains(one.Key)).OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            var added = template.DeepClone().AsObject();
            added["name"] = _names.BackendOf(destination);
            added["weight"] = weight;
            backends.Add((JsonNode)added);
        }

        rule["backendRefs"] = backends;
        return new JsonObject
        {
            ["apiVersion"] = $"{Group}/{Version}",
            ["kind"] = "HTTPRoute",
            ["metadata"] = new JsonObject
            {
                ["name"] = Text(_body["metadata"]?["name"]),
                ["namespace"] = Text(_body["metadata"]?["namespace"]),
                ["resourceVersion"] = ResourceVersion,
                ["annotations"] = new JsonObject { [NodeNames.IdempotencyKey] = idempotencyKey },
            },
            ["spec"] = new JsonObject { ["rules"] = rules },
        };
    }

    private ImmutableDictionary<string, int> ReadWeights()
    {
        var weights = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var backend in Backends)
        {
            var (name, weight) = (Text(backend["name"]) ?? "", backend["weight"] is null ? DefaultWeight : Number(backend["weight"]) ?? -1);
            if (weight is < 0 or > MostWeight)
            {
                throw new TrafficException(TrafficErrorKind.Unusable, _target, $"the weight of backend {name} is {backend["weight"]?.ToJsonString()}", "Correct it: whole numbers from 0 to 1000000.");
            }

            if (DestinationOf(backend) is not { } destination)
            {
                throw new TrafficException(
                    TrafficErrorKind.NoSuchBackend, _target, $"no destination has its backend {name}", "Name its destination in Infra:Traffic:Backends, correct Infra:Traffic:Pattern, or take the backend out of the rule.");
            }

            if (!weights.TryAdd(destination, weight))
            {
                throw new TrafficException(TrafficErrorKind.Unusable, _target, $"destination {destination} has two backends in the rule", "Leave one of them.");
            }
        }

        return Shares.Percent(weights) ?? throw new TrafficException(TrafficErrorKind.Unusable, _target, "every backend of the rule has weight 0, so all requests fail", "Give home a weight.");
    }

    private string? DestinationOf(JsonObject backend) => _names.DestinationOf(Text(backend["name"]) ?? "");

    /// <summary>Home's backend, or the first one: what a new one is made like.</summary>
    private JsonObject Template()
    {
        var home = Backends.FirstOrDefault(backend => Text(backend["name"]) == _names.BackendOf(FleetView.Home)) ?? Backends.First();
        var like = new JsonObject();
        foreach (var name in (string[])["group", "kind", "name", "namespace", "port"])
        {
            if (home[name] is { } value)
            {
                like[name] = value.DeepClone();
            }
        }

        return like;
    }

    /// <summary>A backend without what differs by destination and without the API server's defaults.</summary>
    private static JsonObject Bare(JsonObject backend)
    {
        var bare = backend.DeepClone().AsObject();
        bare.Remove("name");
        bare.Remove("weight");
        if (Text(bare["group"]) == "")
        {
            bare.Remove("group");
        }

        if (Text(bare["kind"]) == "Service")
        {
            bare.Remove("kind");
        }

        return bare;
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static long? Number(JsonNode? node) => node is JsonValue value && value.TryGetValue<long>(out var number) ? number : null;
}
