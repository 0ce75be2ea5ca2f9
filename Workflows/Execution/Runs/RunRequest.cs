using System.Collections.Immutable;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Telemetry;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>Something for a run to decide on, and whoever waits for the answer. Answered once, after what follows is durable.</summary>
internal abstract class RunRequest
{
    /// <summary>What the interpreter decides on.</summary>
    public abstract Input Input { get; }

    /// <summary>Context of the span that it comes from, as W3C's <c>traceparent</c>; null: of none.</summary>
    public virtual string? Trace { get; init; } = EngineTrace.Current;

    /// <summary>It is durable, or it changed nothing. <paramref name="refusal"/> says why it could not be done.</summary>
    public virtual void Answer(StepError? refusal)
    {
    }

    /// <summary>It could not be decided or written; nothing changed.</summary>
    public virtual void Fail(Exception error)
    {
    }

    /// <summary>The store is away, and whether it will be done is not known: whoever waits is told, and it is tried all the same.</summary>
    public virtual void Doubt(Exception error)
    {
    }

    /// <summary>As it travels to the server that decides the run; null: it is of this server alone.</summary>
    public virtual RoutedRequest? ToRouted() => null;

    /// <summary>What is decided on, the same when it comes again, in another process too: faults of a turn are counted by it.</summary>
    public virtual string Turn => Input switch
    {
        FireTimer fire => $"timer {fire.Timer.Purpose} {fire.Timer.Path}",
        CompleteTask done => $"result {done.Path}",
        FailTask failed => $"failure {failed.Path}",
        ReportFact fact => $"fact {fact.Path}",
        var other => other.GetType().Name,
    };
}

/// <summary>Nothing of the run is to be evaluated any more until an operator lifts that.</summary>
internal sealed class HoldRequest(StepError error) : RunRequest
{
    public override HoldRun Input { get; } = new(error);
}

/// <summary>The first of a run. A run that exists already answers <c>Created</c> false.</summary>
internal sealed class StartRunRequest(RunId run, StartRun input, Runbook runbook, RunId root, MessageId? answers) : RunRequest
{
    private readonly TaskCompletionSource<StartResult> result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Set: the run starts held.</summary>
    public StepError? Hold { get; set; }

    public override StartRun Input => Hold is null ? input : input with { Hold = Hold };

    public Runbook Runbook => runbook;

    public RunId Root => root;

    /// <summary>The parent's message, or null for a run that people started.</summary>
    public MessageId? Answers => answers;

    /// <summary>The steps that the run is within, the nearest first.</summary>
    public ImmutableArray<ParentStep> Ancestors { get; init; } = [];

    public bool Existed { get; set; }

    public Task<StartResult> Result => result.Task;

    public override void Answer(StepError? refusal) => result.TrySetResult(new StartResult(run, !Existed && refusal is null, refusal));

    public override void Fail(Exception error) => result.TrySetException(error);

    public override void Doubt(Exception error) => result.TrySetException(
        new TimeoutException("The journal has not answered; whether it was done is not known. Look at the run, and ask again.", error));

    public override RoutedRequest ToRouted() => new RoutedStart(
        input.Inputs, input.StartedBy, input.Lane, input.Parent, input.Labels, runbook.Digest, root, answers, Ancestors);
}

/// <summary>A person's input.</summary>
internal sealed class InputRequest(Input input) : RunRequest
{
    private readonly TaskCompletionSource<StepError?> result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override Input Input => input;

    public Task<StepError?> Result => result.Task;

    public override void Answer(StepError? refusal) => result.TrySetResult(refusal);

    public override void Fail(Exception error) => result.TrySetException(error);

    public override void Doubt(Exception error) => result.TrySetException(
        new TimeoutException("The journal has not answered; whether it was done is not known. Look at the run, and ask again.", error));

    public override RoutedRequest ToRouted() => new RoutedInput(input);
}

/// <summary>A worker's result; it counts while its task token is the current one.</summary>
/// <param name="settled">Called once: with true when the result is durable or counts no more, with false when it must come again.</param>
internal sealed class TaskResultRequest(ResultMessage message, Action<bool>? settled = null) : RunRequest
{
    public ResultMessage Message => message;

    public TaskToken TaskToken => message.TaskToken;

    public override string? Trace => message.Cause;

    public override Input Input { get; } = message.Error is { } error
        ? new FailTask(message.TaskToken.Path, message.TaskToken.Attempt, message.TaskToken.Undo, error)
        : new CompleteTask(message.TaskToken.Path, message.TaskToken.Attempt, message.TaskToken.Undo, message.Result);

    public override void Answer(StepError? refusal) => settled?.Invoke(true);

    public override void Fail(Exception error) => settled?.Invoke(false);
}

/// <summary>A worker's fact; it counts while its task token is the current one.</summary>
internal sealed class FactRequest(FactMessage message, Action<FactMessage, bool> answer) : RunRequest
{
    public FactMessage Message => message;

    public TaskToken TaskToken => message.TaskToken;

    /// <summary>The task token is not the current one.</summary>
    public bool Stale { get; set; }

    public override Input Input { get; } = new ReportFact(
        message.TaskToken.Path, message.TaskToken.Attempt, message.TaskToken.Undo, message.Key, message.Fact);

    // One that failed the worker sends again by itself.
    public override void Answer(StepError? refusal) => answer(message, !Stale && refusal is null);
}

/// <summary>A timer that came due.</summary>
/// <param name="again">Called when it could not be decided: it is to fire once more.</param>
internal sealed class TimerRequest(PendingTimer timer, Action<PendingTimer> again) : RunRequest
{
    public PendingTimer Timer => timer;

    public override Input Input { get; } = new FireTimer(timer.Timer);

    public override void Fail(Exception error) => again(timer);
}

/// <summary>News of the run's locks.</summary>
internal sealed class LockUpdateRequest(LockUpdate update) : RunRequest
{
    public override Input Input { get; } = update switch
    {
        LockGranted granted => new GrantLocks(granted.Path, granted.Token),
        LockTaken taken => new LoseLocks(taken.Path, taken.TakenBy, taken.By, taken.Token),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    public override RoutedRequest ToRouted() => new RoutedLockUpdate(update);
}

/// <summary>A message of another run, gone from the outbox once this run has answered it.</summary>
internal sealed class RunMessageRequest(Input input, MessageId answers) : RunRequest
{
    public override Input Input => input;

    public MessageId Answers => answers;

    public override RoutedRequest ToRouted() => new RoutedRunMessage(input, answers);
}

/// <summary>A task whose lease ended, or whose worker did: to be handed out again, if the run still wants it.</summary>
internal sealed class RedispatchRequest(PendingTask task) : RunRequest
{
    public PendingTask Task => task;

    public override Input Input => throw new InvalidOperationException("Sending again is no input of the run.");

    public override string Turn => $"task {task.Task.Path}";
}
