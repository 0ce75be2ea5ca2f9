using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.Endpoints;
using Orchestrator.Simulator.OpenApi.Inventory;

namespace Orchestrator.Simulator.OpenApi;

/// <summary>
/// How a unit that the OpenAPI made is doing, read off what stands around its load balancer: the listener, the servers of the groups it
/// forwards to, the databases and caches of its network. A load balancer serves as soon as one of its servers does.
/// </summary>
internal sealed class UnitReading(CloudInventory inventory)
{
    public UnitHealth Of(string balancerId) => Of(balancerId, inventory.Now);

    /// <summary>Cores of a unit's instances that serve at a moment, 0 while anything that they need is not in service; null: there is no such unit.</summary>
    public double? CoresOf(string unit, DateTimeOffset at) => FindBalancer(unit) is not { } balancer ? null : Of(balancer.Id, at) is { Healthy: true } health ? health.Cores : 0;

    private UnitHealth Of(string balancerId, DateTimeOffset now)
    {
        var balancer = inventory.All(ItemKind.LoadBalancer).FirstOrDefault(item => item.Id == balancerId);
        var vpc = balancer?.Text("VpcId");
        var listeners = inventory.All(ItemKind.Listener).Where(item => item.Text("LoadBalancerId") == balancerId && !item.IsDeleting).ToList();
        var rules = inventory.All(ItemKind.Rule).Where(item => item.Text("LoadBalancerId") == balancerId && !item.IsDeleting);
        var groups = listeners.SelectMany(listener => Groups(listener.Properties["DefaultActions"])).Concat(rules.SelectMany(rule => Groups(rule.Properties["RuleActions"]))).ToHashSet();
        var servers = groups.SelectMany(inventory.ServersOf).Where(server => server.Weight > 0).ToList();
        var machines = inventory.Machines.ToDictionary(machine => machine.Id);
        bool Serves(GroupServer server) => server.ReadyAt <= now && (server.Type != "Ecs" || (machines.TryGetValue(server.ServerId, out var machine) && machine.IsRunning(now)));
        var ready = servers.Count(Serves);
        var checks = new List<HealthCheck>
        {
            new("load-balancer", balancer?.IsReady(now) ?? false, balancer?.Status(now, "Provisioning", "Active", "Configuring", "Deleting") ?? "deleted"),
            new("listener", listeners.Any(listener => listener.IsReady(now)), Count(listeners, now, "listeners")),
            new("instances", ready > 0, string.Create(CultureInfo.InvariantCulture, $"{ready} of {servers.Count} instances ready")),
        };
        Add("database", ItemKind.Database, "databases");
        Add("cache", ItemKind.Cache, "caches");
        var configurations = inventory.All(ItemKind.ScalingConfiguration)
            .Where(item => servers.Any(server => machines.TryGetValue(server.ServerId, out var machine) && machine.Configuration == item.Id)).ToList();
        return new UnitHealth(
            balancer?.Name ?? balancerId,
            servers.Count,
            ready,
            checks,
            Digest(configurations.Select(one => one.Text("ImageId") ?? "")),
            Digest(configurations.Select(one => one.Text("UserData") ?? "")))
        {
            Cores = servers.Where(Serves).Sum(server => machines.TryGetValue(server.ServerId, out var machine) ? machine.Type.Cores : 0),
        };

        void Add(string name, string kind, string what)
        {
            var items = inventory.All(kind).Where(item => vpc is not null && item.Text("VpcId") == vpc && !item.IsDeleting).ToList();
            if (items.Count > 0)
            {
                checks.Add(new HealthCheck(name, items.All(item => item.IsReady(now)), Count(items, now, what)));
            }
        }
    }

    /// <summary>The load balancer of a unit: its name is the unit's, or begins with it and a hyphen.</summary>
    public UnitHealth? FindUnit(string unit) => FindBalancer(unit) is { } balancer ? Of(balancer.Id) : null;

    private CloudItem? FindBalancer(string unit) => inventory.All(ItemKind.LoadBalancer).FirstOrDefault(item => !item.IsDeleting
            && (item.Name == unit || item.Name.StartsWith(unit + "-", StringComparison.Ordinal) || item.Properties["Tags"]!.AsArray().Any(tag => tag!["Key"]?.ToString() == "unit" && tag["Value"]?.ToString() == unit)));

    private static IEnumerable<string> Groups(JsonNode? actions) =>
        (actions as JsonArray ?? []).SelectMany(action => action?["ForwardGroupConfig"]?["ServerGroupTuples"] as JsonArray ?? [])
            .Where(tuple => tuple!["Weight"]?.ToString() != "0").Select(tuple => tuple!["ServerGroupId"]!.ToString());

    private static string Count(List<CloudItem> items, DateTimeOffset now, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{items.Count(item => item.IsReady(now))} of {items.Count} {what} ready");

    private static string Digest(IEnumerable<string> parts) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))));
}
