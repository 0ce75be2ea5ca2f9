using System.Globalization;
using Orchestrator.Fleet.Files;
using Orchestrator.Simulator.Colocation;

namespace Orchestrator.Simulator.Clusters;

/// <summary>
/// The batch tasks of a node, one pod each. A task has a length and runs to its end: less allocatable stops new ones, suppression slows down those that run, and only an eviction takes one
/// away. The framework saves the work of each task every ten minutes of its running; what was evicted waits half a minute and then goes on from there, before new tasks begin.
/// Looked at every 15 s of the environment clock, whenever somebody asks.
/// </summary>
internal sealed class BatchSlots(NodeModel node, DateTimeOffset start)
{
    public const long PodCpuMilli = 4_000;
    public const string Namespace = "batch";

    /// <summary>A task's length at full speed, in seconds: between these, its logarithm evenly spread. Made up; most batch tasks of published traces are short.</summary>
    private const double Shortest = 120;
    private const double Longest = 1_200;

    private const double Checkpointed = 600;
    private const int Remembered = 64;
    private const double PodMemoryOtherwise = 16_384;

    private static readonly TimeSpan step = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan requeue = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly SortedDictionary<int, BatchTask> _running = [];
    private readonly List<WaitingTask> _waiting = [];
    private readonly Queue<(DateTimeOffset At, int Tasks)> _past = new();
    private readonly Dictionary<int, int> _generations = [];
    private DateTimeOffset _at = start;
    private double _progress;
    private bool _begun;

    /// <summary>One that runs.</summary>
    /// <param name="Done">Seconds of work before it came to this node's count.</param>
    /// <param name="From">The node's progress when it began to run.</param>
    private sealed record BatchTask(string Name, double Length, double Done, double From, DateTimeOffset Since)
    {
        public double Worked(double progress) => Done + progress - From;
    }

    private sealed record WaitingTask(int Slot, string Name, double Length, double Done, DateTimeOffset Since);

    /// <summary>MiB of one pod: what the cluster's batch work asks for, divided by its pods.</summary>
    public double PodMemoryMiB { get; } = PodMemoryOf(node.Load);

    /// <summary>Running pods by slot: none twice, names unique for ever.</summary>
    public IEnumerable<(int Slot, string Name)> Running(DateTimeOffset now)
    {
        lock (_gate)
        {
            Advance(now);
            return [.. _running.Select(task => (task.Key, task.Value.Name))];
        }
    }

    /// <summary>Evicted pods on their way back, under the name they will run by, each with the time of its eviction.</summary>
    public IEnumerable<(string Name, DateTimeOffset Since)> Waiting(DateTimeOffset now)
    {
        lock (_gate)
        {
            Advance(now);
            return [.. _waiting.Select(task => (task.Name, task.Since))];
        }
    }

    /// <summary>How many evicted pods are on their way back.</summary>
    public int Requeued(DateTimeOffset now)
    {
        lock (_gate)
        {
            Advance(now);
            return _waiting.Count;
        }
    }

    /// <summary>How many run at a moment, of the last quarter of an hour.</summary>
    public int CountAt(DateTimeOffset at)
    {
        lock (_gate)
        {
            Advance(at);
            if (at >= _at)
            {
                return _running.Count;
            }

            var count = _running.Count;
            foreach (var (since, tasks) in _past)
            {
                if (since > at)
                {
                    break;
                }

                count = tasks;
            }

            return count;
        }
    }

    /// <summary>Goes on to a moment. Whoever changes what the tasks depend on calls it before.</summary>
    public void AdvanceTo(DateTimeOffset now)
    {
        lock (_gate)
        {
            Advance(now);
        }
    }

    /// <summary>False when no such pod runs now.</summary>
    public bool TryEvict(string pod, DateTimeOffset now)
    {
        lock (_gate)
        {
            Advance(now);
            var found = _running.FirstOrDefault(task => task.Value.Name == pod);
            if (found.Value is null)
            {
                return false;
            }

            Evict(found.Key, found.Value, now);
            Remember(now);
            return true;
        }
    }

    private void Advance(DateTimeOffset to)
    {
        if (!_begun)
        {
            _begun = true;
            Admit(_at, midway: true);
            Remember(_at);
        }

        for (var next = After(_at); next <= to; next = After(next))
        {
            Step(next, (next - _at).TotalSeconds);
            _at = next;
            Remember(next);
        }
    }

    private static DateTimeOffset After(DateTimeOffset at) => new(at.UtcTicks - (at.UtcTicks % step.Ticks) + step.Ticks, TimeSpan.Zero);

    private void Step(DateTimeOffset at, double seconds)
    {
        if (!node.IsAlive(at))
        {
            return;
        }

        var asked = (double)_running.Count * PodCpuMilli;
        _progress += asked > 0 ? seconds * Math.Min(1, node.CpuLimitAt(at) / asked) : 0;
        foreach (var (slot, task) in _running.Where(task => task.Value.Worked(_progress) >= task.Value.Length).ToArray())
        {
            _running.Remove(slot);
        }

        EvictByGates(at);
        Admit(at, midway: false);
    }

