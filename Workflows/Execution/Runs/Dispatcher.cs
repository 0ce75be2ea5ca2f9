using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Execution.Bus;
using Orchestrator.Workflows.Language.Inputs;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Telemetry;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>
/// Does what a committed transition asks for: tasks to the bus, timers to their loop, messages and lock news to other
/// runs. What is lost on the way is still a row in the journal, and <see cref="Sweeper"/> finds it.
/// </summary>
internal sealed partial class Dispatcher(RunDirectory directory, MessageBus bus, ILogger<Dispatcher> logger)
{
    // In a queue a task may wait long for a worker, and is safe there; one that did not get there is told of by the bus.
    private const int LeasesInQueue = 4;

    private readonly ConcurrentDictionary<string, Outlet<TaskMessage>> tasks = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<PendingTask> unsent = new();

    public TimerLoop Timers { get; } = new(
        directory.Clocks.Night, timer => directory.Post(timer.Run, new TimerMail(timer, again => directory.Dispatcher.Timers.Repeat(again))));

    /// <summary>Called with the summary of each run that ends.</summary>
    public Action<RunSummary> Ended { get; init; } = _ => { };

    /// <summary>To the worker of a node.</summary>
    public void Note(string node, NoteMessage note) => bus.Outlet<NoteMessage>(Queues.Node(node), QueueKind.Passing).Post(note);

    public async ValueTask DispatchAsync(LoadedRun run, TransitionDraft draft, Transition transition, AppendResult appended)
    {
        foreach (var task in draft.RemovedTasks)
        {
            if (directory.Leases.Remove(transition.Run, task) is { } token && draft.Abandoned.Find(abandoned => abandoned.Path == task.Path && abandoned.Undo == task.Undo) is { } given)
                TellLost(new TaskStamp(transition.Run, task.Path, task.Undo, given.Attempt, token));
        }

        foreach (var timer in transition.TimersCleared) Timers.Clear(transition.Run, timer);
        foreach (var timer in transition.TimersSet) Timers.Set(new PendingTimer(transition.Run, timer.Timer, timer.Due));
        foreach (var message in transition.MessagesAdded) _ = DeliverAsync(message);
        foreach (var news in appended.News) Tell(news);
        await SendAsync(run, transition.TasksAdded);

        if (transition.Expected == 0) EngineMetrics.RunsStarted.Add(1);
        if (!transition.Ends) return;
        EngineMetrics.RunsEnded.Add(1, new KeyValuePair<string, object?>("outcome", run.State.Outcome.ToString()));
        EngineTrace.EndRun(run.State.Id, run.State.Outcome.ToString()!, run.State.Error?.Code);
        Ended(run.Summary!);
    }

