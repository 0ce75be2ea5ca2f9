using System.Collections.Immutable;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;

namespace Orchestrator.Fleet.Views;

/// <summary>A cluster as the facts so far show it.</summary>
public sealed record ClusterView
{
    public required string Id { get; init; }

    public required int Nodes { get; init; }

    public required long CpuMilli { get; init; }

    public int ReservePercent { get; init; }

    public decimal CostPerNodeHour { get; init; }

    /// <summary>Nodes in each state; states without nodes are left out.</summary>
    public required ImmutableSortedDictionary<ColocationState, int> NodesByState { get; init; }

    /// <summary>The state that all nodes show, or while they differ the one that the cluster was last wholly in; null: never seen whole.</summary>
    public ColocationState? State { get; init; }

    /// <summary>The move under way, or null.</summary>
    public ShiftView? Shift { get; init; }

    /// <summary>States of the nodes that facts have named since the last survey; a node moves once however often it is reported.</summary>
    internal ImmutableDictionary<string, ColocationState> Named { get; init; } = ImmutableDictionary<string, ColocationState>.Empty;

    internal static ClusterView Of(SurveyedCluster found, ClusterView? before)
    {
        var byState = found.NodesByState.Where(entry => entry.Value != 0).ToImmutableSortedDictionary();
        return new ClusterView
        {
            Id = found.Cluster,
            Nodes = found.Nodes,
            CpuMilli = found.CpuMilli,
            ReservePercent = found.ReservePercent,
            CostPerNodeHour = found.CostPerNodeHour,
            NodesByState = byState,
            State = byState.Count == 1 ? byState.Keys.First() : before?.State,
            Shift = before?.Shift,
        };
    }

    /// <summary>Nodes that facts named and the cluster then lost; one that a later wave confirms is back.</summary>
    internal ImmutableHashSet<string> Lost { get; init; } = [];

    /// <summary>
    /// Nodes that are counted here and that are not among those the cluster has, sorted: those that facts have named, and, while the cluster has
    /// fewer than are counted, those of its definition.
    /// </summary>
    public ImmutableArray<string> Missing(IReadOnlySet<string> present, IEnumerable<string> defined)
    {
        var named = Named.Keys.Where(node => !present.Contains(node)).ToList();
        var others = Math.Max(0, Nodes - named.Count - present.Count);
        return
        [
            .. named
                .Concat(defined.Where(node => !present.Contains(node) && !Lost.Contains(node) && !Named.ContainsKey(node)).Take(others))
                .Order(StringComparer.Ordinal),
        ];
    }

    internal ClusterView Apply(ShiftPlanned planned) => Without(planned.Gone, planned.From).Name(planned) with
    {
        Shift = new ShiftView(planned.From, planned.To, planned.At, [.. planned.Waves.Select(wave => wave.Length)], 0),
    };

    /// <summary>
    /// The nodes of a plan are counted in the state that it finds them in. A node that an earlier plan named stays as it is counted: it may carry the label of a
    /// wave that was never confirmed, and its way back moves nothing in the count.
    /// </summary>
    private ClusterView Name(ShiftPlanned planned)
    {
        var named = Named.ToBuilder();
        foreach (var node in planned.Waves.SelectMany(wave => wave).Concat(planned.Unavailable).Where(node => !Lost.Contains(node) && !named.ContainsKey(node)))
        {
            named[node] = planned.From;
        }

        return named.Count == Named.Count ? this : this with { Named = named.ToImmutable() };
    }

    internal ClusterView Apply(WaveConfirmed confirmed)
    {
        var (named, byState) = (Named.ToBuilder(), NodesByState.ToBuilder());
        var back = confirmed.Nodes.Where(Lost.Contains).ToImmutableArray();
        foreach (var node in back)
        {
            // It comes with the state it was found in.
            named[node] = confirmed.From;
            Add(byState, confirmed.From, 1);
        }

        foreach (var node in confirmed.Nodes)
        {
            var old = named.TryGetValue(node, out var known) ? known : confirmed.From;
            named[node] = confirmed.To;
            Add(byState, old, -1);
            Add(byState, confirmed.To, 1);
        }

        // They stay where they were, whatever state a later wave takes them from.
        foreach (var node in confirmed.LeftBehind.Where(node => !named.ContainsKey(node)))
        {
            named[node] = confirmed.From;
        }

        return (this with
        {
            Named = named.ToImmutable(),
            NodesByState = byState.ToImmutable(),
            Lost = Lost.Except(back),
            Nodes = Nodes + back.Length,
            CpuMilli = Share(Nodes + back.Length),
            Shift = Shift is { } shift && shift.To == confirmed.To ? shift with { Confirmed = Math.Max(shift.Confirmed, confirmed.Wave) } : Shift,
        }).Without(confirmed.Gone, confirmed.From);
    }

    /// <summary>Counts nodes out, each once; what no fact has named before was in <paramref name="otherwise"/>.</summary>
    private ClusterView Without(ImmutableArray<string> gone, ColocationState otherwise)
    {
        var lost = gone.Where(node => !Lost.Contains(node)).Distinct(StringComparer.Ordinal).ToImmutableArray();
        if (lost.IsEmpty)
        {
            return this;
        }

        var byState = NodesByState.ToBuilder();
        foreach (var node in lost)
        {
            var state = Named.TryGetValue(node, out var known) ? known : otherwise;
            // A node that no fact has named is one of the many.
            Add(byState, byState.GetValueOrDefault(state) > 0 || byState.Count == 0 ? state : byState.MaxBy(entry => entry.Value).Key, -1);
        }

        return this with
        {
            Lost = Lost.Union(lost),
            Named = Named.RemoveRange(lost),
            NodesByState = byState.ToImmutable(),
            Nodes = Nodes - lost.Length,
            CpuMilli = Share(Nodes - lost.Length),
        };
    }

    /// <summary>The capacity of so many nodes: which of several kinds was lost, the facts do not say.</summary>
    private long Share(int nodes) => Nodes == 0 ? 0 : CpuMilli * nodes / Nodes;

    internal ClusterView Apply(ClusterShifted shifted) => this with
    {
        Shift = null,
        State = NodesByState.Count == 1 ? NodesByState.Keys.First() : shifted.To,
    };

    private static void Add(ImmutableSortedDictionary<ColocationState, int>.Builder byState, ColocationState state, int change)
    {
        // A survey may have counted a node in the state of a label that somebody else has changed since: the count never goes below none.
        if (change < 0 && byState.GetValueOrDefault(state) < -change && byState.Count > 0)
        {
            state = byState.MaxBy(entry => entry.Value).Key;
        }

        var count = byState.GetValueOrDefault(state) + change;
        if (count == 0)
        {
            byState.Remove(state);
        }
        else
        {
            byState[state] = count;
        }
    }
}

/// <summary>A move under way.</summary>
/// <param name="WaveSizes">Nodes of each planned wave.</param>
/// <param name="Confirmed">Waves read back so far.</param>
public sealed record ShiftView(
    ColocationState From, ColocationState To, DateTimeOffset Since, ImmutableArray<int> WaveSizes, int Confirmed);
