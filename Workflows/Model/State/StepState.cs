using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.State;

/// <summary>What kind of thing a state belongs to, as far as events tell. Unknown until the step has begun.</summary>
public enum StepKind { Unknown, Task, Approval, Wait, Child, Block, Loop, Body }

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

    /// <summary>The limit of a block or child run; a task's is in its attempt.</summary>
    [JsonInclude]
    public DateTimeOffset? TimeoutAt { get; internal set; }

    /// <summary>Steps within, or the iterations, rounds or branches, in the order in which they began.</summary>
    [JsonIgnore]
    public IReadOnlyList<StepState> Inner => Children;

    [JsonInclude]
    public HeldLock? Lock { get; internal set; }

    /// <summary>What only steps of its kind remember; null when there is nothing, or its kind is not known yet.</summary>
    [JsonInclude]
    internal KindState? Own { get; set; }

    /// <summary>The attempt that a worker has, of the step or of its undo; null when there is none.</summary>
    [JsonIgnore]
    public TaskScheduled? Task => (Own as TaskState)?.Current;

    /// <summary>Facts recorded so far, by key; an undo's are apart in <see cref="UndoFacts"/>.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, JsonElement> Facts => (Own as TaskState)?.Facts ?? (IReadOnlyDictionary<string, JsonElement>)NoFacts;

    [JsonIgnore]
    public IReadOnlyDictionary<string, JsonElement> UndoFacts => (Own as TaskState)?.UndoFacts ?? (IReadOnlyDictionary<string, JsonElement>)NoFacts;

    /// <summary>How to take the step back: the arguments of its undo, evaluated when it ended.</summary>
    [JsonIgnore]
    public JsonElement? UndoArguments => (Own as TaskState)?.UndoArguments;

    /// <summary>An approval, under way or decided.</summary>
    [JsonIgnore]
    public ApprovalState? Approval => Own as ApprovalState;

    /// <summary>The block of a try that is under way.</summary>
    [JsonIgnore]
    internal TryPhase Phase => Own is TryState attempt ? attempt.Phase : TryPhase.Body;

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
    internal Stop Stopping { get; set; }

    [JsonInclude]
    internal StepError? StopError { get; set; }

    /// <summary>What failed within, on its way out.</summary>
    [JsonInclude]
    internal Failure? Failure { get; set; }

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
    internal LinkedListNode<StepState>? UndoEntry { get; set; }

    /// <summary>The runbook's step, once looked up.</summary>
    [JsonIgnore]
    internal StepPlan? Plan { get; set; }

    private static readonly ImmutableDictionary<string, JsonElement> NoFacts = ImmutableDictionary<string, JsonElement>.Empty;
}

/// <summary>How a block is being stopped: its tasks may end, or are given up.</summary>
internal enum Stop { No, Drain, Abandon }

/// <param name="Index">Place of the failed child among its siblings.</param>
internal sealed record Failure(StepError Error, StepPath Cause, int Index);
