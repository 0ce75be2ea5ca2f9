using System.Collections.Concurrent;
using Orchestrator.Workflows.Execution.Settings;

namespace Orchestrator.Workflows.Execution.Workers;

/// <summary>A lane's worker slots: so many tasks at once, in the order in which they came.</summary>
internal sealed class LaneSlots(int limit, Executor executor, Func<HeldTask, Task> execute)
{
    private readonly ConcurrentQueue<HeldTask> waiting = new();
    private readonly ConcurrentQueue<TaskCompletionSource> outside = new();
    private int busy;

    /// <summary>Returns when no more tasks wait than there are slots: who takes from a broker must not take what others could do sooner.</summary>
    public async Task WhenRoomAsync(CancellationToken cancellationToken)
    {
        while (waiting.Count >= limit)
        {
            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            outside.Enqueue(turn);
            // A slot may have become free between the look and the wait.
            if (waiting.Count < limit) return;
            await using var end = cancellationToken.UnsafeRegister(static (waiting, token) => ((TaskCompletionSource)waiting!).TrySetCanceled(token), turn);
            await turn.Task;
        }
    }

    public void Add(IReadOnlyList<HeldTask> tasks)
    {
        foreach (var task in tasks) waiting.Enqueue(task);
        for (var started = 0; started < tasks.Count && TryTakeSlot(); started++) executor.Queue(new Slot(this));
    }

    private async Task WorkAsync()
    {
        do
        {
            while (waiting.TryDequeue(out var task))
            {
                if (waiting.Count < limit && outside.TryDequeue(out var turn)) turn.TrySetResult();
                await execute(task);
            }

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

    private sealed class Slot(LaneSlots slots) : IThreadPoolWorkItem
    {
        public void Execute() => _ = slots.WorkAsync();
    }
}
