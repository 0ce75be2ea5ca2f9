using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Units;

namespace Orchestrator.Fleet.Views;

/// <summary>What must be true of the fleet at every journal position. Cheap: a few operations a cluster and a unit.</summary>
public static class Invariants
{
    /// <summary>Every invariant that does not hold; empty when all do.</summary>
    public static ImmutableArray<InvariantViolation> Check(FleetView view, ProfileSet profiles)
    {
        var broken = ImmutableArray.CreateBuilder<InvariantViolation>();
        foreach (var cluster in view.Clusters.Values)
        {
            CheckNodes(cluster, broken);
            CheckShares(cluster, view, profiles, broken);
        }

        CheckTraffic(view, broken);
        CheckUnits(view, broken);
        return broken.ToImmutable();
    }

    private static void CheckNodes(ClusterView cluster, ImmutableArray<InvariantViolation>.Builder broken)
    {
        var sum = cluster.NodesByState.Values.Sum();
        if (sum != cluster.Nodes || cluster.NodesByState.Values.Any(count => count < 0))
        {
            broken.Add(new("nodes", cluster.Id, $"{cluster.Id} has {cluster.Nodes} nodes, its states show {sum}"));
        }
    }

    private static void CheckShares(
        ClusterView cluster, FleetView view, ProfileSet profiles, ImmutableArray<InvariantViolation>.Builder broken)
    {
        if (cluster.CpuMilli == 0 || cluster.Nodes == 0)
        {
            return;
        }

        var units = view.Units.Values
            .Where(unit => unit.Cluster == cluster.Id && unit.Phase.IsAlive())
            .Sum(unit => unit.CpuMilli) * 100.0 / cluster.CpuMilli;
        var floor = Average(cluster, state => profiles[state].BatchFloorPercent);
        var ceiling = Average(cluster, state => profiles[state].BatchCeilingPercent);
        var guarantees = units + floor + cluster.ReservePercent;
        if (guarantees > 100)
        {
            broken.Add(new("guarantees", cluster.Id, string.Create(CultureInfo.InvariantCulture,
                $"{cluster.Id} promises {guarantees:0.#} % of its CPU: units {units:0.#}, batch floor {floor:0.#}, reserve {cluster.ReservePercent}")));
        }

        // In lossy both are 0: there the floor is given up on purpose.
        if (ceiling < floor)
        {
            broken.Add(new("batch-floor", cluster.Id, string.Create(CultureInfo.InvariantCulture,
                $"{cluster.Id} leaves batch {ceiling:0.#} % of its CPU, its floor is {floor:0.#} %")));
        }
    }

    private static void CheckTraffic(FleetView view, ImmutableArray<InvariantViolation>.Builder broken)
    {
        var sum = view.Weights.Values.Sum();
        if (sum != 100 || view.Weights.Values.Any(weight => weight < 0))
        {
            broken.Add(new("weights", "traffic", $"the traffic weights sum to {sum}, not 100"));
        }

        foreach (var (destination, weight) in view.Weights.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            if (weight <= 0 || destination == FleetView.Home)
            {
                continue;
            }

            if (!view.Units.TryGetValue(destination, out var unit))
            {
                broken.Add(new("traffic-target", destination, $"{weight} % of the traffic goes to {destination}, which is no unit"));
            }
            else if (!unit.Phase.IsAlive())
            {
                broken.Add(new("released-weight", destination, $"{weight} % of the traffic goes to {destination}, which is released"));
            }
            else if (unit.Hosts == 0)
            {
                broken.Add(new("traffic-without-hosts", destination, $"{weight} % of the traffic goes to {destination}, which has no hosts"));
            }
            else if (!unit.Inspected || !unit.Phase.MayTakeTraffic())
            {
                broken.Add(new("uninspected-traffic", destination,
                    $"{weight} % of the traffic goes to {destination}, which is {(unit.Inspected ? unit.Phase.ToString() : "not inspected")}"));
            }
        }
    }

    private static void CheckUnits(FleetView view, ImmutableArray<InvariantViolation>.Builder broken)
    {
        foreach (var unit in view.Units.Values)
        {
            broken.AddRange(unit.IllegalChanges.Select(change => new InvariantViolation("unit-phase", unit.Id, change)));
        }
    }

    private static double Average(ClusterView cluster, Func<ColocationState, int> percent) =>
        cluster.NodesByState.Sum(entry => entry.Value * percent(entry.Key)) / (double)cluster.Nodes;
}

/// <param name="Name">Which invariant.</param>
/// <param name="Subject">The cluster, unit or destination.</param>
public sealed record InvariantViolation(string Name, string Subject, string Message);
