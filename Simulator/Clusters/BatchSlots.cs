namespace Orchestrator.Simulator.Clusters;

/// <summary>
/// The batch pods of a node. They are not kept one by one: how many run follows from the batch work that the node has admitted;
/// only evictions are remembered, and an evicted pod is requeued and comes back under a new name while there is room.
/// </summary>
internal sealed class BatchSlots(NodeModel node)
{
    public const long PodCpuMilli = 4_000;
    public const long PodMemoryMiB = 16_384;
    public const string Namespace = "batch";

    private static readonly TimeSpan Requeue = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly Dictionary<int, (int Generation, DateTimeOffset At)> _evicted = [];

    /// <summary>Running pods by slot: none twice, names unique for ever.</summary>
    public IEnumerable<(int Slot, string Name)> Running(DateTimeOffset now)
    {
        var admitted = (int)Math.Round(node.ReadHost(now).Work / PodCpuMilli);
        lock (_gate)
        {
            return [.. Enumerable.Range(0, admitted)
                .Where(slot => !_evicted.TryGetValue(slot, out var evicted) || now - evicted.At >= Requeue)
                .Select(slot => (slot, NameOf(slot)))];
        }
    }

    /// <summary>Evicted pods on their way back, under the name they will run by, each with the time of its eviction.</summary>
    public IEnumerable<(string Name, DateTimeOffset Since)> Waiting(DateTimeOffset now)
    {
        lock (_gate)
        {
            return [.. _evicted.Where(evicted => now - evicted.Value.At < Requeue).Select(evicted => (NameOf(evicted.Key), evicted.Value.At))];
        }
    }

    /// <summary>How many evicted pods are on their way back.</summary>
    public int Requeued(DateTimeOffset now)
    {
        lock (_gate)
        {
            return _evicted.Values.Count(evicted => now - evicted.At < Requeue);
        }
    }

    /// <summary>False when no such pod runs now.</summary>
    public bool TryEvict(string pod, DateTimeOffset now)
    {
        var found = Running(now).FirstOrDefault(running => running.Name == pod, (Slot: -1, Name: ""));
        if (found.Slot < 0)
        {
            return false;
        }

        lock (_gate)
        {
            if (NameOf(found.Slot) != pod)
            {
                return false;
            }

            _evicted[found.Slot] = (_evicted.GetValueOrDefault(found.Slot).Generation + 1, now);
            return true;
        }
    }

    private string NameOf(int slot) => $"batch-{node.Name}-{slot}-{_evicted.GetValueOrDefault(slot).Generation}";
}
