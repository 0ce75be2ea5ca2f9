using System.Collections.Concurrent;

namespace Orchestrator.Workflows.Tasks;

/// <summary>A lane's worker slots: so many tasks at once, in the order in which they came.</summary>
internal sealed class LaneSlots(int limit, Func<HeldTask, Task> execute)
{
    private readonly ConcurrentQueue<HeldTask> waiting = new();
    private int busy;

    public void Add(IReadOnlyList<HeldTask> tasks)
    {
        foreach (var task in tasks) waiting.Enqueue(task);
        for (var started = 0; started < tasks.Count && TryTakeSlot(); started++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static slots => _ = slots.WorkAsync(), this, preferLocal: false);
        }
    }

    private async Task WorkAsync()
    {
        do
        {
            while (waiting.TryDequeue(out var task)) await execute(task);
            Interlocked.Decrement(ref busy);
        }
        // A task may have come after the queue was seen empty and before the slot was free.
        while (!waiting.IsEmpty && TryTakeSlot());
    }

    private bool TryTakeSlot()
    {
        while (true)
        {
            var now = Volatile.Read(ref busy);
            if (now >= limit) return false;
            if (Interlocked.CompareExchange(ref busy, now + 1, now) == now) return true;
        }
    }
}
