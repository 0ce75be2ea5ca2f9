using System.Collections.Immutable;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Units;
using Orchestrator.Fleet.Views;

namespace Orchestrator.Fleet.Capacity;

/// <summary>
/// Who holds which machines from when to when and in which state: the fold of fleet facts in journal order, over one run or
/// over all of them. Figures are drawn from it by <see cref="FleetReport"/>. Not safe for concurrent use.
/// </summary>
public sealed class Ledger
{
    private readonly List<NodeHolding> _nodes = [];
    private readonly List<NodeTransition> _transitions = [];
    private readonly List<UnitHolding> _units = [];
    private readonly List<TrafficSpan> _spans = [];
    private readonly List<TrafficReading> _readings = [];
    private readonly List<ServedReading> _served = [];
    private readonly List<OrderReading> _orders = [];
    private readonly List<NodesMeasured> _measured = [];
    private readonly NodeLives _lives = new();
    private readonly Dictionary<string, (DateTimeOffset At, int Wave)> _shifting = new(StringComparer.Ordinal);

    /// <summary>The fleet as it is after the last fact.</summary>
    public FleetView View { get; private set; } = FleetView.Empty;

    /// <summary>When the first fact became true; null: there is none.</summary>
    public DateTimeOffset? Since { get; private set; }

    public IReadOnlyList<NodeHolding> Nodes => _nodes;

    public IReadOnlyList<NodeTransition> Transitions => _transitions;

    /// <summary>Every life of every unit, in the order of planning.</summary>
    public IReadOnlyList<UnitHolding> Units => _units;

    public IReadOnlyList<TrafficSpan> Balances => _spans;

    public IReadOnlyList<TrafficReading> Traffic => _readings;

    /// <summary>What the destinations served, by the gateways' counters.</summary>
    public IReadOnlyList<ServedReading> Served => _served;

    /// <summary>The order counters as they were read.</summary>
    public IReadOnlyList<OrderReading> Orders => _orders;

    public IReadOnlyList<NodesMeasured> Measured => _measured;

    /// <summary>The states of single nodes that facts have named, each from when to when.</summary>
    public IReadOnlyList<NodeSpan> NodeSpans => _lives.Spans;

    public static Ledger Of(IEnumerable<FleetFact> facts)
    {
        var ledger = new Ledger();
        foreach (var fact in facts)
        {
            ledger.Apply(fact);
        }

        return ledger;
    }

    public void Apply(FleetFact fact)
    {
        var before = View;
        View = View.Apply(fact);
        // Parallel activities may be journaled slightly out of order; a later entry never ends before an earlier one began.
        var at = View.At!.Value;
        Since ??= at;
        foreach (var cluster in View.Clusters.Values)
        {
            Follow(before.Clusters.GetValueOrDefault(cluster.Id), cluster, at);
        }

        _lives.Apply(fact, at);
        switch (fact)
        {
            case ShiftPlanned planned:
                _shifting[planned.Cluster] = (at, 0);
                break;
            case WaveConfirmed confirmed:
                Confirm(confirmed, at);
                break;
            case ClusterShifted shifted:
                _shifting.Remove(shifted.Cluster);
                break;
            case UnitPlanned planned when !before.Units.TryGetValue(planned.Unit, out var alive) || !alive.Phase.IsAlive():
                _units.Add(new UnitHolding
                {
                    Unit = planned.Unit,
                    Kind = planned.Kind,
                    Cluster = planned.Cluster,
                    Held = [new HostCount(at, planned.Hosts)],
                    CostPerHostHour = planned.CostPerHostHour,
                    CpuMilliPerHost = planned.Hosts > 0 ? planned.CpuMilli / planned.Hosts : 0,
                    ResourcePrices = planned.ResourcePrices,
                    Planned = at,
                });
                break;
            case UnitProvisioned provisioned:
                Change(provisioned.Unit, unit => unit with { Provisioned = unit.Provisioned ?? at });
                break;
            case UnitScaled scaled:
                Change(scaled.Unit, unit => unit.Hosts == scaled.Hosts ? unit : unit with { Held = unit.Held.Add(new HostCount(at, scaled.Hosts)) });
                break;
            case UnitInspected { Passed: true } inspected:
                Change(inspected.Unit, unit => unit with { Ready = unit.Ready ?? at });
                break;
            case UnitReleased released:
                Change(released.Unit, unit => unit with { Released = unit.Released ?? at });
                break;
            case TrafficShifted shifted:
                _spans.Add(new TrafficSpan(at, shifted.Weights));
                if (shifted.Demand is { } demand)
                {
                    _readings.Add(new TrafficReading(at, demand));
                }

                break;
            case TrafficObserved observed:
                _readings.Add(new TrafficReading(at, observed.Demand));
                _served.Add(new ServedReading(at, observed.ServedByDestination, observed.WindowSeconds, observed.Unknown));
                break;
            case OrdersCounted counted:
                _orders.Add(new OrderReading(at, counted.Counts, counted.Unknown));
                break;
            case NodesMeasured measured:
                _measured.Add(measured with { At = at });
                break;
        }
    }

    private void Follow(ClusterView? before, ClusterView now, DateTimeOffset at)
    {
        if (before is not null && ReferenceEquals(before.NodesByState, now.NodesByState))
        {
            return;
        }

        foreach (var state in ColocationStates.All)
        {
            var (old, count) = (before?.NodesByState.GetValueOrDefault(state) ?? 0, now.NodesByState.GetValueOrDefault(state));
            if (old == count)
            {
                continue;
            }

            var open = _nodes.FindLastIndex(holding => holding.Cluster == now.Id && holding.State == state && holding.To is null);
            if (open >= 0)
            {
                _nodes[open] = _nodes[open] with { To = at };
            }

            if (count > 0)
            {
                _nodes.Add(new NodeHolding(now.Id, state, count, at, null));
            }
        }
    }

    private void Confirm(WaveConfirmed confirmed, DateTimeOffset at)
    {
        // A wave reported a second time moved nothing.
        if (!_shifting.TryGetValue(confirmed.Cluster, out var shifting))
        {
            shifting = (at, 0);
        }

        if (confirmed.Wave <= shifting.Wave)
        {
            return;
        }

        var nodes = confirmed.Nodes.Length;
        _transitions.Add(new NodeTransition(confirmed.Cluster, confirmed.To, nodes, shifting.At, at));
        _shifting[confirmed.Cluster] = (at, confirmed.Wave);
    }

    private void Change(string unit, Func<UnitHolding, UnitHolding> change)
    {
        var index = _units.FindLastIndex(holding => holding.Unit == unit);
        if (index >= 0)
        {
            _units[index] = change(_units[index]);
        }
    }
}
