using System.Collections.Immutable;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Files;
using Orchestrator.Fleet.Units;

namespace Orchestrator.Fleet.Capacity;

/// <summary>Draws a report's figures from a ledger. Formulas stand in docs/fleet.md.</summary>
/// <param name="profiles">Give the shares of each state.</param>
/// <param name="fleet">Gives demand curves and the currency; null: no utilisation, and amounts without a currency.</param>
public sealed class ReportWriter(ProfileSet profiles, FleetDefinition? fleet = null)
{
    // Demand moves over minutes; a finer step changes the utilisation in the fourth digit.
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(1);

    /// <param name="until">Ends what is still open; on the environment clock.</param>
    /// <param name="from">Nothing before it counts. Default: the first fact.</param>
    public FleetReport Write(Ledger ledger, DateTimeOffset until, DateTimeOffset? from = null)
    {
        var since = from ?? ledger.Since ?? until;
        var (window, unknown) = (new ReportWindow(since, until < since ? since : until), new Unknowns());
        var clusters = ledger.View.Clusters.Values.Select(cluster => Cluster(ledger, cluster, window, unknown)).ToImmutableArray();
        var units = ledger.Units.Where(unit => unit.Planned <= window.To && !(unit.Released < window.From)).ToImmutableArray();
        var unitReports = units.Select(unit => Unit(ledger, unit, window)).ToImmutableArray();
        ImmutableArray<ClusterReport> clusterReports = [.. clusters.Select(cluster => cluster.Report)];
        var orders = OrderFigures.Of(ledger, window, unknown);
        var costs = CostFigures.ByResource(ledger, unitReports, clusterReports, window, unknown);
        decimal? rented = costs.Any(cost => cost is { Incremental: true, Cost: null }) ? null : costs.Where(cost => cost.Incremental).Sum(cost => cost.Cost!.Value);
        return new FleetReport
        {
            From = window.From,
            To = window.To,
            Currency = fleet?.Currency ?? "",
            PriceSource = fleet?.Cloud.PriceSource,
            Clusters = clusterReports,
            Units = unitReports,
            Orders = orders,
            CostByResource = costs,
            Baselines = Baselines.Of(ledger, fleet, rented, orders, window, unknown),
            Totals = Totals(ledger, clusters, unitReports, units, costs, orders, window, unknown),
            Unknown = unknown.Show(),
        };
    }

    private (ClusterReport Report, CpuUse Use, MeasuredUse Measured) Cluster(Ledger ledger, Views.ClusterView cluster, ReportWindow window, Unknowns unknown)
    {
        var nodes = ledger.Nodes.Where(holding => holding.Cluster == cluster.Id).ToArray();
        var borrowed = 0.0;
        foreach (var (from, to) in Slices(ledger, cluster.Id, window))
        {
            borrowed += Borrowed(ledger, nodes, cluster, from) * (to - from).TotalHours;
        }

        var (use, measured) = (Use(cluster, nodes, window), MeasuredUse.Of(ledger, cluster.Id, window, unknown));
        if (use.Share is null) unknown.Add($"clusters.{cluster.Id}.utilisation", "there is no fleet file with this cluster, or no time in the report");
        return (new ClusterReport
        {
            Cluster = cluster.Id,
            Nodes = cluster.Nodes,
            State = cluster.State?.Id(),
            States = [.. States(ledger, cluster, nodes, window)],
            BorrowedNodeHours = borrowed,
            TransitionNodeHours = ledger.Transitions.Where(transition => transition.Cluster == cluster.Id)
                .Sum(transition => transition.Nodes * window.Hours(transition.From, transition.To)),
            Utilisation = use.Share,
            Measured = measured.Shown,
            HoldingByHost = IsHome(cluster) ? null : HostFigures.Show([.. HostFigures.OfCluster(ledger, cluster.Id, profiles, window)]),
            BorrowedCost = CostFigures.Amount(borrowed, cluster.CostPerNodeHour),
        }, use, measured);
    }

    private bool IsHome(Views.ClusterView cluster) => fleet?.Find(cluster.Id)?.Kind == ClusterKind.Online;

    private static IEnumerable<StateReport> States(Ledger ledger, Views.ClusterView cluster, NodeHolding[] nodes, ReportWindow window)
    {
        foreach (var state in ColocationStates.All)
        {
            var hours = nodes.Where(holding => holding.State == state).Sum(holding => holding.Nodes * window.Hours(holding.From, holding.To));
            var moved = Moved(ledger, window).Where(transition => transition.Cluster == cluster.Id && transition.State == state).Sum(transition => transition.Nodes);
            if (hours > 0 || moved > 0)
            {
                yield return new StateReport(state.Id(), hours * 3600 / Math.Max(1, cluster.Nodes), hours, moved);
            }
        }
    }

