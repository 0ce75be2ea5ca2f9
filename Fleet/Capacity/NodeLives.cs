using Orchestrator.Fleet.Facts;

namespace Orchestrator.Fleet.Capacity;

/// <summary>Which state each node was in from when to when, as far as facts name nodes: from the wave that it was confirmed in. Not safe for concurrent use.</summary>
internal sealed class NodeLives
{
    private readonly List<NodeSpan> _spans = [];
    private readonly Dictionary<(string Cluster, string Node), int> _open = [];

    public IReadOnlyList<NodeSpan> Spans => _spans;

    public void Apply(FleetFact fact, DateTimeOffset at)
    {
        switch (fact)
        {
            case ShiftPlanned planned:
                End(planned.Cluster, planned.Gone, at);
                break;
            case WaveConfirmed confirmed:
                End(confirmed.Cluster, confirmed.Gone, at);
                foreach (var node in confirmed.Nodes)
                {
                    if (_open.TryGetValue((confirmed.Cluster, node), out var index))
                    {
                        // A wave reported a second time moved nothing.
                        if (_spans[index].State == confirmed.To) continue;
                        _spans[index] = _spans[index] with { To = at };
                    }

                    _open[(confirmed.Cluster, node)] = _spans.Count;
                    _spans.Add(new NodeSpan(confirmed.Cluster, node, confirmed.To, at, null));
                }

                break;
            case FleetSurveyed surveyed:
                // Whoever moved them by other ways: a state that no node shows is no node's.
                foreach (var found in surveyed.Clusters)
                {
                    End(found.Cluster, [.. _open.Where(open => open.Key.Cluster == found.Cluster && found.NodesByState.GetValueOrDefault(_spans[open.Value].State) == 0).Select(open => open.Key.Node)], at);
                }

                break;
        }
    }

    private void End(string cluster, IReadOnlyCollection<string> nodes, DateTimeOffset at)
    {
        foreach (var node in nodes)
        {
            if (_open.Remove((cluster, node), out var index)) _spans[index] = _spans[index] with { To = at };
        }
    }
}
