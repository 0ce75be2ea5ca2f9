using System.Collections.Immutable;
using System.Text.Json;
using Orchestrator.Workflows.Execution.Decisions;
using Orchestrator.Workflows.Language.Expressions;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Tests.Interpretation;

/// <summary>Drives one run by hand: keeps its journal, its unanswered commands and its timers, and moves the clock.</summary>
internal sealed class Driver
{
    private long lastToken;
    public static readonly DateTimeOffset EnvironmentClock = new(2026, 11, 10, 20, 0, 0, TimeSpan.FromHours(8));
    public static readonly ExpressionEvaluator Expressions = new();

    private readonly Interpreter interpreter = new(Expressions);
    private readonly Runbook runbook;

    public Driver(Runbook runbook, object? inputs = null, ParentStep? parent = null, bool start = true)
    {
        this.runbook = runbook;
        if (start)
        {
            Give(new StartRun(JsonSerializer.SerializeToElement(inputs ?? new { }), "starter", Lane.Normal, parent));
        }
    }

    public RunState Run { get; private set; } = RunState.New(new RunId(new Guid("0193c0de-0000-7000-8000-000000000001")));

    public DateTimeOffset Now { get; private set; } = EnvironmentClock;

    public List<(DateTimeOffset At, ImmutableArray<RunEvent> Events)> Journal { get; } = [];

    public List<Command> Commands { get; } = [];

    public Dictionary<TimerId, DateTimeOffset> Timers { get; } = [];

    public Decision Last { get; private set; } = Decision.Nothing;

    public IEnumerable<RunEvent> Events => Journal.SelectMany(entry => entry.Events);

    public Interpreter Interpreter => interpreter;

    public IEnumerable<ExecuteTask> Tasks => Commands.OfType<ExecuteTask>();

    /// <summary>Decides without keeping anything but the state: for large runs.</summary>
    public Decision Decide(Input input) => Last = interpreter.Decide(runbook, Run, input, Now);

    public Decision Give(Input input)
    {
        Decide(input);
        if (!Last.Events.IsEmpty)
        {
            Journal.Add((Now, Last.Events));
        }

        foreach (var timer in Last.Timers)
        {
            switch (timer)
            {
                case SetTimer set:
                    Timers[set.Timer] = set.Due;
                    break;
                case ClearTimer clear:
                    Timers.Remove(clear.Timer);
                    break;
            }
        }

        foreach (var happened in Last.Events)
        {
            Settle(happened);
        }

        foreach (var command in Last.Commands)
        {
            if (command is ReleaseLocks released)
            {
                Commands.RemoveAll(earlier => earlier is RequestLocks request && request.Path == released.Path);
            }

            // A forced cancel awaits no child's end.
            if (command is not (AbandonTask or ReleaseLocks) && !(command is CancelChild cancel && Run.Find(cancel.Path)!.Own is not ChildState { Asked: ChildAsk.Cancel }))
            {
                Commands.Add(command);
            }
        }

        // A command whose answer the same decision made needless.
        Commands.RemoveAll(command => command is RequestLocks request && Run.Find(request.Path)?.Lock?.Status != LockStatus.Requested);
        // A child that is begun and told to end by the same decision: when a limit passed while the run was paused.
        Commands.RemoveAll(command => command is StartChild start && Run.Find(start.Path)!.Own is not ChildState { Asked: ChildAsk.Start });
        return Last;
    }

    private void Settle(RunEvent happened)
    {
        Commands.RemoveAll(command => (command, happened) switch
        {
            (_, IncidentOpened { Error.Code: ErrorCodes.LocksLost }) => false,
            (ExecuteTask task, AttemptFailed failed) => task.Path == failed.Path && task.Attempt == failed.Attempt && task.Undo == failed.Undo,
            (ExecuteTask { Undo: false } task, StepCompleted or StepCancelled or StepFailed or StepSkipped) => task.Path == ((StepEvent)happened).Path,
            (ExecuteTask { Undo: true } task, StepUndone or UndoFailed) => task.Path == ((StepEvent)happened).Path,
            (StartChild child, StepCompleted or StepFailed or StepCancelled or StepSkipped or IncidentOpened or ChildCancelRequested or ChildUndoRequested) => child.Path == ((StepEvent)happened).Path,
            (CancelChild child, StepCompleted or StepFailed or StepCancelled or IncidentOpened or ChildUndoRequested) => child.Path == ((StepEvent)happened).Path,
            (UndoChild child, StepUndone or UndoFailed or StepFailed or StepCancelled or StepCompleted or IncidentOpened or ChildUndoRequested) => child.Path == ((StepEvent)happened).Path,
            (TellParent, RunReopened or UndoStarted) => true,
            _ => false,
        });
    }

    public Driver Complete(string path, object? result = null)
    {
        var task = Task(path);
        Give(new CompleteTask(task.Path, task.Attempt, task.Undo, result is null ? null : JsonSerializer.SerializeToElement(result)));
        return this;
    }

    public Driver Fail(string path, string code = "broken", bool retryable = true)
    {
        var task = Task(path);
        Give(new FailTask(task.Path, task.Attempt, task.Undo, new StepError(code, "It broke.") { Retryable = retryable }));
        return this;
    }

    /// <summary>Completes tasks in the order in which they were issued until none is left.</summary>
    public Driver CompleteAll()
    {
        while (Tasks.FirstOrDefault() is { } task)
        {
            Complete(task.Path.Value);
        }

        return this;
    }

    public ExecuteTask Task(string path) => Tasks.Single(task => task.Path.Value == path);

    /// <summary>Moves the clock and fires what comes due, in order.</summary>
    public Driver Pass(TimeSpan time)
    {
        var end = Now + time;
        while (Timers.Values.Any(due => due <= end))
        {
            FireNext();
        }

        Now = end;
        return this;
    }

    /// <summary>Moves the clock to the next timer and fires it.</summary>
    public void FireNext()
    {
        var (next, due) = Timers.MinBy(timer => timer.Value);
        Now = Now > due ? Now : due;
        Timers.Remove(next);
        Give(new FireTimer(next));
    }

    /// <param name="token">Null: greater than all before.</param>
    public Driver Grant(string path, long? token = null)
    {
        lastToken = Math.Max(lastToken + 1, token ?? 0);
        Give(new GrantLocks(new StepPath(path), token ?? lastToken));
        return this;
    }

    public StepState Step(string path) => Run.Find(new StepPath(path)) ?? throw new InvalidOperationException($"{path} has not begun");

    public StepStatus Status(string path) => Step(path).Status;

    public string[] Order<T>() where T : StepEvent => [.. Events.OfType<T>().Select(happened => happened.Path.Value)];

    /// <summary>Folds the journal, whole or its first entries.</summary>
    public RunState Replay(int? entries = null)
    {
        var state = RunState.New(Run.Id);
        foreach (var (at, happened) in Journal.Take(entries ?? Journal.Count))
        {
            foreach (var one in happened)
            {
                state.Apply(one, at);
            }
        }

        return state;
    }

    /// <summary>Goes on from a snapshot, as an engine does after a restart.</summary>
    public void Reload() => Run = RunState.FromSnapshot(Run.ToSnapshot());
}
