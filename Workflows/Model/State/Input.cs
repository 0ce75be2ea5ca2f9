using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.State;

/// <summary>Something that happened to a run, for the interpreter to decide on. A late, repeated or senseless one gives an empty decision.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "input")]
[JsonDerivedType(typeof(DecideApproval), "decide-approval")]
[JsonDerivedType(typeof(ReceiveSignal), "receive-signal")]
[JsonDerivedType(typeof(EndChild), "end-child")]
[JsonDerivedType(typeof(PauseRun), "pause-run")]
[JsonDerivedType(typeof(ResumeRun), "resume-run")]
[JsonDerivedType(typeof(CancelRun), "cancel-run")]
[JsonDerivedType(typeof(RetryStep), "retry-step")]
[JsonDerivedType(typeof(SkipStep), "skip-step")]
[JsonDerivedType(typeof(UndoRun), "undo-run")]
public abstract record Input;

/// <summary>The first input of a run.</summary>
public sealed record StartRun(
    JsonElement Inputs,
    string StartedBy,
    Lane Lane,
    ParentStep? Parent = null,
    ImmutableDictionary<string, string>? Labels = null) : Input
{
    /// <summary>The run starts held, as by <see cref="HoldRun"/>; null: it starts.</summary>
    [JsonIgnore]
    public StepError? Hold { get; init; }
}

/// <summary>Nothing of the run is evaluated any more until an operator lifts it: an incident at the empty path with this error.</summary>
/// <param name="Error">Its code is <c>engine-fault</c> or <c>quarantined</c>.</param>
public sealed record HoldRun(StepError Error) : Input;

public sealed record GrantLocks(StepPath Path, long Token) : Input;

/// <summary>The locks at <paramref name="Path"/> now belong to an emergency run.</summary>
/// <param name="Token">Of the grant that was taken over; 0: whichever is held.</param>
public sealed record LoseLocks(StepPath Path, RunId TakenBy, string By, long Token = 0) : Input;

/// <summary>A worker's result. <paramref name="Undo"/> tells the step's undo from the step.</summary>
public sealed record CompleteTask(StepPath Path, int Attempt, bool Undo, JsonElement? Result) : Input;

public sealed record FailTask(StepPath Path, int Attempt, bool Undo, StepError Error) : Input;

/// <summary>A worker reports a fact and goes on.</summary>
public sealed record ReportFact(StepPath Path, int Attempt, bool Undo, string Key, JsonElement Fact) : Input;

/// <summary>A timer that a decision set has come due.</summary>
public sealed record FireTimer(TimerId Timer) : Input;

/// <summary>A person's decision on an approval.</summary>
public sealed record DecideApproval(StepPath Path, string By, ImmutableArray<string> Roles, bool Approved, string? Comment, string? OnBehalfOf = null) : Input;

public sealed record ReceiveSignal(string Name, JsonElement? Payload, string By) : Input;

public sealed record EndChild(StepPath Path, RunId Child, RunOutcome Outcome, StepError? Error) : Input;

public sealed record PauseRun(string By, string? Reason) : Input;

public sealed record ResumeRun(string By) : Input;

/// <summary>Gives running tasks up, cancels children, runs finally blocks, and ends the run. <paramref name="Force"/> leaves the finally blocks out and waits for no child.</summary>
public sealed record CancelRun(string By, string? Reason, bool Force = false) : Input;

/// <summary>Tries a failed step again (an incident's, or of a run that ended failed).</summary>
public sealed record RetryStep(StepPath Path, string By, string? Reason) : Input;

/// <summary>Passes over a step that failed, waits or has not begun; a reason is required.</summary>
public sealed record SkipStep(StepPath Path, string By, string Reason) : Input;

/// <summary>Undoes the whole run, whether it is open or has ended: tasks under way end first, then what is done is taken back in reverse.</summary>
public sealed record UndoRun(string By, string? Reason) : Input;
