using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Execution.Bus;
using Orchestrator.Workflows.Execution.Membership;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Telemetry;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>
/// Gives the tasks of committed transitions to workers, and takes back what is no longer wanted. What is lost on the way is still a row in
/// the journal, and the recovery scan finds it.
/// </summary>
internal sealed partial class TaskDispatcher(
    ITaskAssignment assignment, IJournal journal, MessageBus bus, MembershipTracker map, LeaseTable leases, ILogger<TaskDispatcher> logger)
{
    private readonly ConcurrentQueue<PendingTask> unsent = new();

    /// <summary>Puts tasks on their way. The journal has them: what fails here is no failure of what was decided.</summary>
    public async ValueTask SendAsync(LoadedRun run, ImmutableArray<PendingTask> pending)
    {
        if (pending.IsEmpty) return;

        try
        {
            var locks = await LocksAroundAsync(run);
            foreach (var task in pending) Send(run, task, locks);
        }
        catch (Exception error)
        {
            LogUnsent(error, pending.Length, run.State.Id);
            foreach (var task in pending)
            {
                leases.Set(task.Run, task.Id, task.Token);
                unsent.Enqueue(task);
            }
        }
    }

    /// <summary>Under a greater token, so that whoever had the task until now no longer counts.</summary>
    public async Task SendAgainAsync(LoadedRun run, List<PendingTask> tasks)
    {
        if (tasks.Count == 0) return;

        var id = run.State.Id;
        try
        {
            var again = tasks.ConvertAll(task => assignment.Assign(id, task.Task, task.Token + 1));
            var mine = await journal.LeaseAsync(
                [.. again.Select((task, index) => new LeaseChange(id, task.Id, tasks[index].Token, task.Owner, task.Token, task.LeaseUntil))]);
            await SendAsync(run, [.. again.Where((_, index) => mine[index])]);
        }
        catch (Exception error) when (error is not FencedException)
        {
            // What was decided with it is durable all the same.
            LogNotSentAgain(error, tasks.Count, id);
            foreach (var task in tasks) unsent.Enqueue(task);
        }
    }

    /// <summary>Takes back the leases of tasks that the run no longer wants. Which server took such a task from the queue is not known here, so all workers are told.</summary>
    public void Revoke(RunId run, TransitionDraft draft)
    {
        foreach (var task in draft.RemovedTasks)
        {
            if (leases.Remove(run, task) is not { } token || draft.Abandoned.Find(abandoned => abandoned.Path == task.Path && abandoned.Undo == task.Undo) is not { } given) continue;

            var note = new TaskReplyMessage(TaskReplyKind.TaskLost, new TaskToken(run, task.Path, task.Undo, given.Attempt, token), 0);
            foreach (var server in map.View.Servers.Where(server => server.Info.Roles.HasFlag(ServerRoles.Worker)))
                bus.Producer<TaskReplyMessage>(Queues.Server(server.Info.Name), QueueKind.Passing).Post(note);
        }
    }

    /// <summary>Tasks that the bus did not take, or for which there was no worker and is one now, to be dispatched again.</summary>
    public IEnumerable<PendingTask> TakeUnsent()
    {
        for (var left = unsent.Count; left > 0 && unsent.TryDequeue(out var task); left--)
        {
            if (map.Workers(task.Task.Tags) > 0) yield return task;
            // Not one that was done, given up or dispatched since.
            else if (leases.Find(task.Run, task.Id) == task.Token) unsent.Enqueue(task);
        }
    }

    private void Send(LoadedRun run, PendingTask pending, ImmutableArray<LockView> locks)
    {
        var task = pending.Task;
        // Before the message: a result may be back before this returns.
        leases.Set(pending.Run, pending.Id, pending.Token);
        if (map.Workers(task.Tags) == 0)
        {
            LogNoWorker(task.Path, pending.Run, task.Tags.IsDefaultOrEmpty ? "any tags" : string.Join(", ", task.Tags));
            unsent.Enqueue(pending);
            return;
        }

        var taskToken = new TaskToken(pending.Run, task.Path, task.Undo, task.Attempt, pending.Token);
        var message = new TaskMessage(
            taskToken, pending.Owner, run.Root, task.Activity, task.Arguments, task.IdempotencyKey, task.Lane, FencingToken(run, task.Path, locks), run.State.Started!.StartedBy, pending.LeaseUntil)
        {
            Recorded = Recorded(run.State, task),
            TimeoutAt = run.State.Find(task.Path)?.Task?.TimeoutAt,
            Trace = EngineTrace.Recorded ?? (EngineTrace.IsOn ? run.State.Started.Trace : null),
        };
        assignment.Send(pending, message, unsent.Enqueue);
    }

    /// <summary>The locks of all runs, where a run may be under those of the runs around it.</summary>
    private ValueTask<ImmutableArray<LockView>> LocksAroundAsync(LoadedRun run) =>
        run.Ancestors.IsEmpty ? ValueTask.FromResult(ImmutableArray<LockView>.Empty) : journal.LocksAsync(CancellationToken.None);

    private static ImmutableDictionary<string, JsonElement>? Recorded(RunState state, ExecuteTask task) =>
        state.Find(task.Path) is { } step && (task.Undo ? step.UndoFacts : step.Facts) is { Count: > 0 } facts ? facts.ToImmutableDictionary() : null;

    /// <summary>
    /// Of the innermost locks around a step: its own, its run's, then those of the runs around it. A lock that was lost keeps its
    /// token until another is granted, and the world refuses it: without one a task that is dispatched again would act as if nothing had to be held.
    /// </summary>
    private static long FencingToken(LoadedRun run, StepPath path, ImmutableArray<LockView> locks)
    {
        if (run.State.Locks.Count > 0)
        {
            var own = run.State.Locks
                .Where(held => held.Key.Contains(path))
                .OrderByDescending(held => held.Key.Value.Length)
                .Select(held => held.Value.Token)
                .FirstOrDefault();
            if (own > 0) return own;
        }

        return run.Ancestors
            .Select(ancestor => locks
                .Where(held => held.Held && held.Run == ancestor.Run && held.Path.Contains(ancestor.Path))
                .OrderByDescending(held => held.Path.Value.Length)
                .Select(held => held.Token)
                .FirstOrDefault())
            .FirstOrDefault(token => token > 0);
    }

    [LoggerMessage(1041, LogLevel.Warning, "No worker with {Tags} is there for {Step} of run {RunId}; it waits for one")]
    private partial void LogNoWorker(StepPath step, RunId runId, string tags);

    [LoggerMessage(1042, LogLevel.Warning, "{Count} tasks of run {RunId} could not be sent; the recovery scan will try again")]
    private partial void LogUnsent(Exception error, int count, RunId runId);

    [LoggerMessage(1091, LogLevel.Warning, "{Count} tasks of run {RunId} could not be dispatched again; the recovery scan will try once more")]
    private partial void LogNotSentAgain(Exception error, int count, RunId runId);
}
