using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.State;

/// <summary>A run's state as it is written down. Counters and look-ups are left out: they follow from the rest.</summary>
internal sealed record RunSnapshot
{
    public required RunId Id { get; init; }

    /// <summary>Rises when an old snapshot can no longer be read; then the journal is folded from its start.</summary>
    public int Format { get; init; } = 1;

    public RunStarted? Started { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }
    public RunOutcome? Outcome { get; init; }
    public StepError? Error { get; init; }
    public RunPaused? Paused { get; init; }
    public CancelRequested? Cancel { get; init; }
    public string? UndoReason { get; init; }
    public long Completions { get; init; }
    public ImmutableArray<Incident> Incidents { get; init; } = [];
    public ImmutableArray<StepPath> Locks { get; init; } = [];
    public ImmutableArray<SignalReceived> Signals { get; init; } = [];
    public ImmutableArray<StepPath> Tolerated { get; init; } = [];
    public ImmutableArray<StepPath> LeftInPlace { get; init; } = [];

    /// <summary>In the order in which they began, so that a parent comes before its children; the run itself first.</summary>
    public required ImmutableArray<StepSnapshot> Steps { get; init; }
}

/// <summary>One step; what has its usual value is left out.</summary>
internal sealed record StepSnapshot
{
    [JsonPropertyName("p")]
    public required StepPath Path { get; init; }

    [JsonPropertyName("k"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public StepKind Kind { get; init; }

    [JsonPropertyName("s"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public StepStatus Status { get; init; }

    [JsonPropertyName("a"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Attempt { get; init; }

    [JsonPropertyName("b"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Begun { get; init; }

    [JsonPropertyName("f")]
    public DateTimeOffset? StartedAt { get; init; }

    [JsonPropertyName("t")]
    public DateTimeOffset? EndedAt { get; init; }

    public JsonElement? Result { get; init; }
    public StepError? Error { get; init; }
    public StepPath? Cause { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Tolerated { get; init; }

    public StepSkipped? Skipped { get; init; }
    public TaskScheduled? Task { get; init; }
    public string[]? Tags { get; init; }
    public JsonElement? Arguments { get; init; }
    public DateTimeOffset? RetryAt { get; init; }
    public DateTimeOffset? TimeoutAt { get; init; }
    public Dictionary<string, JsonElement>? Facts { get; init; }
    public Dictionary<string, JsonElement>? UndoFacts { get; init; }
    public HeldLock? Lock { get; init; }
    public LoopItem[]? Items { get; init; }
    public bool? Then { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public TryPhase Phase { get; init; }

    public ApprovalState? Approval { get; init; }
    public WaitStarted? Wait { get; init; }
    public RunId[]? ChildRuns { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ChildAsk ChildAsked { get; init; }

    public ChildRequested? ChildRequest { get; init; }
    public string? ChildReason { get; init; }
    public RunId? ChildToUndo { get; init; }
    public JsonElement? UndoArguments { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool HalfWay { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int UndoAttempt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int AttemptBase { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int UndoBase { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Stop Stopping { get; init; }

    public StepError? StopError { get; init; }
    public Failure? Failure { get; init; }
    public Failure? Caught { get; init; }
    public Failure? Pending { get; init; }

    /// <summary>A leaf that can still be taken back.</summary>
    [JsonPropertyName("u"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Undoable { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool UndoBegun { get; init; }

    [JsonPropertyName("r"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Rank { get; init; }
}

[JsonSerializable(typeof(RunSnapshot))]
internal sealed partial class SnapshotJson : JsonSerializerContext
{
    public static SnapshotJson Instance { get; } = new(JournalJson.Settings());
}
