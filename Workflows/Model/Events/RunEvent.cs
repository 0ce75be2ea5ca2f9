using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.Events;

/// <summary>
/// A fact about one run. The family is closed; a discriminator never changes once journaled, and a new property is
/// optional. Folding a run's events gives its state, with no expression evaluated again.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(RunStarted), "run-started")]
[JsonDerivedType(typeof(LocksRequested), "locks-requested")]
[JsonDerivedType(typeof(LocksGranted), "locks-granted")]
[JsonDerivedType(typeof(LocksReleased), "locks-released")]
[JsonDerivedType(typeof(LocksLost), "locks-lost")]
[JsonDerivedType(typeof(RunPaused), "run-paused")]
[JsonDerivedType(typeof(RunResumed), "run-resumed")]
[JsonDerivedType(typeof(IncidentOpened), "incident-opened")]
[JsonDerivedType(typeof(IncidentClosed), "incident-closed")]
[JsonDerivedType(typeof(CancelRequested), "cancel-requested")]
[JsonDerivedType(typeof(UndoStarted), "undo-started")]
[JsonDerivedType(typeof(StopStarted), "stop-started")]
[JsonDerivedType(typeof(RunEnded), "run-ended")]
[JsonDerivedType(typeof(RunReopened), "run-reopened")]
[JsonDerivedType(typeof(StepStarted), "step-started")]
[JsonDerivedType(typeof(TimeoutSet), "timeout-set")]
[JsonDerivedType(typeof(TaskScheduled), "task-scheduled")]
[JsonDerivedType(typeof(AttemptFailed), "attempt-failed")]
[JsonDerivedType(typeof(FactReported), "fact-reported")]
[JsonDerivedType(typeof(LoopStarted), "loop-started")]
[JsonDerivedType(typeof(BlockStarted), "block-started")]
[JsonDerivedType(typeof(BranchChosen), "branch-chosen")]
[JsonDerivedType(typeof(ApprovalRequested), "approval-requested")]
[JsonDerivedType(typeof(ApprovalDecided), "approval-decided")]
[JsonDerivedType(typeof(ApprovalEscalated), "approval-escalated")]
[JsonDerivedType(typeof(WaitStarted), "wait-started")]
[JsonDerivedType(typeof(SignalReceived), "signal-received")]
[JsonDerivedType(typeof(ChildRequested), "child-requested")]
[JsonDerivedType(typeof(ChildCancelRequested), "child-cancel-requested")]
[JsonDerivedType(typeof(ChildUndoRequested), "child-undo-requested")]
[JsonDerivedType(typeof(StepCompleted), "step-completed")]
[JsonDerivedType(typeof(StepFailed), "step-failed")]
[JsonDerivedType(typeof(StepSkipped), "step-skipped")]
[JsonDerivedType(typeof(StepCancelled), "step-cancelled")]
[JsonDerivedType(typeof(StepUndone), "step-undone")]
[JsonDerivedType(typeof(UndoFailed), "undo-failed")]
public abstract record RunEvent;

/// <summary>An event that belongs to one step.</summary>
public abstract record StepEvent(StepPath Path) : RunEvent;

