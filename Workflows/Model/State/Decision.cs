using System.Collections.Immutable;
using System.Text.Json;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.State;

/// <summary>
/// What follows from one input: the events to append and, in the same transaction, the commands and timers.
/// </summary>
/// <param name="Timers">In order: of two changes of one timer the later counts.</param>
/// <param name="Refusal">Set when the input came from a person and cannot be done in this state; then all else is empty.</param>
public sealed record Decision(
    ImmutableArray<RunEvent> Events,
    ImmutableArray<Command> Commands,
    ImmutableArray<TimerChange> Timers,
    StepError? Refusal = null)
{
    public static Decision Nothing { get; } = new([], [], []);

    public static Decision Refuse(string code, string message) => Nothing with { Refusal = new StepError(code, message) { Retryable = false } };
}

/// <summary>Something for the world outside the interpreter to do, at least once.</summary>
public abstract record Command;

/// <summary>Hand a task to a worker.</summary>
public sealed record ExecuteTask(
    StepPath Path,
    int Attempt,
    bool Undo,
    string Activity,
    JsonElement Arguments,
    string IdempotencyKey,
    Lane Lane) : Command
{
    /// <summary>What the worker must offer, each as <c>key=value</c>, sorted; empty: nothing.</summary>
    public ImmutableArray<string> Tags { get; init; } = [];
}

/// <summary>Tell the worker that has it to stop; its result no longer counts.</summary>
public sealed record AbandonTask(StepPath Path, int Attempt, bool Undo) : Command;

public sealed record RequestLocks(StepPath Path, ImmutableArray<string> Resources) : Command;

public sealed record ReleaseLocks(StepPath Path) : Command;

public sealed record StartChild(StepPath Path, RunId Child, string Runbook, JsonElement Inputs) : Command;

/// <summary>Cancel a child whose parent step was cancelled or timed out.</summary>
public sealed record CancelChild(StepPath Path, RunId Child, string Reason) : Command;

/// <summary>Undo a child, running or ended, because its parent is undone: hand it an <see cref="UndoRun"/>. Its end (<see cref="EndChild"/>) is the answer.</summary>
public sealed record UndoChild(StepPath Path, RunId Child, string Reason) : Command;

/// <summary>Tell the parent that this run ended.</summary>
public sealed record TellParent(ParentStep Parent, RunOutcome Outcome, StepError? Error) : Command;

/// <summary>Names a timer within its run: what it is for, and where. A step has at most one timer of a purpose.</summary>
public readonly record struct TimerId(StepPath Path, TimerPurpose Purpose);

public enum TimerPurpose { Retry, Timeout, Wait, Deadline, Delay }

public abstract record TimerChange(TimerId Timer);

/// <summary>Sets or moves a timer.</summary>
public sealed record SetTimer(TimerId Timer, DateTimeOffset Due) : TimerChange(Timer);

public sealed record ClearTimer(TimerId Timer) : TimerChange(Timer);
