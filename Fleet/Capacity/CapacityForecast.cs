using Orchestrator.Fleet.Files;
using Orchestrator.Fleet.Units;

namespace Orchestrator.Fleet.Capacity;

/// <summary>Whether the machines carry the forecast, in requests a second at the application's objective. Pure; formulas stand in docs/fleet.md.</summary>
public static class CapacityForecast
{
    /// <summary>How much more than the forecast must be there.</summary>
    public const double Margin = 1.2;

    /// <summary>What one replica of a big-data unit asks of its node, in thousandths of a core, as its program says.</summary>
    public const long ReplicaCpuMilli = 4_000;

    /// <summary>Home: the online clusters less their reserve, and what home has outside of the fleet.</summary>
    public static double Home(FleetDefinition fleet) =>
        ((fleet.Clusters.Where(cluster => cluster.Kind == ClusterKind.Online).Sum(cluster => cluster.CpuMilli * (100.0 - cluster.ReservePercent) / 100)) + fleet.HomeCpuOutside) / 1_000
            * fleet.Application.RequestsPerCore;

    /// <summary>Part of a lent machine that batch work has beside a replica while units are tested and until the peak: half, as the state stress-test divides it.</summary>
    public const double NeighbourShare = 0.5;

    /// <summary>One machine of a cloud unit, or one replica of a big-data unit beside its neighbours.</summary>
    public static double Host(FleetDefinition fleet, UnitKind kind)
    {
        var cores = HostCpuMilli(fleet, kind) / 1_000.0;
        return (kind == UnitKind.Cloud ? cores : fleet.Application.CoresBeside(cores, NeighbourShare)) * fleet.Application.RequestsPerCore;
    }

    /// <summary>Of one machine of a cloud unit, or one replica of a big-data unit, in thousandths of a core.</summary>
    public static long HostCpuMilli(FleetDefinition fleet, UnitKind kind) => kind == UnitKind.Cloud ? fleet.Cloud.HostCpuMilli : ReplicaCpuMilli;

    /// <summary>The most that a unit may have: 1,000 machines in a scaling group of the cloud unit's program, 5,000 replicas.</summary>
    public static int MostHosts(UnitKind kind) => kind == UnitKind.Cloud ? 1_000 : 5_000;

    /// <summary>How many hosts a unit needs for a share of a peak, with the margin.</summary>
    /// <param name="peak">Requests a second, all destinations together.</param>
    public static int HostsFor(FleetDefinition fleet, UnitKind kind, double peak, double percent) =>
        Math.Max(1, (int)Math.Ceiling((peak * Margin * percent / 100 / Host(fleet, kind)) - 1e-9));
}

/// <summary>A forecast beside what is there for it, in requests a second.</summary>
/// <param name="Peak">The highest forecast.</param>
public sealed record CapacityFacts(double Peak, double Home, double Units)
{
    public double Needed => Peak * CapacityForecast.Margin;

    public bool Fits => Home + Units >= Needed;

    public override string ToString() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"home carries {Home:#,0} requests a second and the units {Units:#,0}, the forecast of {Peak:#,0} with a fifth to spare needs {Needed:#,0}");
}