    /// <summary>Moves that were read back within the report.</summary>
    private static IEnumerable<NodeTransition> Moved(Ledger ledger, ReportWindow window) => ledger.Transitions.Where(transition => window.Holds(transition.To));

    // Between two neighbouring changes of the cluster's nodes or units everything is constant.
    private static IEnumerable<(DateTimeOffset From, DateTimeOffset To)> Slices(Ledger ledger, string cluster, ReportWindow window)
    {
        var changes = ledger.Nodes.Where(holding => holding.Cluster == cluster)
            .SelectMany(holding => new[] { holding.From, holding.To ?? window.To })
            .Concat(ledger.Units.Where(unit => unit.Cluster == cluster).SelectMany(unit => unit.Held.Select(count => count.From).Append(unit.Released ?? window.To)))
            .Where(window.Holds)
            .Append(window.From)
            .Append(window.To)
            .Distinct()
            .Order()
            .ToArray();
        return changes.Zip(changes.Skip(1));
    }

    // Nodes that online work has: its share of the nodes by their states, or what the replicas of the units there have of nodes' cores where that is more.
    private double Borrowed(Ledger ledger, NodeHolding[] nodes, Views.ClusterView cluster, DateTimeOffset at)
    {
        if (IsHome(cluster))
        {
            return 0;
        }

        var share = nodes.Where(holding => Covers(holding.From, holding.To, at))
            .Sum(holding => holding.Nodes * profiles[holding.State].Split.Online / 100.0);
        var perNode = cluster.Nodes == 0 ? 0 : (double)cluster.CpuMilli / cluster.Nodes;
        var cores = ledger.Units.Where(unit => unit.Cluster == cluster.Id).Sum(unit => unit.HostsAt(at) * unit.CpuMilliPerHost);
        return Math.Max(share, perNode > 0 ? cores / perNode : 0);
    }

    private CpuUse Use(Views.ClusterView cluster, NodeHolding[] nodes, ReportWindow window)
    {
        if (fleet?.Find(cluster.Id) is not { } definition || cluster.Nodes == 0)
        {
            return default;
        }

        var (used, held, perNode) = (0.0, 0.0, (double)definition.CpuMilli / cluster.Nodes);
        for (var at = window.From; at < window.To; at += Step)
        {
            var middle = at + (Step / 2);
            var (online, batch, all) = (0.0, 0.0, 0.0);
            foreach (var holding in nodes.Where(holding => Covers(holding.From, holding.To, middle)))
            {
                var profile = profiles[holding.State];
                online += holding.Nodes * perNode * profile.Split.Online / 100;
                batch += holding.Nodes * perNode * profile.BatchCeilingPercent / 100;
                all += holding.Nodes * perNode;
            }

            // An online home is all online's, whatever label its nodes carry.
            var onlineRoom = definition.Kind == ClusterKind.Online ? all : online;
            var onlineUse = Math.Min(definition.Demand.OnlineCpuMilli.At(middle), onlineRoom);
            var batchUse = Math.Min(definition.Demand.BatchCpuMilli.At(middle), Math.Min(batch, all - onlineUse));
            used += onlineUse + batchUse;
            held += all;
        }

        return new CpuUse(used, held);
    }

    private static UnitReport Unit(Ledger ledger, UnitHolding unit, ReportWindow window)
    {
        var hours = unit.HostHours(window.From, window.To);
        return new UnitReport
        {
            Unit = unit.Unit,
            Kind = unit.Kind.Id(),
            Cluster = unit.Cluster,
            Hosts = unit.Hosts,
            TimeToReadySeconds = unit.Ready is { } ready ? (ready - unit.Planned).TotalSeconds : null,
            HostHours = hours,
            HeldSeconds = window.Hours(unit.Planned, unit.Released) * 3600,
            NotOnlineHostHours = hours - Online(ledger, unit, window).Sum(span => unit.HostHours(span.From, span.To)),
            NotOnlineSeconds = (window.Hours(unit.Planned, unit.Released) - Online(ledger, unit, window).Sum(span => window.Hours(span.From, span.To))) * 3600,
            HoldingByHost = HostFigures.Show([.. HostFigures.OfUnit(unit, window)]),
            Released = unit.Released <= window.To,
            Cost = CostFigures.Amount(hours, unit.CostPerHostHour),
            ResourceCost = CostFigures.OfResources(unit, window),
        };
    }

