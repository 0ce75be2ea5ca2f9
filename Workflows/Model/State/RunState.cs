using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.State;

/// <summary>
/// What is known of one run: the fold of its events, without its runbook. A mutable draft: a decision advances it as it
/// emits; when the append of that decision fails, throw the draft away and fold the journal again. Not thread-safe.
/// </summary>
public sealed partial class RunState
{
    private readonly Dictionary<StepPath, StepState> steps = [];
    private readonly int[] counts = new int[Enum.GetValues<StepStatus>().Length];
    private readonly Dictionary<StepPath, Incident> incidents = [];
    private readonly Dictionary<StepPath, HeldLock> locks = [];
    private readonly Dictionary<string, JsonElement?> signals = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<StepPath>> signalWaits = new(StringComparer.Ordinal);
    private readonly List<StepPath> tolerated = [];
    private readonly List<StepPath> leftInPlace = [];

    [JsonConstructor]
    internal RunState(RunId id)
    {
        Id = id;
        Root = new StepState(StepPath.Root) { Kind = StepKind.Block };
        steps[StepPath.Root] = Root;
    }

    /// <summary>A run of which nothing has happened yet.</summary>
    public static RunState New(RunId id) => new(id);

    public RunId Id { get; }

    /// <summary>The first event, or null when the run has not begun.</summary>
    [JsonInclude]
    public RunStarted? Started { get; internal set; }

    [JsonInclude]
    public DateTimeOffset? StartedAt { get; internal set; }

    [JsonInclude]
    public DateTimeOffset? EndedAt { get; internal set; }

    /// <summary>Null while the run is under way.</summary>
    [JsonInclude]
    public RunOutcome? Outcome { get; internal set; }

    /// <summary>Why the run ended other than done, or what it is being stopped for.</summary>
    [JsonInclude]
    public StepError? Error { get; internal set; }

    [JsonIgnore]
    public bool IsEnded => Outcome is not null;

    /// <summary>Why nothing of the run is evaluated until an operator lifts it (codes <c>engine-fault</c> and <c>quarantined</c>); null: it is decided on.</summary>
    [JsonIgnore]
    public StepError? Held => incidents.Count > 0 && incidents.TryGetValue(StepPath.Root, out var incident) && IsHold(incident.Error) ? incident.Error : null;

    /// <summary>An incident with it holds the run as a whole.</summary>
    public static bool IsHold(StepError error) => error.Code is ErrorCodes.EngineFault or ErrorCodes.Quarantined;

    /// <summary>Who paused the run, and why; null when it is not paused.</summary>
    [JsonInclude]
    public RunPaused? Paused { get; internal set; }

    /// <summary>Who cancels the run, and why; null when nobody does.</summary>
    [JsonInclude]
    public CancelRequested? Cancel { get; internal set; }

    /// <summary>Why the run is taken back; null when it is not.</summary>
    [JsonInclude]
    public string? UndoReason { get; internal set; }

    /// <summary>Steps, blocks and iterations that are open, at any depth.</summary>
    [JsonIgnore]
    internal int OpenSteps { get; private set; }

    [JsonIgnore]
    internal IReadOnlyDictionary<string, HashSet<StepPath>> SignalWaits => signalWaits;

    /// <summary>The run itself as a block: its children are the outermost steps.</summary>
    [JsonIgnore]
    public StepState Root { get; private set; }

    /// <summary>Every step that has begun (or was passed over), and every iteration, round and branch, by path.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<StepPath, StepState> Steps => steps;

    /// <summary>Open incidents, by step.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<StepPath, Incident> Incidents => incidents;

    /// <summary>Locks that are requested, held or lost; the run's own at the empty path.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<StepPath, HeldLock> Locks => locks;

    /// <summary>Signals received, by name, with the latest payload.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, JsonElement?> Signals => signals;

    /// <summary>Failed steps that the run went past (policy continue); they make it end failed.</summary>
    [JsonIgnore]
    public IReadOnlyList<StepPath> Tolerated => tolerated;

    /// <summary>Steps whose undo failed for good.</summary>
    [JsonIgnore]
    public IReadOnlyList<StepPath> LeftInPlace => leftInPlace;

    /// <summary>Steps (no blocks, loops or iterations) in the status; O(1).</summary>
    public int Count(StepStatus status) => counts[(int)status];

    public StepState? Find(StepPath path) => steps.GetValueOrDefault(path);

    /// <summary>What the run is doing, the most urgent thing first.</summary>
    [JsonIgnore]
    public RunStatus Status => Outcome switch
    {
        RunOutcome.Done => RunStatus.Done,
        RunOutcome.Failed => RunStatus.Failed,
        RunOutcome.Cancelled => RunStatus.Cancelled,
        RunOutcome.Rejected => RunStatus.Rejected,
        RunOutcome.Undone => RunStatus.Undone,
        RunOutcome.UndoIncomplete => RunStatus.UndoIncomplete,
        _ => OpenStatus,
    };

    private RunStatus OpenStatus =>
        Held is not null ? RunStatus.Incident
        : Paused is not null ? RunStatus.Paused
        : Cancel is not null ? RunStatus.Cancelling
        : incidents.Count > 0 ? RunStatus.Incident
        : UndoReason is not null ? RunStatus.Undoing
        : Root.Lock is { Status: LockStatus.Requested } ? RunStatus.WaitingForLock
        : Count(StepStatus.Running) + Count(StepStatus.Retrying) > 0 ? RunStatus.Running
        : Count(StepStatus.WaitingForApproval) > 0 ? RunStatus.WaitingForApproval
        : Count(StepStatus.WaitingForSignal) > 0 ? RunStatus.WaitingForSignal
        : Count(StepStatus.Waiting) > 0 ? RunStatus.Waiting
        : Count(StepStatus.WaitingForLock) > 0 ? RunStatus.WaitingForLock
        : RunStatus.Running;
}

/// <summary>Something that waits for an operator.</summary>
public sealed record Incident(StepPath Path, StepError Error, DateTimeOffset At);

public enum LockStatus { Requested, Held, Lost, Released }

/// <summary>Resources at one path. <paramref name="Token"/> is the fencing token, the last one while they are asked for again, and 0 until the first.</summary>
public sealed record HeldLock(System.Collections.Immutable.ImmutableArray<string> Resources, LockStatus Status, long Token)
{
    /// <summary>Who took them over, when they are lost.</summary>
    public string? LostTo { get; init; }
}
