using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.Balancing;
using Orchestrator.Simulator.Clusters.Objects;
using Orchestrator.Simulator.Colocation;
using Orchestrator.Simulator.Serving;

namespace Orchestrator.Simulator.Clusters;

/// <summary>
/// The Gateway API: a controller looks at an HTTPRoute some time after it was written, says in its status what it makes of it, and from then on the traffic is
/// divided so. A backend leads somewhere when it is home, a trading unit, or a service of the route's namespace.
/// </summary>
internal sealed class Routes(SimulatedCluster cluster, SimulatedCloudOptions options, Balancer balancer)
{
    /// <summary>Namespace and name of the gateway and of the route that stand from the start.</summary>
    public const string Name = "trading";

    private const int MostBackends = 16;
    private const long MostWeight = 1_000_000;
    private const string Controller = "orchestrator.io/simulated-gateway";

    private readonly ConcurrentDictionary<ObjectKey, ImmutableList<Generation>> _generations = new();

    /// <summary>What a controller saw of a route.</summary>
    /// <param name="SeenAt">When it does; a function of the write.</param>
    private sealed record Generation(long Number, DateTimeOffset SeenAt, JsonArray Parents, ImmutableArray<string> Backends);

    /// <summary>A gateway, and a route that sends everything home.</summary>
    public void Seed()
    {
        var key = new ObjectKey(Name, Name);
        cluster.Table(ResourceKind.Namespace).Seed([(new ObjectKey("", Name), new JsonObject())]);
        cluster.Table(ResourceKind.Gateway).Seed([(key, JsonNode.Parse("""
            {"spec":{"gatewayClassName":"simulated","listeners":[{"name":"http","port":80,"protocol":"HTTP","allowedRoutes":{"namespaces":{"from":"Same"}}}]}}
            """)!.AsObject())]);
        cluster.Table(ResourceKind.HttpRoute).Seed([(key, JsonNode.Parse("""
            {"spec":{"parentRefs":[{"group":"gateway.networking.k8s.io","kind":"Gateway","name":"trading"}],"hostnames":["trade.example.com"],
             "rules":[{"matches":[{"path":{"type":"PathPrefix","value":"/"}}],"backendRefs":[{"group":"","kind":"Service","name":"home","port":80,"weight":100}]}]}}
            """)!.AsObject())]);
        Saw(cluster.Table(ResourceKind.HttpRoute).Get(key), cluster.EnvironmentClock.GetUtcNow());
    }

    /// <summary>Refuses what the custom resource's schema would.</summary>
    /// <exception cref="StatusException">422.</exception>
    public static void Admit(string name, JsonObject route)
    {
        foreach (var rule in Rules(route))
        {
            var backends = Backends(rule).ToList();
            if (backends.Count > MostBackends)
            {
                throw StatusException.Invalid(ResourceKind.HttpRoute, name, string.Create(CultureInfo.InvariantCulture, $"spec.rules.backendRefs: Too many: {backends.Count}: must have at most {MostBackends} items"));
            }

            foreach (var backend in backends)
            {
                if (backend["name"] is not JsonValue named || !named.TryGetValue<string>(out var text) || text.Length == 0)
                {
                    throw StatusException.Invalid(ResourceKind.HttpRoute, name, "spec.rules.backendRefs.name: Required value");
                }

                if (backend["weight"] is { } weight && !(weight is JsonValue value && value.TryGetValue<long>(out var number) && number is >= 0 and <= MostWeight))
                {
                    throw StatusException.Invalid(ResourceKind.HttpRoute, name, $"spec.rules.backendRefs.weight: Invalid value: {weight.ToJsonString()}: should be a whole number from 0 to 1000000");
                }
            }
        }
    }

    public void Changed(ObjectWrite write, string idempotencyKey)
    {
        if (write.After is not { } route)
        {
            _generations.TryRemove(write.Before!.Key, out _);
            balancer.Mark(SourceOf(write.Before.Key), [], idempotencyKey, cluster.EnvironmentClock.GetUtcNow());
            return;
        }

        var body = route.Parse();
        if (write.Before is { } before && NumberOf(before.Parse()) == NumberOf(body))
        {
            return;
        }

        var now = cluster.EnvironmentClock.GetUtcNow();
        var seen = now + TimeSpan.FromSeconds((1 + (StableRandom.Of(options.Seed, string.Create(CultureInfo.InvariantCulture, $"{route.Key.Name}/{NumberOf(body)}"), "route") * 2)) * options.Delays);
        Saw(route, seen);
        balancer.Mark(
            SourceOf(route.Key),
            Rules(body).SelectMany(rule => Matches(rule).Select(HeadersOf).Where(headers => !headers.IsEmpty).Select(headers => (headers, (IReadOnlyDictionary<string, long>)RelativeOf(Backends(rule))))),
            idempotencyKey,
            seen);
        if (Rules(body).Where(rule => Matches(rule).All(match => HeadersOf(match).IsEmpty)).Select(Backends).FirstOrDefault(backends => backends.Any(backend => NameOf(backend) == Balancer.Home)) is { } divides)
        {
            balancer.Route(RelativeOf(divides), idempotencyKey, seen);
        }
    }

