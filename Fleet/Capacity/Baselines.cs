using System.Collections.Immutable;
using Orchestrator.Fleet.Files;
using Orchestrator.Fleet.Units;

namespace Orchestrator.Fleet.Capacity;

/// <summary>What the same night would have cost otherwise: with everything rented, or on machines of one's own. Models, by the fleet file's prices.</summary>
internal static class Baselines
{
    public const string WithoutLending = "without-lending";

    public const string OwnedMachines = "owned-machines";

    /// <param name="rented">What was rented in fact; null: not known.</param>
    public static ImmutableArray<BaselineReport> Of(Ledger ledger, FleetDefinition? fleet, decimal? rented, OrdersReport? orders, ReportWindow window, Unknowns unknown)
    {
        if (fleet is null)
        {
            unknown.Add("baselines", "there is no fleet file, which has the prices of what would have been rented or owned");
            return [];
        }

        return [Show(Renting(ledger, fleet, rented, window, unknown)), Show(Owning(ledger, fleet, window, unknown))];

        BaselineReport Show((string Id, double Machines, decimal? Cost) baseline) => new(baseline.Id, baseline.Machines, baseline.Cost, OrderFigures.Per10000(baseline.Cost, orders));
    }

    /// <summary>Every unit on lent nodes is a cloud unit instead, with as many hosts as have its replicas' cores.</summary>
    private static (string, double, decimal?) Renting(Ledger ledger, FleetDefinition fleet, decimal? rented, ReportWindow window, Unknowns unknown)
    {
        var machines = Most(ledger, window, unit => unit.Kind == UnitKind.Cloud ? 1 : (double)unit.CpuMilliPerHost / fleet.Cloud.HostCpuMilli);
        if (fleet.Cloud.ResourcePrices.Count < UnitResources.All.Count || rented is null)
        {
            unknown.Add($"baselines.{WithoutLending}", "a price of what would have been rented is not known; give cloud.databaseCostPerHour, cacheCostPerHour and balancerCostPerHour in the fleet file");
            return (WithoutLending, machines, null);
        }

        var cost = rented.Value;
        foreach (var unit in ledger.Units.Where(unit => unit.Kind == UnitKind.BigData))
        {
            cost += CostFigures.Amount(HostHours(unit, (double)unit.CpuMilliPerHost / fleet.Cloud.HostCpuMilli, window), fleet.Cloud.CostPerHostHour)
                + fleet.Cloud.ResourcePrices.Values.Sum(price => CostFigures.Amount(window.Hours(unit.Planned, unit.Released), price));
        }

        return (WithoutLending, machines, cost);
    }

    /// <summary>Machines for the most that was held at once stand for their whole share of the year.</summary>
    private static (string, double, decimal?) Owning(Ledger ledger, FleetDefinition fleet, ReportWindow window, Unknowns unknown)
    {
        var host = fleet.Owned?.HostCpuMilli ?? fleet.Cloud.HostCpuMilli;
        var machines = Most(ledger, window, unit => (double)unit.CpuMilliPerHost / host);
        if (fleet.Owned is { } owned) return (OwnedMachines, machines, CostFigures.Amount(machines * owned.HoursPerPromotion, owned.CostPerHostHour));

        unknown.Add($"baselines.{OwnedMachines}", "what machines of one's own cost is not known; give owned in the fleet file");
        return (OwnedMachines, machines, null);
    }

    /// <summary>Whole machines held at once, at most.</summary>
    /// <param name="machinesPerHost">How many machines one host of a unit is.</param>
    private static double Most(Ledger ledger, ReportWindow window, Func<UnitHolding, double> machinesPerHost)
    {
        var changes = ledger.Units.SelectMany(unit => unit.Held.Select(count => count.From)).Append(window.From).Where(window.Holds);
        return changes.Select(at => ledger.Units.Sum(unit => Whole(unit.HostsAt(at) * machinesPerHost(unit)))).DefaultIfEmpty(0).Max();
    }

    private static double HostHours(UnitHolding unit, double machinesPerHost, ReportWindow window)
    {
        var hours = 0.0;
        for (var i = 0; i < unit.Held.Length; i++)
        {
            hours += Whole(unit.Held[i].Hosts * machinesPerHost) * window.Hours(unit.Held[i].From, i + 1 < unit.Held.Length ? unit.Held[i + 1].From : unit.Released);
        }

        return hours;
    }

    private static double Whole(double machines) => Math.Ceiling(machines - 1e-9);
}
