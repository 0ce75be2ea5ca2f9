using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Files;

namespace Orchestrator.Server.FleetViews;

/// <summary>A number of a pool's nodes in one state, from one change of that number to the next.</summary>
internal sealed record PoolHolding(string Cluster, string Pool, ColocationState State, int Nodes, DateTimeOffset From, DateTimeOffset? To, Holder Holder);

/// <summary>
/// Who holds which nodes of each node group: facts name the nodes of a wave, and the fleet file says whose group a node is. A
/// survey counts by cluster only, so where it finds a cluster in several states its groups are unknown until it is whole again.
/// </summary>
internal sealed class PoolLedger
{
    private readonly Dictionary<string, Dictionary<string, string>> _poolOfNode;
    private readonly Dictionary<string, Dictionary<string, ColocationState>> _states = new(StringComparer.Ordinal);
    private readonly List<PoolHolding> _holdings = [];
    private readonly Dictionary<(string Cluster, string Pool, ColocationState State), int> _open = [];

    public PoolLedger(FleetDefinition fleet) => _poolOfNode = fleet.Clusters.ToDictionary(
        cluster => cluster.Id, cluster => cluster.ListNodes().ToDictionary(node => node.Name, node => node.Pool.Name, StringComparer.Ordinal), StringComparer.Ordinal);

    public IReadOnlyList<PoolHolding> Holdings => _holdings;

    public void Apply(FleetFact fact, DateTimeOffset at, Holder holder)
    {
        switch (fact)
        {
            case FleetSurveyed surveyed:
                foreach (var cluster in surveyed.Clusters.Where(cluster => _poolOfNode.ContainsKey(cluster.Cluster)))
                {
                    Found(cluster, at, holder);
                }

                break;
            case WaveConfirmed confirmed when _states.TryGetValue(confirmed.Cluster, out var states):
                foreach (var node in confirmed.Nodes.Where(states.ContainsKey))
                {
                    states[node] = confirmed.To;
                }

                Follow(confirmed.Cluster, at, holder);
                break;
        }
    }

    private void Found(SurveyedCluster found, DateTimeOffset at, Holder holder)
    {
        var counts = found.NodesByState.Where(pair => pair.Value > 0).ToDictionary();
        if (_states.TryGetValue(found.Cluster, out var known) && Same(known.Values.CountBy(state => state).ToDictionary(), counts))
        {
            return;
        }

        if (counts.Count == 1)
        {
            _states[found.Cluster] = _poolOfNode[found.Cluster].Keys.ToDictionary(node => node, _ => counts.Keys.Single(), StringComparer.Ordinal);
        }
        else
        {
            _states.Remove(found.Cluster);
        }

        Follow(found.Cluster, at, holder);
    }

    private void Follow(string cluster, DateTimeOffset at, Holder holder)
    {
        var pools = _poolOfNode[cluster];
        var now = _states.GetValueOrDefault(cluster)?.CountBy(pair => (Pool: pools[pair.Key], State: pair.Value)).ToDictionary() ?? [];
        foreach (var (key, index) in _open.Where(pair => pair.Key.Cluster == cluster && now.GetValueOrDefault((pair.Key.Pool, pair.Key.State)) != _holdings[pair.Value].Nodes).ToList())
        {
            _holdings[index] = _holdings[index] with { To = at };
            _open.Remove(key);
        }

        foreach (var ((pool, state), nodes) in now.Where(pair => !_open.ContainsKey((cluster, pair.Key.Pool, pair.Key.State))))
        {
            _open[(cluster, pool, state)] = _holdings.Count;
            _holdings.Add(new PoolHolding(cluster, pool, state, nodes, at, null, holder));
        }
    }

    private static bool Same(Dictionary<ColocationState, int> one, Dictionary<ColocationState, int> other) =>
        one.Count == other.Count && one.All(pair => other.GetValueOrDefault(pair.Key) == pair.Value);
}
