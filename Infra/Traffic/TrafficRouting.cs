using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orchestrator.Fleet.Clock;
using Orchestrator.Fleet.Files;
using Orchestrator.Infra.Alibaba;
using Orchestrator.Infra.Clusters;
using Orchestrator.Infra.Settings;

namespace Orchestrator.Infra.Traffic;

/// <summary>Chooses the router that the options ask for.</summary>
internal static class TrafficRouting
{
    /// <summary>Without a cluster it is the fleet's that has the gateway; without a fleet the first that is configured.</summary>
    public static void Derive(InfraOptions options, IServiceProvider services) =>
        options.Traffic.Cluster ??= services.GetService<FleetDefinition>()?.GatewayCluster.Id ?? options.Clusters.Keys.Order(StringComparer.Ordinal).FirstOrDefault();

    public static ITrafficRouter Open(IServiceProvider services)
    {
        var all = services.GetRequiredService<IOptions<InfraOptions>>().Value;
        var options = all.Traffic;
        var names = new BackendNames(options.Backends.Where(pair => pair.Value is not null).ToDictionary(pair => pair.Key, pair => pair.Value!, StringComparer.Ordinal), options.Pattern);
        if (options.Kind == TrafficRouterKind.Alb)
        {
            var alb = services.GetRequiredService<AlibabaCloud>().Alb(options.Region ?? all.Alibaba.Region);
            return new AlbRouter(alb, options, names, services.GetRequiredService<EnvironmentClock>(), TimeProvider.System);
        }

        var cluster = services.GetRequiredService<FleetInventory>().Find(options.Cluster ?? "")
            ?? throw new InvalidOperationException("Infra:Traffic:Cluster: no cluster is configured that could hold the route; name one in Infra:Clusters");
        return new HttpRouteRouter(cluster.Connection, options, names);
    }

    /// <summary>What is wrong with the options, every one at once.</summary>
    public static IEnumerable<string> Check(InfraOptions all)
    {
        var options = all.Traffic;
        if (!Enum.IsDefined(options.Kind))
        {
            yield return $"Traffic.Kind: there is no router of kind {options.Kind}; there are {string.Join(", ", Enum.GetNames<TrafficRouterKind>())}";
        }
        else if (options.Kind == TrafficRouterKind.Alb)
        {
            if (string.IsNullOrWhiteSpace(options.RuleId))
            {
                yield return "Traffic.RuleId: an Alb router needs the id of the forwarding rule whose weights it sets";
            }
        }
        else if (options.Cluster is { } cluster && !all.Clusters.ContainsKey(cluster))
        {
            yield return $"Traffic.Cluster: there is no cluster '{cluster}'; there are {string.Join(", ", all.Clusters.Keys.Order(StringComparer.Ordinal))}";
        }

        foreach (var (key, name) in new[] { (nameof(options.Namespace), options.Namespace), (nameof(options.Route), options.Route) }.Where(one => !IsName(one.Item2)))
        {
            yield return $"Traffic.{key}: '{name}' is no name of Kubernetes; it has lower-case letters, digits and hyphens";
        }

        if (options.Pattern.Count(letter => letter == '*') != 1)
        {
            yield return $"Traffic.Pattern: '{options.Pattern}' must have one *, which stands for the destination's id";
        }

        foreach (var (destination, backend) in options.Backends.Where(pair => string.IsNullOrWhiteSpace(pair.Value)))
        {
            yield return $"Traffic.Backends.{destination}: it names no backend";
        }

        foreach (var same in options.Backends.Where(pair => pair.Value is not null).GroupBy(pair => pair.Value!, StringComparer.Ordinal).Where(same => same.Count() > 1))
        {
            yield return $"Traffic.Backends: {string.Join(" and ", same.Select(pair => pair.Key).Order(StringComparer.Ordinal))} have one backend, {same.Key}; each destination needs its own";
        }

        if (options.ObservedWithin < TimeSpan.FromSeconds(1) || options.ObservedWithin > TimeSpan.FromHours(1))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"Traffic.ObservedWithin: {options.ObservedWithin:c} is not from 00:00:01 to 01:00:00");
        }
    }

    private static bool IsName(string? name) =>
        name is { Length: > 0 and <= 253 } && name.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter is '-' or '.') && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1]);
}
