using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Workflows.Journals;
using Orchestrator.Workflows.Runbooks;

namespace Orchestrator.Workflows.Bus;

/// <summary>Names one claim of one attempt. What a worker says of a task counts only while its stamp is the current one.</summary>
internal readonly record struct TaskStamp(RunId Run, StepPath Path, bool Undo, int Attempt, long Token)
{
    [JsonIgnore]
    public TaskId Task => new(Path, Undo);
}

/// <summary>A task with everything that its worker needs to know, leased to the worker it is sent to.</summary>
internal sealed record TaskMessage(
    TaskStamp Stamp,
    RunId Root,
    string Activity,
    JsonElement Arguments,
    string IdempotencyKey,
    Lane Lane,
    long FencingToken,
    string StartedBy,
    DateTimeOffset LeaseUntil)
{
    /// <summary>Facts that earlier attempts, or an earlier worker, recorded; null for none.</summary>
    public ImmutableDictionary<string, JsonElement>? Recorded { get; init; }
}

/// <summary>How an attempt ended.</summary>
/// <param name="Error">Null: it is done.</param>
internal sealed record ResultMessage(TaskStamp Stamp, JsonElement? Result, StepError? Error);

/// <summary>A fact for the journal; answered by a note with the same <paramref name="Report"/>, and sent again until it is.</summary>
internal sealed record FactMessage(TaskStamp Stamp, string Worker, long Report, string Key, JsonElement Fact);

/// <summary>A worker is at work on a task, or has it in its queue.</summary>
internal readonly record struct HeartbeatMessage(TaskStamp Stamp, string Worker);

internal sealed record ProgressMessage(TaskStamp Stamp, double? Fraction, string Message, DateTimeOffset At);

internal enum NoteKind { FactRecorded, LeaseRenewed, TaskLost }

/// <summary>What an engine tells one worker about a task it has.</summary>
/// <param name="Report">Of the fact that is recorded; else 0.</param>
/// <param name="LeaseUntil">Of a renewed lease.</param>
internal sealed record NoteMessage(NoteKind Kind, TaskStamp Stamp, long Report, DateTimeOffset LeaseUntil);

/// <summary>What travels: many messages of a kind at once, as JSON that the transport need not look into.</summary>
public sealed record Parcel(byte[] Content);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(List<TaskMessage>))]
[JsonSerializable(typeof(List<ResultMessage>))]
[JsonSerializable(typeof(List<FactMessage>))]
[JsonSerializable(typeof(List<HeartbeatMessage>))]
[JsonSerializable(typeof(List<ProgressMessage>))]
[JsonSerializable(typeof(List<NoteMessage>))]
internal sealed partial class BusJson : JsonSerializerContext;