/// <summary>Always the first event. Inputs are complete: defaults are filled in.</summary>
public sealed record RunStarted(
    string Runbook,
    string Digest,
    JsonElement Inputs,
    string StartedBy,
    Lane Lane) : RunEvent
{
    /// <summary>The run and step that wait for this one; null for a run that people or a trigger started.</summary>
    public ParentStep? Parent { get; init; }

    /// <summary>Names for a reader: where it came from, which promotion it belongs to.</summary>
    public ImmutableDictionary<string, string> Labels { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Context of the span that the run's other spans are below, as W3C's <c>traceparent</c>; null: the run is not traced.</summary>
    public string? Trace { get; init; }
}

/// <summary>A step of another run that waits for this run.</summary>
public sealed record ParentStep(RunId Run, StepPath Path);

/// <summary>The run, or the step at <paramref name="Path"/>, waits for resources.</summary>
public sealed record LocksRequested(StepPath Path, ImmutableArray<string> Resources) : StepEvent(Path);

/// <summary><paramref name="Token"/> is the fencing token: greater than any given before for an overlapping resource.</summary>
public sealed record LocksGranted(StepPath Path, long Token) : StepEvent(Path);

public sealed record LocksReleased(StepPath Path) : StepEvent(Path);

/// <summary>An emergency run took the locks over; the run pauses with an incident.</summary>
public sealed record LocksLost(StepPath Path, RunId TakenBy, string By) : StepEvent(Path);

public sealed record RunPaused(string By, string? Reason) : RunEvent;

public sealed record RunResumed(string By) : RunEvent;

/// <summary>Something waits for an operator: retry, skip, undo or cancel.</summary>
public sealed record IncidentOpened(StepPath Path, StepError Error) : StepEvent(Path);

public sealed record IncidentClosed(StepPath Path, IncidentResolution Resolution, string By, string? Reason) : StepEvent(Path);

public enum IncidentResolution { Retry, Skip, Undo, Cancel, Resume }

public sealed record CancelRequested(string By, string? Reason) : RunEvent
{
    /// <summary>Finally blocks are left out, and children no longer waited for.</summary>
    public bool Force { get; init; }
}

/// <summary>
/// The steps at or under <paramref name="Path"/> that had an effect are taken back in reverse, those that failed half-way too, as soon as the tasks under way have
/// ended and finally blocks have run. A run that had ended is open again.
/// </summary>
/// <param name="By">Who asked for it; <see cref="ByPolicy"/>: nobody, but the runbook's <c>onFailure</c>. Null in journals from before it was kept.</param>
public sealed record UndoStarted(StepPath Path, string Reason, string? By = null) : StepEvent(Path)
{
    /// <summary>No person's name: those have no colon.</summary>
    public const string ByPolicy = "onFailure: undo";
}

/// <summary>
/// What runs at or under <paramref name="Path"/> is stopped, its finally blocks still run, and then it fails with the error:
/// a block whose time is up, or the whole run (the empty path) after a rejection or a failure that undoes it.
/// </summary>
public sealed record StopStarted(StepPath Path, StepError Error) : StepEvent(Path);

public sealed record RunEnded(RunOutcome Outcome, StepError? Error) : RunEvent;

/// <summary>A run that had ended failed goes on: an operator tries the step at <paramref name="Path"/> (or its undo) again.</summary>
public sealed record RunReopened(StepPath Path, string By, string? Reason) : StepEvent(Path);

public enum RunOutcome
{
    Done,
    Failed,
    Cancelled,
    Rejected,

    /// <summary>Everything that had an effect was taken back.</summary>
    Undone,

    /// <summary>The run was taken back, but not all of it: the error names what stands, and why.</summary>
    UndoIncomplete,
}

/// <summary>
/// A sequence, parallel, repeat or try begins. The other kinds begin with an event of their own: <see cref="TaskScheduled"/>,
/// <see cref="LoopStarted"/>, <see cref="BranchChosen"/>, <see cref="ApprovalRequested"/>, <see cref="WaitStarted"/>, <see cref="ChildRequested"/>.
/// </summary>
public sealed record StepStarted(StepPath Path) : StepEvent(Path);

/// <summary>When a block or child run that has just begun, or is tried again, fails with code <c>timeout</c>.</summary>
public sealed record TimeoutSet(StepPath Path, DateTimeOffset TimeoutAt) : StepEvent(Path);

/// <summary>One attempt of an activity was handed out. <paramref name="Arguments"/> are evaluated and complete.</summary>
/// <param name="Attempt">From 1; goes on counting after an operator's retry.</param>
/// <param name="TimeoutAt">When the attempt fails with code <c>timeout</c>; null: never.</param>
/// <param name="Undo">True for the step's undo.</param>
public sealed record TaskScheduled(
    StepPath Path,
    int Attempt,
    string Activity,
    JsonElement Arguments,
    DateTimeOffset? TimeoutAt,
    bool Undo) : StepEvent(Path)
{
    /// <summary>What the worker must offer, each as <c>key=value</c>, sorted; empty: nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ImmutableArray<string> Tags { get; init; }
}

/// <summary><paramref name="RetryAt"/> null: there is no further attempt.</summary>
public sealed record AttemptFailed(StepPath Path, int Attempt, StepError Error, DateTimeOffset? RetryAt, bool Undo) : StepEvent(Path);

/// <summary>A fact that an activity recorded before it went on. One fact a key and step, whatever the attempts.</summary>
public sealed record FactReported(StepPath Path, int Attempt, string Key, JsonElement Fact, bool Undo) : StepEvent(Path);

/// <summary>A loop's items as they were evaluated, with the keys that name the iterations.</summary>
public sealed record LoopStarted(StepPath Path, ImmutableArray<LoopItem> Items) : StepEvent(Path);

public sealed record LoopItem(string Key, JsonElement Value);

/// <summary>
/// An iteration, a round, a parallel branch (with a path of its own), or the <c>catch</c> or <c>finally</c> block of a try
/// (<paramref name="Block"/> then names it, and the path is the try's) begins.
/// </summary>
public sealed record BlockStarted(StepPath Path, string? Block) : StepEvent(Path);

/// <summary><paramref name="Then"/>: the condition was truthy.</summary>
public sealed record BranchChosen(StepPath Path, bool Then) : StepEvent(Path);

public sealed record ApprovalRequested(
    StepPath Path,
    string Question,
    JsonElement? Evidence,
    ImmutableArray<string> Roles,
    int Quorum,
    DateTimeOffset? Deadline) : StepEvent(Path);

/// <param name="OnBehalfOf">The person who delegated the decision, or null.</param>
public sealed record ApprovalDecided(StepPath Path, string By, string Role, bool Approved, string? Comment, string? OnBehalfOf) : StepEvent(Path);

public sealed record ApprovalEscalated(StepPath Path, ImmutableArray<string> Roles, DateTimeOffset? Deadline) : StepEvent(Path);

/// <summary>Exactly one of the first two is set; <paramref name="Deadline"/> is a signal's. On a repeat: its pause between two rounds.</summary>
public sealed record WaitStarted(StepPath Path, DateTimeOffset? Until, string? Signal, DateTimeOffset? Deadline) : StepEvent(Path);

/// <summary>Kept from its arrival on and never used up: every wait for it, present or later, finds it, with the latest payload.</summary>
public sealed record SignalReceived(string Name, JsonElement? Payload, string By) : RunEvent;

public sealed record ChildRequested(StepPath Path, RunId Child, string Runbook, JsonElement Inputs) : StepEvent(Path);

/// <summary>The child is told to cancel; the step ends when the child has.</summary>
public sealed record ChildCancelRequested(StepPath Path, RunId Child, string Reason) : StepEvent(Path);

/// <summary>The child, running or ended, is told to undo itself.</summary>
public sealed record ChildUndoRequested(StepPath Path, RunId Child, string Reason) : StepEvent(Path);

/// <summary>A step is done; also an iteration, a round or a branch, which have no result.</summary>
public sealed record StepCompleted(StepPath Path, JsonElement? Result) : StepEvent(Path)
{
    /// <summary>Arguments of the step's undo, evaluated now so that the way back never depends on what happens later; null: nothing to undo.</summary>
    public JsonElement? UndoArguments { get; init; }
}

/// <summary>A step failed for good; also an iteration, a round or a branch.</summary>
public sealed record StepFailed(StepPath Path, StepError Error) : StepEvent(Path)
{
    /// <summary>Of a task that was handed out, and so may have had a part of its effect: arguments of its undo, evaluated without a result. Null: there is no undo, or its arguments need the result.</summary>
    public JsonElement? UndoArguments { get; init; }

    /// <summary>The step in which the failure arose, when it came from within; else null.</summary>
    public StepPath? Cause { get; init; }

    /// <summary>The enclosing block goes on (policy continue).</summary>
    public bool Tolerated { get; init; }
}

/// <summary><paramref name="By"/> null: its <c>when</c> was falsy.</summary>
public sealed record StepSkipped(StepPath Path, string? By, string? Reason) : StepEvent(Path)
{
    /// <inheritdoc cref="StepFailed.UndoArguments"/>
    public JsonElement? UndoArguments { get; init; }
}

public sealed record StepCancelled(StepPath Path) : StepEvent(Path)
{
    /// <inheritdoc cref="StepFailed.UndoArguments"/>
    public JsonElement? UndoArguments { get; init; }
}

public sealed record StepUndone(StepPath Path) : StepEvent(Path);

/// <summary>An undo was given up, or could not take all back: the step's effect stays in place, and the run's error will say so.</summary>
public sealed record UndoFailed(StepPath Path, StepError Error) : StepEvent(Path)
{
    /// <summary>What the undo could not take back, when it took back the rest; else empty: the whole stands.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ImmutableArray<LeftInPlace> Left { get; init; }
}

/// <summary>An error as data.</summary>
/// <param name="Code">Stable and lower-case with hyphens, as in <c>guard-refused</c>, <c>timeout</c>.</param>
/// <param name="Message">What went wrong and how to fix it, for an operator at midnight.</param>
public sealed record StepError(string Code, string Message)
{
    /// <summary>False: trying again cannot help (a refused guard, a wrong argument), so retries stop.</summary>
    public bool Retryable { get; init; } = true;

    /// <summary>Anything more that helps, or null.</summary>
    public JsonElement? Detail { get; init; }
}
