using System.Collections.Immutable;
using System.Diagnostics;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>The net effect of the decisions of one run that go into one transition.</summary>
internal sealed class TransitionDraft(RunId run)
{
    private readonly List<RunEvent> events = [];
    private readonly OrderedDictionary<TaskId, ExecuteTask> tasks = [];
    private readonly List<TaskId> removedTasks = [];
    private readonly Dictionary<TimerId, DateTimeOffset?> timers = [];
    private readonly OrderedDictionary<(StepPath Path, MessageKind Kind), Command> messages = [];
    private readonly List<MessageId> answered = [];
    private readonly List<LockChange> locks = [];

    public IReadOnlyList<RunEvent> Events => events;

    public IReadOnlyCollection<ExecuteTask> Tasks => tasks.Values;

    public IReadOnlyList<TaskId> RemovedTasks => removedTasks;

    /// <summary>Tasks that a worker may be at work on in vain.</summary>
    public List<AbandonTask> Abandoned { get; } = [];

    /// <summary>When each changed timer is due; null: cleared.</summary>
    public IReadOnlyDictionary<TimerId, DateTimeOffset?> Timers => timers;

    public bool IsEmpty =>
        events.Count == 0 && tasks.Count == 0 && removedTasks.Count == 0 && timers.Count == 0 && messages.Count == 0 && answered.Count == 0 && locks.Count == 0;

    public void Remove(TaskId task) => removedTasks.Add(task);

    public void Clear(TimerId timer) => timers[timer] = null;

    public void Answer(MessageId message) => answered.Add(message);

    public bool Answers(MessageId message) => answered.Contains(message);

    /// <summary>Of two of a step and kind the later counts.</summary>
    public void Tell(MessageKind kind, StepPath path, Command command) => messages[(path, kind)] = command;

    /// <summary>Notes in the start of a run, if that is in here, which span its others are below.</summary>
    public void Trace(RunState state, string trace)
    {
        if (events is not [RunStarted started, ..]) return;
        events[0] = state.Started = started with { Trace = trace };
    }

    public void Add(Decision decision)
    {
        events.AddRange(decision.Events);
        foreach (var happened in decision.Events)
        {
            if (happened is LocksGranted or LocksLost) locks.Add(new AcknowledgeLock(((StepEvent)happened).Path, happened is LocksLost));
        }

        foreach (var command in decision.Commands) Add(command);
        foreach (var change in decision.Timers) timers[change.Timer] = change is SetTimer set ? set.Due : null;
    }

    public Transition ToTransition(RunId root, long expected, DateTimeOffset at, RunSummary? summary, bool ends, Lane lane, string startedBy, Func<ExecuteTask, PendingTask> lease)
    {
        var added = ImmutableArray<PendingTask>.Empty;
        if (tasks.Count > 0)
        {
            var leased = new PendingTask[tasks.Count];
            for (var index = 0; index < leased.Length; index++) leased[index] = lease(tasks.GetAt(index).Value);
            added = System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsImmutableArray(leased);
        }

        // The version that tells it; when nothing else happens than that it is told once more, the time, which no version is.
        var number = events.Count > 0 ? expected + 1 : at.UtcTicks;
        return new Transition(run, root, expected, at, [.. events])
        {
            Summary = summary,
            TasksAdded = added,
            TasksRemoved = [.. removedTasks],
            TimersSet = timers.Count == 0 ? [] : [.. timers.Where(timer => timer.Value is not null).Select(timer => new SetTimer(timer.Key, timer.Value!.Value))],
            TimersCleared = timers.Count == 0 ? [] : [.. timers.Where(timer => timer.Value is null).Select(timer => timer.Key)],
            MessagesAdded = messages.Count == 0 ? [] : [.. messages.Select(told => new Message(new MessageId(run, told.Key.Path, told.Key.Kind, number), told.Value))],
            MessagesDone = [.. answered],
            Locks = [.. locks],
            Lane = lane,
            StartedBy = startedBy,
            Ends = ends,
        };
    }

    private void Add(Command command)
    {
        switch (command)
        {
            case ExecuteTask task:
                tasks[new TaskId(task.Path, task.Undo)] = task;
                break;
            case AbandonTask abandon:
                // Scheduled and given up within the same transition: nobody has it yet.
                tasks.Remove(new TaskId(abandon.Path, abandon.Undo));
                removedTasks.Add(new TaskId(abandon.Path, abandon.Undo));
                Abandoned.Add(abandon);
                break;
            case RequestLocks request:
                locks.Add(new RequestLock(request.Path, request.Resources));
                break;
            case ReleaseLocks release:
                locks.Add(new ReleaseLock(release.Path));
                break;
            case StartChild start:
                Tell(MessageKind.StartChild, start.Path, start);
                break;
            case CancelChild cancel:
                Tell(MessageKind.CancelChild, cancel.Path, cancel);
                break;
            case UndoChild undo:
                Tell(MessageKind.UndoChild, undo.Path, undo);
                break;
            case TellParent tell:
                Tell(MessageKind.TellParent, StepPath.Root, tell);
                break;
            default:
                throw new UnreachableException(command.GetType().Name);
        }
    }
}
