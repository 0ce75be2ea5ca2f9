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
        Status = ReadStatus();
    }

    /// <summary>In percent, by destination.</summary>
    public ImmutableDictionary<string, int> Weights { get; }

    /// <summary>What the gateways' controllers say of the generation that was read: the worst of them counts.</summary>
    public RouteStatus Status { get; }

    public long Generation { get; }

    public string? ResourceVersion { get; }

    public string Source => string.Create(CultureInfo.InvariantCulture, $"{_target}, generation {Generation}");

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

    private RouteStatus ReadStatus()
    {
        var parents = (_body["spec"]?["parentRefs"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        if (parents.Count == 0)
        {
            return new RouteStatus.Refused(TrafficErrorKind.NotAccepted, null, "it has no parentRefs, so no gateway takes it", "Name the gateway in its spec.parentRefs.");
        }

        var told = (_body["status"]?["parents"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        var programmed = true;
        RouteStatus? pending = null;
        foreach (var parent in parents)
        {
            var gateway = Text(parent["name"]) ?? "";
            if (told.Find(one => one["parentRef"] is JsonObject named && SameParent(parent, named)) is not { } status)
            {
                pending ??= new RouteStatus.Pending($"no controller has taken it for gateway {gateway}", $"Check that gateway {gateway} exists, allows routes of this namespace, and that its controller runs.");
                continue;
            }

            foreach (var type in (string[])["Accepted", "ResolvedRefs", "Programmed"])
            {
                var condition = (status["conditions"] as JsonArray ?? []).OfType<JsonObject>().FirstOrDefault(one => Text(one["type"]) == type);
                if (condition is null)
                {
                    programmed &= type != "Programmed";
                    pending ??= type == "Accepted" ? new RouteStatus.Pending($"gateway {gateway} does not say yet whether it accepts it", "Check that the gateway's controller runs.") : null;
                    continue;
                }

                var (observed, holds, reason) = (Number(condition["observedGeneration"]) ?? 0, Text(condition["status"]), Text(condition["reason"]) ?? "");
                if (observed < Generation)
                {
                    pending ??= new RouteStatus.Pending(string.Create(CultureInfo.InvariantCulture, $"gateway {gateway} has seen generation {observed} of it and not {Generation}"), "Check that the gateway's controller runs and is not far behind.");
                }
                else if (holds != "True" && (reason == "Pending" || holds == "Unknown" || type == "Programmed"))
                {
                    pending ??= new RouteStatus.Pending($"gateway {gateway} says {type} {holds}: {reason}: {Text(condition["message"])}", "Check the gateway's controller.");
                }
                else if (holds != "True")
                {
                    return Refusal(gateway, type, reason, Text(condition["message"]) ?? "");
                }
            }
        }

        return pending ?? new RouteStatus.InForce(programmed ? RoutingStage.Programmed : RoutingStage.Accepted);
    }

    private static RouteStatus.Refused Refusal(string gateway, string type, string reason, string message) => new(
        type == "ResolvedRefs" && reason is "BackendNotFound" or "InvalidKind" ? TrafficErrorKind.NoSuchBackend : TrafficErrorKind.NotAccepted,
        reason,
        $"gateway {gateway} does not take it: {type} is False: {reason}: {message}",
        reason switch
        {
            "BackendNotFound" => "Make a Service of that name in the route's namespace, or correct Infra:Traffic:Backends or Pattern.",
            "InvalidKind" => "Let the backendRef of home name a kind that the gateway knows; the others are made like it.",
            "RefNotPermitted" => "Allow the reference by a ReferenceGrant in the backend's namespace.",
            "NotAllowedByListeners" or "NoMatchingListenerHostname" or "NoMatchingParent" => "Correct the route's parentRefs and hostnames, or the gateway's listeners.",
            _ => "The condition of the route says what the controller wants.",
        });

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

    private bool SameParent(JsonObject asked, JsonObject told)
    {
        string NamespaceOf(JsonObject parent) => Text(parent["namespace"]) ?? Text(_body["metadata"]?["namespace"]) ?? "";
        return Text(asked["name"]) == Text(told["name"]) && NamespaceOf(asked) == NamespaceOf(told)
            && Text(asked["sectionName"]) == Text(told["sectionName"]) && Number(asked["port"]) == Number(told["port"]);
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static long? Number(JsonNode? node) => node is JsonValue value && value.TryGetValue<long>(out var number) ? number : null;
}

/// <summary>What a route's gateways make of it.</summary>
internal abstract record RouteStatus
{
    internal sealed record InForce(RoutingStage Stage) : RouteStatus;

    internal sealed record Pending(string What, string Fix) : RouteStatus;

    internal sealed record Refused(TrafficErrorKind Kind, string? Reason, string What, string Fix) : RouteStatus;
}
