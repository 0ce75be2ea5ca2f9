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
    public FleetReport Write(Ledger ledger, DateTimeOffset until)
    {
        var since = ledger.Since ?? until;
        var end = until < since ? since : until;
        var clusters = ledger.View.Clusters.Values.Select(cluster => Cluster(ledger, cluster, since, end)).ToImmutableArray();
        var units = ledger.Units.Select(unit => Unit(ledger, unit, end)).ToImmutableArray();
        return new FleetReport
        {
            From = since,
            To = end,
            Currency = fleet?.Currency ?? "",
            Clusters = [.. clusters.Select(cluster => cluster.Report)],
            Units = units,
            Totals = Totals(ledger, clusters, units, end),
        };
    }

    private (ClusterReport Report, CpuUse Use) Cluster(Ledger ledger, Views.ClusterView cluster, DateTimeOffset since, DateTimeOffset end)
    {
        var nodes = ledger.Nodes.Where(holding => holding.Cluster == cluster.Id).ToArray();
        var borrowed = 0.0;
        foreach (var (from, to) in Slices(ledger, cluster.Id, end))
        {
            borrowed += Borrowed(ledger, nodes, cluster, from) * (to - from).TotalHours;
        }

        var use = Use(cluster, nodes, since, end);
        return (new ClusterReport
        {
            Cluster = cluster.Id,
            Nodes = cluster.Nodes,
            State = cluster.State?.Id(),
            States = [.. States(ledger, cluster, nodes, end)],
            BorrowedNodeHours = borrowed,
            TransitionNodeHours = ledger.Transitions.Where(transition => transition.Cluster == cluster.Id)
                .Sum(transition => transition.Nodes * Hours(transition.From, transition.To)),
            Utilisation = use.Share,
            BorrowedCost = Amount(borrowed, cluster.CostPerNodeHour),
        }, use);
    }

    private static IEnumerable<StateReport> States(Ledger ledger, Views.ClusterView cluster, NodeHolding[] nodes, DateTimeOffset end)
    {
        foreach (var state in ColocationStates.All)
        {
            var hours = nodes.Where(holding => holding.State == state).Sum(holding => holding.Nodes * Hours(holding.From, holding.To ?? end));
            var moved = ledger.Moved.GetValueOrDefault((cluster.Id, state));
            if (hours > 0 || moved > 0)
            {
                yield return new StateReport(state.Id(), hours * 3600 / Math.Max(1, cluster.Nodes), hours, moved);
            }
        }
    }

    // Between two neighbouring changes of the cluster's nodes or units everything is constant.
    private static IEnumerable<(DateTimeOffset From, DateTimeOffset To)> Slices(Ledger ledger, string cluster, DateTimeOffset end)
    {
        var changes = ledger.Nodes.Where(holding => holding.Cluster == cluster)
            .SelectMany(holding => new[] { holding.From, holding.To ?? end })
            .Concat(ledger.Units.Where(unit => unit.Cluster == cluster).SelectMany(unit => unit.Held.Select(count => count.From).Append(unit.Released ?? end)))
            .Where(at => at <= end)
            .Append(end)
            .Distinct()
            .Order()
            .ToArray();
        return changes.Zip(changes.Skip(1));
    }

    // Nodes that online work has: its share of the nodes by their states, or what the replicas of the units there have of nodes' cores where that is more.
    private double Borrowed(Ledger ledger, NodeHolding[] nodes, Views.ClusterView cluster, DateTimeOffset at)
    {
        if (fleet?.Find(cluster.Id)?.Kind == ClusterKind.Online)
        {
            return 0;
        }

        var share = nodes.Where(holding => Covers(holding.From, holding.To, at))
            .Sum(holding => holding.Nodes * profiles[holding.State].Split.Online / 100.0);
        var perNode = cluster.Nodes == 0 ? 0 : (double)cluster.CpuMilli / cluster.Nodes;
        var cores = ledger.Units.Where(unit => unit.Cluster == cluster.Id).Sum(unit => unit.HostsAt(at) * unit.CpuMilliPerHost);
        return Math.Max(share, perNode > 0 ? cores / perNode : 0);
    }

    private CpuUse Use(Views.ClusterView cluster, NodeHolding[] nodes, DateTimeOffset since, DateTimeOffset end)
    {
        if (fleet?.Find(cluster.Id) is not { } definition || cluster.Nodes == 0)
        {
            return default;
        }

        var (used, held, perNode) = (0.0, 0.0, (double)definition.CpuMilli / cluster.Nodes);
        for (var at = since; at < end; at += Step)
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

    private static UnitReport Unit(Ledger ledger, UnitHolding unit, DateTimeOffset end) => new()
    {
        Unit = unit.Unit,
        Kind = unit.Kind.Id(),
        Cluster = unit.Cluster,
        Hosts = unit.Hosts,
        TimeToReadySeconds = unit.Ready is { } ready ? (ready - unit.Planned).TotalSeconds : null,
        HostHours = unit.HostHours(unit.Planned, end),
        HeldSeconds = Hours(unit.Planned, unit.Released ?? end) * 3600,
        NotOnlineHostHours = unit.HostHours(unit.Planned, end) - OnlineHostHours(ledger, unit, end),
        NotOnlineSeconds = (Hours(unit.Planned, unit.Released ?? end) - OnlineHours(ledger, unit, end)) * 3600,
        Released = unit.Released is not null,
        Cost = Amount(unit.HostHours(unit.Planned, end), unit.CostPerHostHour),
    };

    private static double OnlineHours(Ledger ledger, UnitHolding unit, DateTimeOffset end) =>
        Online(ledger, unit, end).Sum(span => Hours(span.From, span.To));

    private static double OnlineHostHours(Ledger ledger, UnitHolding unit, DateTimeOffset end) =>
        Online(ledger, unit, end).Sum(span => unit.HostHours(span.From, span.To));

    /// <summary>When the unit had a share of the traffic.</summary>
    private static IEnumerable<(DateTimeOffset From, DateTimeOffset To)> Online(Ledger ledger, UnitHolding unit, DateTimeOffset end)
    {
        for (var i = 0; i < ledger.Balances.Count; i++)
        {
            var span = ledger.Balances[i];
            if (span.Weights.TryGetValue(unit.Unit, out var weight) && weight > 0)
            {
                var to = i + 1 < ledger.Balances.Count ? ledger.Balances[i + 1].From : end;
                yield return (Later(span.From, unit.Planned), Earlier(to, unit.Released ?? end));
            }
        }
    }

    private static ReportTotals Totals(
        Ledger ledger, ImmutableArray<(ClusterReport Report, CpuUse Use)> clusters, ImmutableArray<UnitReport> units, DateTimeOffset end)
    {
        var cloudHours = units.Where(unit => unit.Kind == UnitKind.Cloud.Id()).Sum(unit => unit.HostHours);
        var cost = units.Sum(unit => unit.Cost) + clusters.Sum(cluster => cluster.Report.BorrowedCost);
        var transactions = Transactions(ledger.Traffic);
        var peak = ledger.Traffic.Where(reading => reading.At <= end).Select(reading => (TrafficReading?)reading).MaxBy(reading => reading!.Value.Demand);
        return new ReportTotals
        {
            ResourceHoldingHours = cloudHours + clusters.Sum(cluster => cluster.Report.BorrowedNodeHours),
            NotOnlineHours = units.Sum(unit => unit.NotOnlineHostHours) + clusters.Sum(cluster => cluster.Report.TransitionNodeHours),
            Utilisation = new CpuUse(clusters.Sum(cluster => cluster.Use.Used), clusters.Sum(cluster => cluster.Use.Held)).Share,
            Cost = cost,
            Transactions = transactions,
            CostPerTransaction = transactions > 0 ? cost / (decimal)transactions : null,
            PeakDemand = peak?.Demand ?? 0,
            PeakAt = peak?.At,
            ShareOfPeakOnCloud = peak is { } at ? CloudShare(ledger, at.At) : null,
            NodesMoved = ledger.Moved.Values.Sum(),
        };
    }

    // Straight lines between the readings.
    private static double Transactions(IReadOnlyList<TrafficReading> readings) =>
        readings.Zip(readings.Skip(1)).Sum(pair => (pair.First.Demand + pair.Second.Demand) / 2 * (pair.Second.At - pair.First.At).TotalSeconds);

    private static double CloudShare(Ledger ledger, DateTimeOffset at)
    {
        var weights = ledger.Balances.LastOrDefault(span => span.From <= at)?.Weights;
        var cloud = ledger.Units.Where(unit => unit.Kind == UnitKind.Cloud && Covers(unit.Planned, unit.Released, at)).Select(unit => unit.Unit);
        return weights is null ? 0 : cloud.Sum(unit => weights.GetValueOrDefault(unit)) / 100.0;
    }

    private static bool Covers(DateTimeOffset from, DateTimeOffset? to, DateTimeOffset at) => from <= at && (to is null || at < to);

    private static double Hours(DateTimeOffset from, DateTimeOffset to) => to > from ? (to - from).TotalHours : 0;

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    private static decimal Amount(double hours, decimal perHour) => decimal.Round((decimal)hours * perHour, 4);

    private readonly record struct CpuUse(double Used, double Held)
    {
        public double? Share => Held > 0 ? Used / Held : null;
    }
}
