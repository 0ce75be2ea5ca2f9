using System.Collections.Immutable;
using Orchestrator.Fleet.Files;
using Orchestrator.Fleet.Units;

namespace Orchestrator.Fleet.Capacity;

/// <summary>What was paid for: rented hosts with the unit's database, cache and balancer, and online work's share of lent nodes.</summary>
internal static class CostFigures
{
    public const string Hosts = "hosts";

    public const string LentNodes = "lent-nodes";

    public static decimal Amount(double hours, decimal perHour) => decimal.Round((decimal)hours * perHour, 4);

    /// <summary>Of one unit's database, cache and balancer; null: a price is not known.</summary>
    public static decimal? OfResources(UnitHolding unit, ReportWindow window) =>
        unit.Kind != UnitKind.Cloud ? 0
        : UnitResources.All.Any(resource => !unit.ResourcePrices.ContainsKey(resource)) ? null
        : UnitResources.All.Sum(resource => Amount(window.Hours(unit.Planned, unit.Released), unit.ResourcePrices[resource]));

    public static ImmutableArray<ResourceCost> ByResource(Ledger ledger, ImmutableArray<UnitReport> units, ImmutableArray<ClusterReport> clusters, ReportWindow window, Unknowns unknown)
    {
        var costs = ImmutableArray.CreateBuilder<ResourceCost>();
        var cloud = ledger.Units.Where(unit => unit.Kind == UnitKind.Cloud).ToArray();
        costs.Add(new ResourceCost(Hosts, units.Where(unit => unit.Kind == UnitKind.Cloud.Id()).Sum(unit => unit.HostHours), Incremental: true, units.Sum(unit => unit.Cost)));
        foreach (var resource in UnitResources.All)
        {
            var held = cloud.Select(unit => (Hours: window.Hours(unit.Planned, unit.Released), Price: unit.ResourcePrices.TryGetValue(resource, out var price) ? price : (decimal?)null)).Where(unit => unit.Hours > 0).ToArray();
            var known = held.All(unit => unit.Price is not null);
            if (!known) unknown.Add($"costByResource.{resource}", $"the price of a {resource} was not known when a unit was planned; give cloud.{resource}CostPerHour in the fleet file");
            costs.Add(new ResourceCost(resource, held.Sum(unit => unit.Hours), Incremental: true, known ? held.Sum(unit => Amount(unit.Hours, unit.Price!.Value)) : null));
        }

        costs.Add(new ResourceCost(LentNodes, clusters.Sum(cluster => cluster.BorrowedNodeHours), Incremental: false, clusters.Sum(cluster => cluster.BorrowedCost)));
        var missing = costs.Where(cost => cost.Cost is null).Select(cost => cost.Resource).ToArray();
        if (missing.Length > 0)
        {
            unknown.Add("totals.cost", $"without the cost of {string.Join(", ", missing)}, which is not known: it was at least this");
            unknown.Add("totals.incrementalCost", unknown.Find("totals.cost")!);
        }

        return costs.ToImmutable();
    }
}
