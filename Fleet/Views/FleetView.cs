using System.Collections.Immutable;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Units;

namespace Orchestrator.Fleet.Views;

/// <summary>The fleet as the facts so far show it: their fold in journal order. Immutable; snapshots may be kept and compared.</summary>
public sealed record FleetView
{
    /// <summary>The destination of traffic that is no unit.</summary>
    public const string Home = "home";

    public static FleetView Empty { get; } = new();

    public ImmutableSortedDictionary<string, ClusterView> Clusters { get; init; } =
        ImmutableSortedDictionary.Create<string, ClusterView>(StringComparer.Ordinal);

    /// <summary>Every unit there ever was, released ones too.</summary>
    public ImmutableSortedDictionary<string, UnitView> Units { get; init; } =
        ImmutableSortedDictionary.Create<string, UnitView>(StringComparer.Ordinal);

    /// <summary>The last load test; null: there was none.</summary>
    public LoadTested? LoadTest { get; init; }

    /// <summary>Percent by destination. Before any fact all traffic goes home.</summary>
    public ImmutableDictionary<string, int> Weights { get; init; } = ImmutableDictionary<string, int>.Empty.Add(Home, 100);

    /// <summary>Requests a second when traffic was last shifted or read.</summary>
    public double Demand { get; init; }

    /// <summary>When the latest fact became true; null: there is none.</summary>
    public DateTimeOffset? At { get; init; }

    public static FleetView Of(IEnumerable<FleetFact> facts) => facts.Aggregate(Empty, (view, fact) => view.Apply(fact));

    public FleetView Apply(FleetFact fact)
    {
        var view = At is null || fact.At > At ? this with { At = fact.At } : this;
        return fact switch
        {
            FleetSurveyed surveyed => view with
            {
                Clusters = view.Clusters.SetItems(surveyed.Clusters.Select(found =>
                    KeyValuePair.Create(found.Cluster, ClusterView.Of(found, view.Clusters.GetValueOrDefault(found.Cluster))))),
            },
            ShiftPlanned planned => view.WithCluster(planned.Cluster, cluster => cluster.Apply(planned)),
            WaveConfirmed confirmed => view.WithCluster(confirmed.Cluster, cluster => cluster.Apply(confirmed)),
            ClusterShifted shifted => view.WithCluster(shifted.Cluster, cluster => cluster.Apply(shifted)),
            UnitPlanned planned => view.Plan(planned),
            UnitProvisioned provisioned => view.WithUnit(provisioned.Unit, fact),
            UnitScaled scaled => view.WithUnit(scaled.Unit, fact),
            UnitInspected inspected => view.WithUnit(inspected.Unit, fact),
            UnitReleasing releasing => view.WithUnit(releasing.Unit, fact),
            UnitReleased released => view.WithUnit(released.Unit, fact),
            UnitFailed failed => view.WithUnit(failed.Unit, fact),
            StackBegun => view,
            TrafficShifted shifted => view with
            {
                Weights = shifted.Weights,
                Demand = shifted.Demand ?? view.Demand,
                Units = view.Units.SetItems(view.Units
                    .Select(unit => KeyValuePair.Create(unit.Key, unit.Value.Weighted(shifted.Weights.GetValueOrDefault(unit.Key))))),
            },
            TrafficObserved observed => view with { Demand = observed.Demand },
            LoadTested tested => view with { LoadTest = tested },
            ObjectFound or WaveTurned or BatchKilled or DriftFound or WeightsFound or OrdersCounted or NodesMeasured => view,
            _ => throw new System.Diagnostics.UnreachableException($"no such fact: {fact.GetType().Name}"),
        };
    }

    // A fact of a cluster that no survey found says nothing about sizes; there is nothing to keep.
    private FleetView WithCluster(string id, Func<ClusterView, ClusterView> change) =>
        Clusters.TryGetValue(id, out var cluster) ? this with { Clusters = Clusters.SetItem(id, change(cluster)) } : this;

    private FleetView WithUnit(string id, FleetFact fact) =>
        Units.TryGetValue(id, out var unit) ? this with { Units = Units.SetItem(id, unit.Apply(fact)) } : this;

    // Planned again while alive is a second attempt; planned again after its release is another night's unit of that name.
    private FleetView Plan(UnitPlanned planned) =>
        Units.TryGetValue(planned.Unit, out var unit) && unit.Phase.IsAlive()
            ? this
            : this with { Units = Units.SetItem(planned.Unit, UnitView.Of(planned)) };
}
