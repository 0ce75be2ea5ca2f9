using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Bus;
using Orchestrator.Workflows.Interpretation;
using Orchestrator.Workflows.Journals;
using Orchestrator.Workflows.Runbooks;

namespace Orchestrator.Workflows.Execution;

/// <summary>
/// Does what a committed transition asks for: tasks to the bus, timers to their loop, messages and lock news to other
/// runs. What is lost on the way is still a row in the journal, and <see cref="Sweeper"/> finds it.
/// </summary>
internal sealed partial class Dispatcher(RunDirectory directory, ILogger<Dispatcher> logger)
{
    private Outlet<TaskMessage> normal = null!;
    private Outlet<TaskMessage> emergency = null!;
    private Outlet<NoteMessage> notes = null!;

    public TimerLoop Timers { get; } = new(directory.Clocks.Night, timer => directory.Post(timer.Run, new TimerMail(timer)));

    /// <summary>Called with the summary of each run that ends.</summary>
    public Action<RunSummary> Ended { get; init; } = _ => { };

    public async Task OpenAsync(MessageBus bus)
    {
        normal = await bus.OpenAsync<TaskMessage>(Queues.Tasks(Lane.Normal));
        emergency = await bus.OpenAsync<TaskMessage>(Queues.Tasks(Lane.Emergency));
        notes = await bus.OpenAsync<NoteMessage>(Queues.Notes(directory.Worker));
    }

    public void Note(NoteMessage note) => notes.Post(note);

    public void Dispatch(LoadedRun run, TransitionDraft draft, Transition transition, AppendResult appended)
    {
        foreach (var task in draft.RemovedTasks)
        {
            if (directory.Leases.Remove(transition.Run, task) is { } lease && draft.Abandoned.Count > 0
                && draft.Abandoned.Exists(abandoned => abandoned.Path == task.Path && abandoned.Undo == task.Undo))
                Note(new NoteMessage(NoteKind.TaskLost, lease.Stamp, 0, default));
        }

        foreach (var task in transition.TasksAdded) Send(run, task);
        foreach (var timer in transition.TimersCleared) Timers.Clear(transition.Run, timer);
        foreach (var timer in transition.TimersSet) Timers.Set(new PendingTimer(transition.Run, timer.Timer, timer.Due));
        foreach (var message in transition.MessagesAdded) _ = DeliverAsync(message);
        foreach (var news in appended.News) Tell(news);

        if (transition.Expected == 0) EngineMetrics.RunsStarted.Add(1);
        if (!transition.Ends) return;
        EngineMetrics.RunsEnded.Add(1, new KeyValuePair<string, object?>("outcome", run.State.Outcome.ToString()));
        Ended(run.Summary!);
    }

    /// <summary>Sends a task to the worker that its lease names.</summary>
    public void Send(LoadedRun run, PendingTask pending)
    {
        var task = pending.Task;
        var stamp = new TaskStamp(pending.Run, task.Path, task.Undo, task.Attempt, pending.Token);
        // Before the message: a result may be back before this returns.
        directory.Leases.Set(stamp, pending.Owner);
        (task.Lane == Lane.Emergency ? emergency : normal).Post(new TaskMessage(
            stamp, run.Root, task.Activity, task.Arguments, task.IdempotencyKey, task.Lane, FencingToken(run, task.Path), run.State.Started!.StartedBy, pending.LeaseUntil)
        {
            Recorded = Recorded(run.State, task),
        });
    }

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

    /// <summary>Of the innermost locks around a step: its own, its run's, then those of the runs around it.</summary>
    private long FencingToken(LoadedRun run, StepPath path)
    {
        if (run.State.Locks.Count > 0)
        {
            var own = run.State.Locks
                .Where(held => held.Value.Status == LockStatus.Held && held.Key.Contains(path))
                .OrderByDescending(held => held.Key.Value.Length)
                .Select(held => held.Value.Token)
                .FirstOrDefault();
            if (own > 0) return own;
        }

        if (run.Ancestors.IsEmpty) return 0;
        var locks = directory.Journal.Locks;
        return run.Ancestors
            .Select(ancestor => locks
                .Where(held => held.Held && held.Run == ancestor.Run && held.Path.Contains(ancestor.Path))
                .OrderByDescending(held => held.Path.Value.Length)
                .Select(held => held.Token)
                .FirstOrDefault())
            .FirstOrDefault(token => token > 0);
    }

    private static string By(MessageId message) => $"run {message.From}";

    [LoggerMessage(LogLevel.Warning, "{Kind} of run {RunId}, step {Step}, could not be delivered; the sweep will try again")]
    private partial void LogUndelivered(Exception error, MessageKind kind, RunId runId, StepPath step);
}
