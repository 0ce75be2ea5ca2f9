using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Orchestrator.Simulator.Endpoints;

namespace Orchestrator.Simulator.Provider;

/// <summary>How a cloud unit is doing, read off the resources around its load balancer: what refers to it, and what shares its network.</summary>
internal static class UnitHealths
{
    public static UnitHealth Of(ResourceProvider provider, string loadBalancer)
    {
        var now = provider.Now;
        var all = provider.List().Where(resource => resource.GoneAt is null).ToList();
        var balancer = all.FirstOrDefault(resource => resource.Id == loadBalancer);
        List<CloudResource> Those(string prefix, Func<CloudResource, bool> which) => [.. all.Where(resource => resource.Type.IdPrefix == prefix && which(resource))];

        var listeners = Those("lsn", listener => listener.RefersTo(loadBalancer));
        var serverGroups = Those("sgp", group => listeners.Any(listener => listener.RefersTo(group.Id)));
        var scalingGroups = Those("asg", group => serverGroups.Any(servers => group.RefersTo(servers.Id)));
        var configurations = Those("asc", configuration => scalingGroups.Any(group => configuration.RefersTo(group.Id)));
        var network = balancer?.Inputs["vpcId"]?.ToString();
        var switches = Those("vsw", one => one.Inputs["vpcId"]?.ToString() == network).Select(one => one.Id).ToHashSet();
        bool InNetwork(CloudResource resource) => resource.Texts().Any(switches.Contains);
        var databases = Those("rm", InNetwork);
        var caches = Those("r", InNetwork);

        var wanted = scalingGroups.Sum(group => group.Hosts);
        var ready = scalingGroups.Where(group => configurations.Any(one => one.RefersTo(group.Id) && one.IsReady(now))).Sum(group => group.HostsReady(now));

        // A unit that is growing goes on serving with what it had.
        var enough = scalingGroups.Sum(group => group.HostsBefore > 0 ? Math.Min(group.HostsBefore, group.Hosts) : group.Hosts);
        var checks = new List<HealthCheck>
        {
            new("load-balancer", balancer?.IsReady(now) ?? false, balancer?.Status(now) ?? "deleted"),
            new("listener", listeners.Any(listener => listener.IsReady(now)), Count(listeners, now, "listeners")),
            new("instances", ready > 0 && ready >= enough, string.Create(CultureInfo.InvariantCulture, $"{ready} of {wanted} instances ready")),
        };
        if (databases.Count > 0)
        {
            checks.Add(new HealthCheck("database", databases.All(one => one.IsReady(now)), Count(databases, now, "databases")));
        }

        if (caches.Count > 0)
        {
            checks.Add(new HealthCheck("cache", caches.All(one => one.IsReady(now)), Count(caches, now, "caches")));
        }

        return new UnitHealth(
            balancer?.Name ?? loadBalancer,
            wanted,
            ready,
            checks,
            Digest(configurations.Select(one => one.Inputs["imageId"]?.ToString() ?? "")),
            Digest(configurations.Select(one => one.Inputs["userData"]?.ToString() ?? "")));
    }

    /// <summary>The load balancer of a unit: by <c>loadBalancerName</c>, tag <c>unit</c>, or resource name.</summary>
    public static UnitHealth? FindUnit(ResourceProvider provider, string unit)
    {
        var balancer = provider.List().FirstOrDefault(resource => resource.GoneAt is null && resource.Type.IdPrefix == "alb"
            && (Belongs(resource.Inputs["loadBalancerName"]?.ToString(), unit) || resource.Inputs["tags"]?["unit"]?.ToString() == unit || Belongs(resource.Name, unit)));
        return balancer is null ? null : Of(provider, balancer.Id);
    }

    // "unit-1" and "unit-1-alb" are unit-1's, "unit-10-alb" is not.
    private static bool Belongs(string? name, string unit) => name == unit || (name?.StartsWith(unit + "-", StringComparison.Ordinal) ?? false);

    private static string Count(List<CloudResource> resources, DateTimeOffset now, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{resources.Count(one => one.IsReady(now))} of {resources.Count} {what} ready");

    private static string Digest(IEnumerable<string> parts) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))));
}
