using System.Collections.Immutable;
using Orchestrator.Workflows.Execution.Membership;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Store;

namespace Orchestrator.Workflows.Execution.Workers;

/// <summary>
/// Over a broker: a task is the worker's that claims it in the store, so that a message that comes twice, or late, does nothing. The lease is
/// renewed until the broker has the result.
/// </summary>
internal sealed class ClaimedTasks(EngineReplies engine, IJournal journal, MembershipTracker map, TimeProvider systemClock, TimeSpan leaseLength) : ITaskSource
{
    /// <inheritdoc/>
    public ImmutableArray<string> Tags => map.Self.Tags;

    /// <inheritdoc/>
    public async ValueTask<List<TaskMessage>> TakeAsync(List<TaskMessage> tasks, LaneSlots slots, CancellationToken cancellationToken)
    {
        // What this worker cannot do soon stays in the queue, for others.
        await slots.WhenRoomAsync(cancellationToken);
        var until = systemClock.GetUtcNow() + leaseLength;
        var me = map.Self.Instance;
        var mine = await journal.LeaseAsync(
            [.. tasks.Select(task => new LeaseChange(task.TaskToken.Run, task.TaskToken.Task, task.TaskToken.Token, me, task.TaskToken.Token + 1, until))]);
        return [.. tasks
            .Where((_, index) => mine[index])
            .Select(task => task with { TaskToken = task.TaskToken with { Token = task.TaskToken.Token + 1 }, Owner = me, LeaseUntil = until })];
    }

    /// <inheritdoc/>
    public void Report(HeldTask task, ResultMessage result, Action<HeldTask> release) => engine.Post(result, _ => release(task));
}