    /// <summary>
    /// Who gets a task. Within one process its worker has it at once, which saves a claim; over a broker whoever takes it
    /// from the queue claims it, and the lease is the time in which that must happen.
    /// </summary>
    public PendingTask HandOut(RunId run, ExecuteTask task, long token)
    {
        var lease = bus.IsDurable ? directory.Options.LeaseLength * LeasesInQueue : directory.Options.LeaseLength;
        var here = !bus.IsDurable && directory.Map.Workers(task.Tags) > 0;
        return new PendingTask(run, task, here ? directory.Map.Self.Instance : "", token, directory.Clocks.Wall.GetUtcNow() + lease);
    }

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
                directory.Leases.Set(task.Run, task.Id, task.Token);
                Keep(task);
            }
        }
    }

    /// <summary>The next sweep hands it out again.</summary>
    public void Keep(PendingTask task) => unsent.Enqueue(task);

    private void Send(LoadedRun run, PendingTask pending, ImmutableArray<LockView> locks)
    {
        var task = pending.Task;
        // Before the message: a result may be back before this returns.
        directory.Leases.Set(pending.Run, pending.Id, pending.Token);
        if (directory.Map.Workers(task.Tags) == 0)
        {
            LogNoWorker(task.Path, pending.Run, task.Tags.IsDefaultOrEmpty ? "any tags" : string.Join(", ", task.Tags));
            Keep(pending);
            return;
        }

        var stamp = new TaskStamp(pending.Run, task.Path, task.Undo, task.Attempt, pending.Token);
        var message = new TaskMessage(
            stamp, pending.Owner, run.Root, task.Activity, task.Arguments, task.IdempotencyKey, task.Lane, FencingToken(run, task.Path, locks), run.State.Started!.StartedBy, pending.LeaseUntil)
        {
            Recorded = Recorded(run.State, task),
            TimeoutAt = run.State.Find(task.Path)?.Task?.TimeoutAt,
        };
        Outlet(task).Post(message, !bus.IsDurable ? null : sent =>
        {
            if (!sent) unsent.Enqueue(pending);
        });
    }

    /// <summary>Tasks that the bus did not take, or for which there was no worker and is one now, to be handed out again.</summary>
    public IEnumerable<PendingTask> TakeUnsent()
    {
        for (var left = unsent.Count; left > 0 && unsent.TryDequeue(out var task); left--)
        {
            if (directory.Map.Workers(task.Task.Tags) > 0) yield return task;
            // Not one that was done, given up or handed out since.
            else if (directory.Leases.Find(task.Run, task.Id) == task.Token) unsent.Enqueue(task);
        }
    }

    /// <summary>The locks of all runs, where a run may be under those of the runs around it.</summary>
    private ValueTask<ImmutableArray<LockView>> LocksAroundAsync(LoadedRun run) =>
        run.Ancestors.IsEmpty ? ValueTask.FromResult(ImmutableArray<LockView>.Empty) : directory.Journal.LocksAsync(CancellationToken.None);

    public void Tell(LockNews news) => directory.Post(news.Run, new LockMail(news));

    /// <summary>Brings a message to the run it is for; a failure leaves it to the sweep.</summary>
    public async Task DeliverAsync(Message message)
    {
        try
        {
            switch (message.Command)
            {
                case StartChild start:
                    await StartChildAsync(message.Id, start);
                    break;
                case CancelChild cancel:
                    directory.Post(cancel.Child, new RunMail(new CancelRun(By(message.Id), cancel.Reason), message.Id));
                    break;
                case UndoChild undo:
                    directory.Post(undo.Child, new RunMail(new UndoRun(By(message.Id), undo.Reason), message.Id));
                    break;
                case TellParent tell:
                    directory.Post(tell.Parent.Run, new RunMail(new EndChild(tell.Parent.Path, message.Id.From, tell.Outcome, tell.Error), message.Id));
                    break;
                default:
                    throw new UnreachableException(message.Command.GetType().Name);
            }
        }
        catch (Exception error)
        {
            LogUndelivered(error, message.Id.Kind, message.Id.From, message.Id.Path);
        }
    }

    private async Task StartChildAsync(MessageId message, StartChild start)
    {
        var parent = await directory.Journal.FindAsync(message.From, CancellationToken.None)
            ?? throw new InvalidOperationException($"The journal has a message of run {message.From}, but not the run.");
        if (await directory.Runbooks.FindByNameAsync(start.Runbook, CancellationToken.None) is not { } runbook)
        {
            Refuse(new StepError("runbook-not-found", $"There is no runbook '{start.Runbook}'; publish it, then retry the step.") { Retryable = false });
            return;
        }

        // The step gives what it wants to give; the child's declarations say the rest, and what is allowed.
        var bound = InputBinder.Bind(runbook, start.Inputs);
        if (!bound.IsValid)
        {
            Refuse(new StepError(
                "bad-inputs", $"The inputs do not fit runbook '{start.Runbook}': {string.Join("; ", bound.Problems.Select(problem => problem.Message))}") { Retryable = false });
            return;
        }

        await directory.Runbooks.PublishAsync(runbook);
        var step = new ParentStep(message.From, message.Path);
        var input = new StartRun(bound.Inputs, parent.StartedBy, parent.Lane == Lane.Emergency ? parent.Lane : runbook.Lane, step, parent.Labels);
        var mail = new StartMail(start.Child, input, runbook, parent.Root, message)
        {
            Ancestors = [step, .. await LoadedRun.FindAncestorsAsync(parent.Parent, directory.Journal)],
        };
        directory.Post(start.Child, mail);
        if ((await mail.Result).Refusal is { } refusal) Refuse(refusal);

        void Refuse(StepError error) =>
            directory.Post(message.From, new RunMail(new EndChild(message.Path, start.Child, RunOutcome.Failed, error), message));
    }

    private static ImmutableDictionary<string, JsonElement>? Recorded(RunState state, ExecuteTask task) =>
        state.Find(task.Path) is { } step && (task.Undo ? step.UndoFacts : step.Facts) is { Count: > 0 } facts ? facts.ToImmutableDictionary() : null;

    private Outlet<TaskMessage> Outlet(ExecuteTask task)
    {
        var queue = Queues.Tasks(task.Lane, task.Tags);
        if (tasks.TryGetValue(queue, out var known)) return known;

        var outlet = bus.Outlet<TaskMessage>(queue, QueueKind.Shared);
        // Two parcels a worker, so that the idle find some too.
        if (bus.IsDurable) outlet.Spread = () => 2 * directory.Map.Workers(task.Tags);
        return tasks.GetOrAdd(queue, outlet);
    }

    /// <summary>Which node took the task from the queue is not known here, so all workers are told.</summary>
    private void TellLost(TaskStamp stamp)
    {
        foreach (var node in directory.Map.View.Nodes.Where(node => node.Info.Roles.HasFlag(NodeRoles.Worker)))
            Note(node.Info.Name, new NoteMessage(NoteKind.TaskLost, stamp, 0));
    }

    /// <summary>
    /// Of the innermost locks around a step: its own, its run's, then those of the runs around it. A lock that was lost keeps its
    /// token until another is granted, and the world refuses it: without one a task that is handed out again would act as if nothing had to be held.
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

    private static string By(MessageId message) => $"run {message.From}";

    [LoggerMessage(1041, LogLevel.Warning, "No worker with {Tags} is there for {Step} of run {RunId}; it waits for one")]
    private partial void LogNoWorker(StepPath step, RunId runId, string tags);

    [LoggerMessage(1042, LogLevel.Warning, "{Count} tasks of run {RunId} could not be sent; the sweep will try again")]
    private partial void LogUnsent(Exception error, int count, RunId runId);

    [LoggerMessage(1043, LogLevel.Warning, "{Kind} of run {RunId}, step {Step}, could not be delivered; the sweep will try again")]
    private partial void LogUndelivered(Exception error, MessageKind kind, RunId runId, StepPath step);
}