    /// <summary>When the unit had a share of the traffic.</summary>
    private static IEnumerable<(DateTimeOffset From, DateTimeOffset To)> Online(Ledger ledger, UnitHolding unit, ReportWindow window)
    {
        for (var i = 0; i < ledger.Balances.Count; i++)
        {
            var span = ledger.Balances[i];
            if (span.Weights.TryGetValue(unit.Unit, out var weight) && weight > 0)
            {
                var to = i + 1 < ledger.Balances.Count ? ledger.Balances[i + 1].From : window.To;
                var (from, until) = window.Cut(Later(span.From, unit.Planned), Earlier(to, unit.Released ?? window.To));
                if (until > from) yield return (from, until);
            }
        }
    }

    private ReportTotals Totals(
        Ledger ledger, ImmutableArray<(ClusterReport Report, CpuUse Use, MeasuredUse Measured)> clusters, ImmutableArray<UnitReport> units, ImmutableArray<UnitHolding> holdings,
        ImmutableArray<ResourceCost> costs, OrdersReport? orders, ReportWindow window, Unknowns unknown)
    {
        var readings = ledger.Traffic.Where(reading => window.Holds(reading.At)).ToArray();
        var (peak, served) = (readings.Length == 0 ? (TrafficReading?)null : readings.MaxBy(reading => reading.Demand), PeakFigures.Of(ledger, window, unknown));
        if (peak is null) unknown.Add("totals.peakDemand", "nothing has read the traffic (traffic.observe does)");
        if (readings.Length < 2) unknown.Add("totals.requests", "requests are taken between two readings of the traffic, and there are fewer");
        if (orders is null)
        {
            unknown.Add("totals.orders", unknown.Find("orders")!);
            unknown.Add("totals.costPer10000Orders", unknown.Find("orders")!);
        }
        else if (orders.Accepted <= 0)
        {
            unknown.Add("totals.costPer10000Orders", "no order was accepted");
        }

        var measured = clusters.Where(cluster => cluster.Measured.Held > 0).Select(cluster => cluster.Measured).ToArray();
        if (measured.Length == 0) unknown.Add("totals.measuredUtilisation", "no cluster was measured");
        // A sum of which a part is missing is no amount that may be divided.
        decimal? Whole(Func<ResourceCost, bool> counts) => costs.Any(cost => counts(cost) && cost.Cost is null) ? null : costs.Where(counts).Sum(cost => cost.Cost!.Value);
        if (orders is { Accepted: > 0 } && Whole(_ => true) is null) unknown.Add("totals.costPer10000Orders", unknown.Find("totals.cost")!);
        return new ReportTotals
        {
            ResourceHoldingHours = units.Where(unit => unit.Kind == UnitKind.Cloud.Id()).Sum(unit => unit.HostHours) + clusters.Sum(cluster => cluster.Report.BorrowedNodeHours),
            NotOnlineHours = units.Sum(unit => unit.NotOnlineHostHours) + clusters.Sum(cluster => cluster.Report.TransitionNodeHours),
            HoldingByHost = HostFigures.Show(
            [
                .. holdings.Where(unit => unit.Kind == UnitKind.Cloud).SelectMany(unit => HostFigures.OfUnit(unit, window)),
                .. ledger.View.Clusters.Values.Where(cluster => !IsHome(cluster)).SelectMany(cluster => HostFigures.OfCluster(ledger, cluster.Id, profiles, window)),
            ]),
            Utilisation = new CpuUse(clusters.Sum(cluster => cluster.Use.Used), clusters.Sum(cluster => cluster.Use.Held)).Share,
            MeasuredUtilisation = measured.Length == 0 ? null : measured.Sum(use => use.Used) / measured.Sum(use => use.Held),
            Cost = costs.Sum(cost => cost.Cost ?? 0),
            IncrementalCost = costs.Where(cost => cost.Incremental).Sum(cost => cost.Cost ?? 0),
            CostPer10000Orders = OrderFigures.Per10000(Whole(_ => true), orders),
            IncrementalCostPer10000Orders = OrderFigures.Per10000(Whole(cost => cost.Incremental), orders),
            Orders = orders?.Accepted,
            Requests = readings.Length < 2 ? null : Requests(readings),
            PeakDemand = peak?.Demand,
            PeakAt = peak?.At,
            PeakServed = served?.Served,
            PeakServedAt = served?.At,
            ShareOfPeakOnCloud = served?.ShareOnCloud,
            NodesMoved = Moved(ledger, window).Sum(transition => transition.Nodes),
        };
    }

    // Straight lines between the readings.
    private static double Requests(IReadOnlyList<TrafficReading> readings) =>
        readings.Zip(readings.Skip(1)).Sum(pair => (pair.First.Demand + pair.Second.Demand) / 2 * (pair.Second.At - pair.First.At).TotalSeconds);

    private static bool Covers(DateTimeOffset from, DateTimeOffset? to, DateTimeOffset at) => from <= at && (to is null || at < to);

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    private readonly record struct CpuUse(double Used, double Held)
    {
        public double? Share => Held > 0 ? Used / Held : null;
    }
}