    public JsonObject StatusOf(StoredObject route, DateTimeOffset now)
    {
        var parents = new JsonArray();
        if (_generations.GetValueOrDefault(route.Key)?.FindLast(generation => generation.SeenAt <= now) is { } seen)
        {
            var missing = seen.Backends.Where(backend => !balancer.Knows(backend) && cluster.Table(ResourceKind.Service).Find(new ObjectKey(route.Key.Namespace, backend)) is null).ToList();
            foreach (var parent in seen.Parents.OfType<JsonObject>().Where(parent => HasGateway(route.Key.Namespace, parent)))
            {
                parents.Add((JsonNode)new JsonObject
                {
                    ["parentRef"] = parent.DeepClone(),
                    ["controllerName"] = Controller,
                    ["conditions"] = new JsonArray(
                        Condition(seen, "Accepted", "True", "Accepted", ""),
                        missing.Count == 0
                            ? Condition(seen, "ResolvedRefs", "True", "ResolvedRefs", "")
                            : Condition(seen, "ResolvedRefs", "False", "BackendNotFound", $"service(s) not found: {string.Join(", ", missing)}")),
                });
            }
        }

        return new JsonObject { ["parents"] = parents };
    }

    public static JsonObject StatusOfGateway(StoredObject gateway)
    {
        var generation = NumberOf(gateway.Parse());
        JsonObject Now(string type) => new() { ["type"] = type, ["status"] = "True", ["reason"] = type, ["message"] = "", ["observedGeneration"] = generation, ["lastTransitionTime"] = gateway.Parse()["metadata"]?["creationTimestamp"]?.DeepClone() };
        return new JsonObject
        {
            ["addresses"] = new JsonArray(new JsonObject { ["type"] = "IPAddress", ["value"] = "127.0.0.1" }),
            ["conditions"] = new JsonArray(Now("Accepted"), Now("Programmed")),
        };
    }

    /// <summary>Whether an address is the gateway's: one of the host names of a route here, over HTTP.</summary>
    public bool IsGateway(Uri address) => address.Scheme is "http" or "https" && cluster.Table(ResourceKind.HttpRoute).Snapshot().Objects
        .Any(route => (route.Parse()["spec"]?["hostnames"] as JsonArray ?? []).Any(name => string.Equals(name?.ToString(), address.Host, StringComparison.OrdinalIgnoreCase)));

    /// <summary>Shows watchers the routes that were looked at since.</summary>
    public void ShowDue(DateTimeOffset now)
    {
        foreach (var (key, generations) in _generations)
        {
            if (generations is [_, .., { } last] && last.SeenAt <= now && _generations.TryUpdate(key, [last], generations))
            {
                cluster.Table(ResourceKind.HttpRoute).Touch(key);
            }
        }
    }

    /// <summary>Keeps the generation, and the one that is in force until it is seen.</summary>
    private void Saw(StoredObject route, DateTimeOffset at)
    {
        var body = route.Parse();
        var generation = new Generation(
            NumberOf(body), at, body["spec"]?["parentRefs"]?.DeepClone() as JsonArray ?? [], [.. Rules(body).SelectMany(Backends).Select(NameOf).Distinct(StringComparer.Ordinal)]);
        var now = cluster.EnvironmentClock.GetUtcNow();
        _generations.AddOrUpdate(
            route.Key,
            _ => [generation],
            (_, before) => [.. before.FindAll(one => one.SeenAt <= now).TakeLast(1), generation]);
    }

    private bool HasGateway(string @namespace, JsonObject parent) =>
        (parent["kind"]?.ToString() ?? "Gateway") == "Gateway" && parent["name"]?.ToString() is { } name
        && cluster.Table(ResourceKind.Gateway).Find(new ObjectKey(parent["namespace"]?.ToString() ?? @namespace, name)) is not null;

    private static JsonObject Condition(Generation seen, string type, string status, string reason, string message) => new()
    {
        ["type"] = type,
        ["status"] = status,
        ["reason"] = reason,
        ["message"] = message,
        ["observedGeneration"] = seen.Number,
        ["lastTransitionTime"] = KubeTime.Format(seen.SeenAt),
    };

    private string SourceOf(ObjectKey route) => $"HTTPRoute {cluster.Id}/{route.Namespace}/{route.Name}";

    private static IEnumerable<JsonObject> Matches(JsonObject rule) => (rule["matches"] as JsonArray ?? []).OfType<JsonObject>();

    /// <summary>The headers that a match asks for exactly.</summary>
    private static ImmutableDictionary<string, string> HeadersOf(JsonObject match) => (match["headers"] as JsonArray ?? []).OfType<JsonObject>()
        .Where(header => (header["type"]?.ToString() ?? "Exact") == "Exact")
        .GroupBy(header => header["name"]?.ToString() ?? "", StringComparer.OrdinalIgnoreCase)
        .ToImmutableDictionary(same => same.Key, same => same.First()["value"]?.ToString() ?? "", StringComparer.OrdinalIgnoreCase);

    private static Dictionary<string, long> RelativeOf(IEnumerable<JsonObject> backends) =>
        backends.GroupBy(NameOf).ToDictionary(same => same.Key, same => same.Sum(WeightOf), StringComparer.Ordinal);

    private static IEnumerable<JsonObject> Rules(JsonObject route) => (route["spec"]?["rules"] as JsonArray ?? []).OfType<JsonObject>();

    private static IEnumerable<JsonObject> Backends(JsonObject rule) => (rule["backendRefs"] as JsonArray ?? []).OfType<JsonObject>();

    private static string NameOf(JsonObject backend) => backend["name"]?.ToString() ?? "";

    private static long WeightOf(JsonObject backend) => backend["weight"]?.GetValue<long>() ?? 1;

    private static long NumberOf(JsonObject body) => body["metadata"]?["generation"]?.GetValue<long>() ?? 0;
}
