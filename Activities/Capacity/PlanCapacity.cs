using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Fleet.Capacity;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Files;
using Orchestrator.Fleet.Units;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Capacity;

/// <summary>Reckons what a peak needs of home, of the cloud and of the batch clusters, by the formulas of docs/fleet.md. Asks and changes nothing.</summary>
internal sealed class PlanCapacity(FleetDefinition fleet, ProfileSet profiles) : IActivity<PlanCapacityArguments, PlanCapacityResult>
{
    public Task<PlanCapacityResult> ExecuteAsync(PlanCapacityArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        var groups = arguments.Groups.Where(group => group.Units.Length > 0 && group.Percent > 0).ToImmutableArray();
        if (groups.Sum(group => group.Percent) > 100)
        {
            throw new ActivityFailedException("bad-argument", "the groups take more than 100 % together; lower their percentages", retryable: false);
        }

        var peak = arguments.Peak ?? fleet.AdmittedTraffic.Peak;
        ImmutableArray<PlannedUnit> units = [.. groups.SelectMany(group => group.Units.Select(unit => new PlannedUnit
        {
            Unit = unit,
            Kind = group.Kind,
            Percent = Math.Round(group.Percent / group.Units.Length, 2),
            Hosts = CapacityForecast.HostsFor(fleet, group.Kind, peak, group.Percent / group.Units.Length),
        }))];
        var home = CapacityForecast.Home(fleet);
        var homeNeeded = peak * CapacityForecast.Margin * (100 - groups.Sum(group => group.Percent)) / 100;
        var floor = profiles[ColocationState.StressTest].BatchFloorPercent;
        var lent = fleet.Clusters.Where(cluster => cluster.Kind == ClusterKind.Batch).Sum(cluster => cluster.CpuMilli * (100.0 - cluster.ReservePercent - floor) / 100) / 1_000;
        var lentNeeded = units.Where(unit => unit.Kind == UnitKind.BigData).Sum(unit => unit.Hosts) * CapacityForecast.ReplicaCpuMilli / 1_000.0;
        return Task.FromResult(new PlanCapacityResult
        {
            Peak = peak,
            Needed = peak * CapacityForecast.Margin,
            HomeCapacity = home,
            HomeNeeded = homeNeeded,
            Units = units,
            LentCoresNeeded = lentNeeded,
            LentCoresThere = Math.Round(lent, 1),
            CostPerHour = units.Where(unit => unit.Kind == UnitKind.Cloud).Sum(unit => unit.Hosts) * fleet.Cloud.CostPerHostHour,
            Currency = fleet.Currency,
            Short = [.. Short(homeNeeded, home, lentNeeded, lent, units)],
        });
    }

    private static IEnumerable<string> Short(double homeNeeded, double home, double lentNeeded, double lent, ImmutableArray<PlannedUnit> units)
    {
        if (homeNeeded > home)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"home is left with {homeNeeded:#,0} requests a second and carries {home:#,0}: give the units a larger part");
        }

        if (lentNeeded > lent)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"the big-data units need {lentNeeded:#,0} cores and the batch clusters have {lent:#,0} for online work: give them a smaller part, or lend more clusters");
        }

        foreach (var unit in units.Where(unit => unit.Hosts > CapacityForecast.MostHosts(unit.Kind)))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"unit {unit.Unit} needs {unit.Hosts} hosts and a unit of this kind has at most {CapacityForecast.MostHosts(unit.Kind)}: divide its part over more units");
        }
    }
}
