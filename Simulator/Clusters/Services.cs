using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.Clusters.Objects;
using Orchestrator.Simulator.Colocation;
using Orchestrator.Simulator.Endpoints;
using Orchestrator.Simulator.Serving;

namespace Orchestrator.Simulator.Clusters;

/// <summary>Services of type LoadBalancer get a real HTTP listener on loopback that answers for the pods they select.</summary>
internal sealed class Services(SimulatedCluster cluster, SimulatedCloudOptions options) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<ObjectKey, (HttpEndpoint Endpoint, DateTimeOffset ShownFrom)> _endpoints = new();

    public async Task ChangedAsync(ObjectKey key, StoredObject? service, CancellationToken cancellationToken)
    {
        var balanced = service?.Parse()["spec"]?["type"]?.ToString() == "LoadBalancer";
        if (balanced && !_endpoints.ContainsKey(key))
        {
            var endpoint = await HttpEndpoint.StartAsync(() => HealthOf(key), cancellationToken);
            var delay = TimeSpan.FromSeconds((5 + (StableRandom.Of(options.Seed, key.Name, "balancer") * 5)) * options.Delays);
            if (!_endpoints.TryAdd(key, (endpoint, cluster.EnvironmentClock.GetUtcNow() + delay)))
            {
                await endpoint.DisposeAsync();
            }
        }
        else if (!balanced && _endpoints.TryRemove(key, out var gone))
        {
            await gone.Endpoint.DisposeAsync();
        }
    }

    public JsonObject StatusOf(StoredObject service, DateTimeOffset now)
    {
        var balancer = new JsonObject();
        if (_endpoints.TryGetValue(service.Key, out var entry) && entry.ShownFrom <= now)
        {
            balancer["ingress"] = new JsonArray(new JsonObject
            {
                ["ip"] = "127.0.0.1",
                ["ports"] = new JsonArray(new JsonObject { ["port"] = entry.Endpoint.Port, ["protocol"] = "TCP" }),
            });
        }

        return new JsonObject { ["loadBalancer"] = balancer };
    }

    /// <summary>The state of a unit on this cluster, by its namespace, its service's name or label <c>orchestrator.io/unit</c>; null when there is none.</summary>
    public UnitHealth? FindUnit(string unit)
    {
        foreach (var key in _endpoints.Keys)
        {
            if (cluster.Table(ResourceKind.Service).Find(key) is { } service && Is(service, unit))
            {
                return HealthOf(key);
            }
        }

        return null;
    }

    /// <summary>What serves a unit of this cluster at a moment, behind an address that is there; null: there is no such unit here.</summary>
    public double? CoresOf(string unit, Func<double, double, double> coresBeside, DateTimeOffset at)
    {
        foreach (var (key, entry) in _endpoints)
        {
            if (cluster.Table(ResourceKind.Service).Find(key) is { } service && Is(service, unit))
            {
                return entry.ShownFrom <= at ? cluster.Workloads.Cores(key.Namespace, service.Parse()["spec"]?["selector"] as JsonObject, coresBeside, at) : 0;
            }
        }

        return null;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (endpoint, _) in _endpoints.Values)
        {
            await endpoint.DisposeAsync();
        }
    }

    private static bool Is(StoredObject service, string unit) =>
        service.Labels.GetValueOrDefault(PodPlacement.UnitLabel) == unit || service.Key.Name == unit || service.Key.Namespace == unit;

    private UnitHealth HealthOf(ObjectKey key)
    {
        var now = cluster.EnvironmentClock.GetUtcNow();
        var service = cluster.Table(ResourceKind.Service).Find(key)?.Parse();
        var selector = service?["spec"]?["selector"] as JsonObject;
        var (ready, all) = cluster.Workloads.Count(key.Namespace, selector, now);
        var shown = _endpoints.TryGetValue(key, out var entry) && entry.ShownFrom <= now;
        var deployments = cluster.Table(ResourceKind.Deployment).Snapshot().Objects.Where(deployment => deployment.Key.Namespace == key.Namespace).ToList();
        var configs = cluster.Table(ResourceKind.ConfigMap).Snapshot().Objects.Where(map => map.Key.Namespace == key.Namespace).ToList();
        return new UnitHealth(
            $"{cluster.Id}/{key.Namespace}/{key.Name}",
            all,
            ready,
            [new HealthCheck("instances", all > 0 && ready == all, string.Create(CultureInfo.InvariantCulture, $"{ready} of {all} pods ready")), new HealthCheck("load-balancer", shown, shown ? "address assigned" : "waiting for an address")],
            Digest(deployments.Select(deployment => deployment.Parse()["spec"]?["template"]?["spec"]?["containers"]?[0]?["image"]?.ToString() ?? "")),
            Digest(configs.Select(map => map.Parse()["data"]?.ToJsonString() ?? "")));
    }

    private static string Digest(IEnumerable<string> parts) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))));
}
