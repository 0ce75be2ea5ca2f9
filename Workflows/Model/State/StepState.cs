using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.State;

/// <summary>What kind of thing a state belongs to, as far as events tell. Unknown until the step has begun.</summary>
public enum StepKind { Unknown, Task, Approval, Wait, Child, Block, Loop, Body }

/// <summary>The block of a try that is under way.</summary>
public enum TryPhase { Body, Catch, Finally }

/// <summary>
/// One step of a run, or one iteration, round or branch (<see cref="StepKind.Body"/>). Changed by <see cref="RunState.Apply(RunEvent, DateTimeOffset)"/> only.
/// </summary>
public sealed class StepState
{
    [JsonConstructor]
    internal StepState(StepPath path) => Path = path;

    [JsonPropertyName("p")]
    public StepPath Path { get; }

    /// <summary>The enclosing block, loop, iteration or branch; null for the run itself.</summary>
    [JsonIgnore]
    public StepState? Parent { get; internal set; }

    /// <summary>Place among its parent's children, from 0, in the order in which they began.</summary>
    [JsonIgnore]
    public int Index { get; internal set; }

    [JsonInclude, JsonPropertyName("k"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public StepKind Kind { get; internal set; }

    [JsonInclude, JsonPropertyName("s"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public StepStatus Status { get; internal set; }

    /// <summary>Attempts so far (of an activity, or child runs started); 0 when there was none.</summary>
    [JsonInclude, JsonPropertyName("a"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Attempt { get; internal set; }

    [JsonInclude, JsonPropertyName("f")]
    public DateTimeOffset? StartedAt { get; internal set; }

    [JsonInclude, JsonPropertyName("t")]
    public DateTimeOffset? EndedAt { get; internal set; }

    [JsonInclude]
    public JsonElement? Result { get; internal set; }

    /// <summary>The latest error: of the last attempt, or why the step failed.</summary>
    [JsonInclude]
    public StepError? Error { get; internal set; }

    /// <summary>The step in which the failure arose, when it came from within.</summary>
    [JsonInclude]
    public StepPath? Cause { get; internal set; }

    /// <summary>Failed, and the run went on past it.</summary>
    [JsonInclude, JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Tolerated { get; internal set; }

    /// <summary>Who skipped the step and why; null when its condition did, or it was not skipped.</summary>
    [JsonInclude]
    public StepSkipped? Skipped { get; internal set; }

    /// <summary>The attempt that a worker has, of the step or of its undo; null when there is none.</summary>
    [JsonInclude]
    public TaskScheduled? Task { get; internal set; }

    /// <summary>What the worker of the step and of its undo must offer, each as <c>key=value</c>.</summary>
    [JsonInclude]
    public ImmutableArray<string> Tags { get; internal set; } = [];

    /// <summary>Arguments of the last attempt.</summary>
    [JsonInclude]
    public JsonElement? Arguments { get; internal set; }

    /// <summary>When the next attempt begins (of the step, or of its undo).</summary>
    [JsonInclude]
    public DateTimeOffset? RetryAt { get; internal set; }

    /// <summary>The limit of a block or child run; a task's is in <see cref="Task"/>.</summary>
    [JsonInclude]
    public DateTimeOffset? TimeoutAt { get; internal set; }

    /// <summary>Facts recorded so far, by key; an undo's are apart in <see cref="UndoFacts"/>.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, JsonElement> Facts => FactsByKey ?? (IReadOnlyDictionary<string, JsonElement>)NoFacts;

    [JsonIgnore]
    public IReadOnlyDictionary<string, JsonElement> UndoFacts => UndoFactsByKey ?? (IReadOnlyDictionary<string, JsonElement>)NoFacts;

    /// <summary>Steps within, or the iterations, rounds or branches, in the order in which they began.</summary>
    [JsonIgnore]
    public IReadOnlyList<StepState> Inner => Children;

    [JsonInclude]
    public HeldLock? Lock { get; internal set; }

    /// <summary>A loop's items.</summary>
    [JsonInclude]
    public ImmutableArray<LoopItem> Items { get; internal set; } = [];

    /// <summary>The branch of an if that was chosen.</summary>
    [JsonInclude]
    public bool? Then { get; internal set; }

    [JsonInclude, JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public TryPhase Phase { get; internal set; }

    [JsonInclude]
    public ApprovalState? Approval { get; internal set; }

    /// <summary>What a wait waits for; also a repeat's pause between rounds.</summary>
    [JsonInclude]
    public WaitStarted? Wait { get; internal set; }

    /// <summary>Child runs of this step, the latest last; more than one after an operator's retry.</summary>
    [JsonInclude]
    public ImmutableArray<RunId> ChildRuns { get; internal set; } = [];

    /// <summary>How to take the step back: the arguments of its undo, evaluated when it ended.</summary>
    [JsonInclude]
    public JsonElement? UndoArguments { get; internal set; }

    /// <summary>A task that did not end done and can be taken back: a part of its effect may be there.</summary>
    [JsonInclude, JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool HalfWay { get; internal set; }

    /// <summary>Attempts of the undo so far.</summary>
    [JsonInclude, JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int UndoAttempt { get; internal set; }

    /// <summary>Waits for something or works: neither ended nor still to come.</summary>
    [JsonIgnore]
    public bool IsOpen => Status is StepStatus.WaitingForLock or StepStatus.Running or StepStatus.Retrying or StepStatus.WaitingForApproval
        or StepStatus.WaitingForSignal or StepStatus.Waiting or StepStatus.Incident;

    /// <summary>A step that has no steps within.</summary>
    [JsonIgnore]
    public bool IsLeaf => Kind is not (StepKind.Block or StepKind.Loop or StepKind.Body);

    /// <summary>Holds its steps directly without being one of the runbook's: the run itself, an iteration, a round or a branch.</summary>
    internal bool IsBody => Kind == StepKind.Body || Parent is null;

    internal bool IsEnded => !IsOpen && Status is not StepStatus.Pending;

    internal List<StepState> Children { get; } = [];

    /// <summary>Children that are open.</summary>
    [JsonIgnore]
    internal int Open { get; set; }

    /// <summary>Past its condition and its locks.</summary>
    [JsonInclude, JsonPropertyName("b"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    internal bool Begun { get; set; }

    /// <summary>Attempts (of a task), or rounds (of a repeat), before the latest retry by an operator: its policy counts from here.</summary>
    [JsonInclude, JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    internal int AttemptBase { get; set; }

    [JsonInclude, JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    internal int UndoBase { get; set; }

    [JsonInclude, JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    internal Stop Stopping { get; set; }

    [JsonInclude]
    internal StepError? StopError { get; set; }

    /// <summary>What failed within, on its way out.</summary>
    [JsonInclude]
    internal Failure? Failure { get; set; }

    /// <summary>What the catch block of a try handles.</summary>
    [JsonInclude]
    internal Failure? Caught { get; set; }

    /// <summary>What a try fails with once its finally block has run.</summary>
    [JsonInclude]
    internal Failure? Pending { get; set; }

    [JsonInclude, JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    internal ChildAsk ChildAsked { get; set; }

    [JsonInclude]
    internal ChildRequested? ChildRequest { get; set; }

    [JsonInclude]
    internal string? ChildReason { get; set; }

    [JsonInclude]
    internal RunId? ChildToUndo { get; set; }

    [JsonInclude, JsonPropertyName("facts")]
    internal Dictionary<string, JsonElement>? FactsByKey { get; set; }

    [JsonInclude, JsonPropertyName("undoFacts")]
    internal Dictionary<string, JsonElement>? UndoFactsByKey { get; set; }

    /// <summary>Steps at or within this one that can still be taken back.</summary>
    [JsonInclude, JsonPropertyName("u"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    internal int UndoLeft { get; set; }

    /// <summary>Children that are being taken back.</summary>
    [JsonIgnore]
    internal int UndoActive { get; set; }

    /// <summary>This step, or something within it, is being taken back.</summary>
    [JsonInclude, JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    internal bool UndoBegun { get; set; }

    /// <summary>Rises with each completion in the run: when the latest undoable step at or within this one was done.</summary>
    [JsonInclude, JsonPropertyName("r"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    internal long Rank { get; set; }

    /// <summary>Children with something to undo that has not begun, by <see cref="Rank"/>; the next one to undo is the last.</summary>
    [JsonIgnore]
    internal LinkedList<StepState>? ToUndo { get; set; }

    [JsonIgnore]
    internal LinkedListNode<StepState>? UndoNode { get; set; }

    /// <summary>The runbook's step, once looked up.</summary>
    [JsonIgnore]
    internal StepPlan? Plan { get; set; }

    private static readonly ImmutableDictionary<string, JsonElement> NoFacts = ImmutableDictionary<string, JsonElement>.Empty;
}

/// <summary>How a block is being stopped: its tasks may end, or are given up.</summary>
internal enum Stop { No, Drain, Abandon }

/// <summary>What the latest child run was told and has not answered.</summary>
internal enum ChildAsk { Nothing, Start, Cancel, Undo }

/// <param name="Index">Place of the failed child among its siblings.</param>
internal sealed record Failure(StepError Error, StepPath Cause, int Index);

/// <summary>An approval under way or decided.</summary>
public sealed record ApprovalState(ApprovalRequested Request, ImmutableArray<string> Roles, DateTimeOffset? Deadline, bool Escalated)
{
    public ImmutableArray<ApprovalDecided> Decisions { get; init; } = [];

    /// <summary>Approvals still missing.</summary>
    public int Missing => Math.Max(0, Request.Quorum - Decisions.Count(decision => decision.Approved));
}