    /// <summary>Fills what may be had: those that were evicted first, then new tasks.</summary>
    private void Admit(DateTimeOffset at, bool midway)
    {
        var room = node.BatchRoomAt(at);
        foreach (var task in _waiting.Where(task => at - task.Since >= requeue).ToArray())
        {
            if (_running.Count >= room)
            {
                return;
            }

            _waiting.Remove(task);
            _running[_running.ContainsKey(task.Slot) ? FreeSlot() : task.Slot] = new BatchTask(task.Name, task.Length, task.Done, _progress, at);
        }

        while (_running.Count < room)
        {
            var slot = FreeSlot();
            var generation = _generations[slot] = _generations.GetValueOrDefault(slot, -1) + 1;
            var name = string.Create(CultureInfo.InvariantCulture, $"batch-{node.Name}-{slot}-{generation}");
            var length = Shortest * Math.Pow(Longest / Shortest, StableRandom.Of(node.Rhythm.Seed, name, "length"));
            _running[slot] = new BatchTask(name, length, midway ? length * StableRandom.Of(node.Rhythm.Seed, name, "begun") : 0, _progress, at);
        }
    }

    /// <summary>koordlet's evictions, each behind its gate. The youngest tasks go first: they have the least to lose.</summary>
    private void EvictByGates(DateTimeOffset at)
    {
        if (!node.Load.Gates.Any(ClusterDefinition.EvictionGates.Contains) || node.StrategyAt(at) is not { } strategy)
        {
            return;
        }

        var (cpu, memory) = node.OfferedAt(at);
        double Memory() => node.OnlineAndSystemMemoryAt(at) + (_running.Count * PodMemoryMiB);
        Gate("BEMemoryEvict", strategy.MemoryEvictThresholdPercent, strategy.MemoryEvictLowerPercent ?? strategy.MemoryEvictThresholdPercent - 2, () => Memory() * 100 / node.Load.MemoryMiB);
        Gate("CPUAllocatableEvict", strategy.CpuAllocatableEvictThresholdPercent, strategy.CpuAllocatableEvictLowerPercent, () => Percent(_running.Count * PodCpuMilli, cpu));
        Gate("MemoryAllocatableEvict", strategy.MemoryAllocatableEvictThresholdPercent, strategy.MemoryAllocatableEvictLowerPercent, () => Percent(_running.Count * PodMemoryMiB, memory));
        // Satisfaction is what may be used of what was asked for; the complement lets one rule do for all.
        Gate("BECPUEvict", 100 - strategy.CpuEvictBeSatisfactionLowerPercent, 100 - strategy.CpuEvictBeSatisfactionUpperPercent, () => 100 - (100 * Math.Min(1, node.CpuLimitAt(at) / (_running.Count * PodCpuMilli))));

        void Gate(string gate, int? above, int? until, Func<double> percent)
        {
            if (above is not { } threshold || !node.Load.Gates.Contains(gate) || _running.Count == 0 || percent() <= threshold)
            {
                return;
            }

            while (_running.Count > 0 && percent() > (until ?? threshold))
            {
                var (slot, task) = _running.MaxBy(task => task.Value.Since);
                Evict(slot, task, at);
            }
        }
    }

    private static double Percent(double used, double of) => of > 0 ? used * 100 / of : used > 0 ? double.MaxValue : 0;

    private void Evict(int slot, BatchTask task, DateTimeOffset at)
    {
        _running.Remove(slot);
        var generation = _generations[slot] = _generations.GetValueOrDefault(slot) + 1;
        _waiting.Add(new WaitingTask(slot, string.Create(CultureInfo.InvariantCulture, $"batch-{node.Name}-{slot}-{generation}"), task.Length, Math.Floor(task.Worked(_progress) / Checkpointed) * Checkpointed, at));
    }

    private int FreeSlot()
    {
        var slot = 0;
        foreach (var taken in _running.Keys)
        {
            if (taken != slot)
            {
                break;
            }

            slot++;
        }

        return slot;
    }

    private void Remember(DateTimeOffset at)
    {
        _past.Enqueue((at, _running.Count));
        if (_past.Count > Remembered)
        {
            _past.Dequeue();
        }
    }

    private static double PodMemoryOf(NodeLoad load)
    {
        var pods = load.Demand.BatchCpuMilli.Peak / PodCpuMilli;
        return pods > 0 && load.Demand.BatchMemoryMiB.Peak > 0 ? Math.Clamp(Math.Floor(load.Demand.BatchMemoryMiB.Peak / pods), 256, 65_536) : PodMemoryOtherwise;
    }
}
