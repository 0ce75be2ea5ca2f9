using Orchestrator.Fleet.Capacity;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Files;
using Orchestrator.Server.Api;

namespace Orchestrator.Server.FleetViews;

/// <summary>Draws the ledger as lanes over time.</summary>
internal sealed class Timeline(FleetProjection projection, ProfileSet profiles, FleetDefinition fleet, DateTimeOffset from, DateTimeOffset to)
{
    private readonly Dictionary<Guid, (double Nodes, double Hosts, decimal Cost)> _byRun = [];

    /// <summary>By run: node-hours of clusters, host-hours of units, cost. Complete after lanes and units were drawn.</summary>
    public IReadOnlyDictionary<Guid, (double Nodes, double Hosts, decimal Cost)> ByRun => _byRun;

    public List<HoldingLane> Lanes()
    {
        var whole = projection.Ledger.Nodes.Select((holding, index) => (Group: (string?)null, Holding: holding, Holder: projection.NodeHolders[index]));
        var groups = projection.Pools.Select(pool => (Group: (string?)pool.Pool, Holding: new NodeHolding(pool.Cluster, pool.State, pool.Nodes, pool.From, pool.To), pool.Holder));
        return
        [
            .. whole.Concat(groups).Where(one => Overlaps(one.Holding.From, one.Holding.To))
                .GroupBy(one => (one.Holding.Cluster, one.Group))
                .OrderBy(lane => lane.Key.Cluster, StringComparer.Ordinal).ThenBy(lane => lane.Key.Group, StringComparer.Ordinal)
                .Select(lane => new HoldingLane(lane.Key.Cluster, lane.Key.Group, [.. lane.OrderBy(one => one.Holding.From).Select(one => Span(one.Group, one.Holding, one.Holder))])),
        ];
    }

    public List<UnitLane> Units() =>
    [
        .. projection.Ledger.Units.Select((unit, index) => (unit, Holder: projection.UnitHolders[index])).Where(pair => Overlaps(pair.unit.Planned, pair.unit.Released))
            .Select(pair => Lane(pair.unit, pair.Holder)),
    ];

    public List<WeightSpan> Traffic() =>
        [.. projection.Ledger.Balances.Where((span, index) => span.From < to && (index + 1 == projection.Ledger.Balances.Count || projection.Ledger.Balances[index + 1].From > from)).Select(span => new WeightSpan(span.From, span.Weights))];

    public List<ReadingResponse> Readings() =>
        [.. projection.Ledger.Traffic.Where(reading => reading.At >= from && reading.At <= to).Select(reading => new ReadingResponse(reading.At, reading.Demand))];

    private HoldingSpan Span(string? group, NodeHolding holding, Holder holder)
    {
        var (begin, end) = (Later(holding.From, from), Earlier(holding.To ?? to, to));
        var definition = fleet.Find(holding.Cluster);
        var hours = definition?.Kind == ClusterKind.Online ? 0 : holding.Nodes * profiles[holding.State].Split.Online / 100.0 * (end - begin).TotalHours;
        var price = definition?.CostPerNodeHour ?? projection.View.Clusters.GetValueOrDefault(holding.Cluster)?.CostPerNodeHour ?? 0;
        var cost = decimal.Round((decimal)hours * price, 4);
        if (group is null)
        {
            Add(holder, hours, 0, cost);
        }

        return new HoldingSpan(Words.Of(holding.State), holding.Nodes, begin, end, holding.To is null, holder.Run.ToString(), holder.Path.Value, Math.Round(hours, 4), cost);
    }

    private UnitLane Lane(UnitHolding unit, Holder holder)
    {
        var released = unit.Released ?? to;
        var spans = new List<UnitSpan>();
        Add("building", unit.Planned, unit.Provisioned ?? released);
        if (unit.Provisioned is { } provisioned)
        {
            Add("uninspected", provisioned, unit.Ready ?? released);
        }

        if (unit.Ready is { } at)
        {
            foreach (var (change, index) in projection.Ledger.Balances.Select((span, index) => (span, index)).Where(pair => pair.span.From < released))
            {
                var until = index + 1 < projection.Ledger.Balances.Count ? projection.Ledger.Balances[index + 1].From : released;
                if (change.Weights.GetValueOrDefault(unit.Unit) > 0)
                {
                    Add("idle", at, change.From);
                    Add("online", Later(change.From, at), Earlier(until, released));
                    at = Later(at, Earlier(until, released));
                }
            }

            Add("idle", at, released);
        }

        var hours = unit.HostHours(from, to);
        var cost = unit.Cost(from, to);
        this.Add(holder, 0, hours, cost);
        return new UnitLane(unit.Unit, Words.Of(unit.Kind), unit.Cluster, unit.Hosts, holder.Run.ToString(), holder.Path.Value, spans, cost);

        void Add(string phase, DateTimeOffset begin, DateTimeOffset end)
        {
            var (first, last) = (Later(begin, from), Earlier(end, to));
            if (last <= first)
            {
                return;
            }

            // Two balances in a row that both give it traffic are one time online.
            if (spans is [.., var before] && before.Phase == phase && before.To == first)
            {
                spans[^1] = before with { To = last, Open = unit.Released is null && last == to };
            }
            else
            {
                spans.Add(new UnitSpan(phase, first, last, unit.Released is null && last == to));
            }
        }
    }

    private void Add(Holder holder, double nodes, double hosts, decimal cost)
    {
        var sum = _byRun.GetValueOrDefault(holder.Run.Value);
        _byRun[holder.Run.Value] = (sum.Nodes + nodes, sum.Hosts + hosts, sum.Cost + cost);
    }

    private bool Overlaps(DateTimeOffset begin, DateTimeOffset? end) => begin < to && (end ?? to) > from;

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
