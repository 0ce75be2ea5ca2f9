using System.Collections.Immutable;
using System.Text.Json;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.Bus;

/// <summary>What an envelope holds. Numbers never change.</summary>
internal enum MessageType : byte { Task = 1, Result = 2, Fact = 3, Progress = 4, Note = 5, Routed = 6, Answer = 7 }

/// <summary>A message that goes in envelopes. What it writes it reads back in the same order.</summary>
internal interface IBusMessage<TSelf> where TSelf : IBusMessage<TSelf>
{
    static abstract MessageType Type { get; }

    /// <summary>Context of the span that the way over the bus is to be below, as W3C's <c>traceparent</c>; null: it is no span.</summary>
    string? Trace => null;

    /// <summary>The message with the context of the way itself.</summary>
    TSelf WithTrace(string trace) => throw new NotSupportedException($"The way of {TSelf.Type} is no span.");

    void WriteTo(EnvelopeWriter writer);

    static abstract TSelf ReadFrom(ref EnvelopeReader reader);
}

/// <summary>Names one claim of one attempt. What a worker says of a task counts only while its task token is the current one.</summary>
internal readonly record struct TaskToken(RunId Run, StepPath Path, bool Undo, int Attempt, long Token)
{
    public TaskId Task => new(Path, Undo);
}

/// <summary>A task with everything that its worker needs to know.</summary>
/// <param name="Owner">The server instance that has the task under lease already; empty: whoever gets it claims it first.</param>
internal sealed record TaskMessage(
    TaskToken TaskToken,
    string Owner,
    RunId Root,
    string Activity,
    JsonElement Arguments,
    string IdempotencyKey,
    Lane Lane,
    long FencingToken,
    string StartedBy,
    DateTimeOffset LeaseUntil) : IBusMessage<TaskMessage>
{
    public static MessageType Type => MessageType.Task;

    /// <summary>Facts that earlier attempts, or an earlier worker, recorded; null for none.</summary>
    public ImmutableDictionary<string, JsonElement>? Recorded { get; init; }

    /// <summary>When the attempt fails with code <c>timeout</c>, on the environment clock; null: never, or told by an engine that is older.</summary>
    public DateTimeOffset? TimeoutAt { get; init; }

    /// <summary>Of the turn that scheduled it, and once it is sent of its way over the bus; null: its run is not traced.</summary>
    public string? Trace { get; init; }

    public TaskMessage WithTrace(string trace) => this with { Trace = trace };

    public void WriteTo(EnvelopeWriter writer)
    {
        writer.Write(TaskToken);
        writer.Write(Owner);
        writer.Write(Root);
        writer.Write(Activity);
        writer.Write(Arguments);
        writer.Write(IdempotencyKey);
        writer.Write((byte)Lane);
        writer.Write(FencingToken);
        writer.Write(StartedBy);
        writer.Write(LeaseUntil);
        writer.Write(Recorded?.Count ?? 0);
        foreach (var (key, fact) in Recorded ?? [])
        {
            writer.Write(key);
            writer.Write(fact);
        }

        if (writer.ProtocolVersion >= ProtocolVersions.TaskTimeouts) writer.Write(TimeoutAt);
        if (writer.ProtocolVersion >= ProtocolVersions.Traces) writer.Write(Trace ?? "");
    }

    public static TaskMessage ReadFrom(ref EnvelopeReader reader) => new(
        reader.ReadTaskToken(), reader.ReadText(), reader.ReadRun(), reader.ReadText(), reader.ReadJson(), reader.ReadText(), (Lane)reader.ReadByte(),
        reader.ReadInt64(), reader.ReadText(), reader.ReadTime())
    {
        Recorded = ReadFacts(ref reader),
        TimeoutAt = reader.ProtocolVersion >= ProtocolVersions.TaskTimeouts ? reader.ReadOptionalTime() : null,
        Trace = reader.ReadTrace(),
    };

    private static ImmutableDictionary<string, JsonElement>? ReadFacts(ref EnvelopeReader reader)
    {
        var count = reader.ReadInt32();
        if (count == 0) return null;

        var facts = ImmutableDictionary.CreateBuilder<string, JsonElement>();
        for (; count > 0; count--) facts.Add(reader.ReadText(), reader.ReadJson());
        return facts.ToImmutable();
    }
}

/// <summary>How an attempt ended.</summary>
/// <param name="Error">Null: it is done.</param>
internal sealed record ResultMessage(TaskToken TaskToken, JsonElement? Result, StepError? Error) : IBusMessage<ResultMessage>
{
    public static MessageType Type => MessageType.Result;

    /// <summary>Of the attempt's span; null: its run is not traced.</summary>
    public string? Cause { get; init; }

    public void WriteTo(EnvelopeWriter writer)
    {
        writer.Write(TaskToken);
        writer.Write(Result);
        writer.Write(Error);
        if (writer.ProtocolVersion >= ProtocolVersions.Traces) writer.Write(Cause ?? "");
    }

    public static ResultMessage ReadFrom(ref EnvelopeReader reader) =>
        new(reader.ReadTaskToken(), reader.ReadOptionalJson(), reader.ReadError()) { Cause = reader.ReadTrace() };
}

/// <summary>A fact for the journal; answered by a note with the same <paramref name="Report"/>, and sent again until it is.</summary>
/// <param name="Worker">Name of the worker's server.</param>
internal sealed record FactMessage(TaskToken TaskToken, string Worker, long Report, string Key, JsonElement Fact) : IBusMessage<FactMessage>
{
    public static MessageType Type => MessageType.Fact;

    public void WriteTo(EnvelopeWriter writer)
    {
        writer.Write(TaskToken);
        writer.Write(Worker);
        writer.Write(Report);
        writer.Write(Key);
        writer.Write(Fact);
    }

    public static FactMessage ReadFrom(ref EnvelopeReader reader) =>
        new(reader.ReadTaskToken(), reader.ReadText(), reader.ReadInt64(), reader.ReadText(), reader.ReadJson());
}

internal sealed record ProgressMessage(TaskToken TaskToken, double? Fraction, string Message, DateTimeOffset At) : IBusMessage<ProgressMessage>
{
    public static MessageType Type => MessageType.Progress;

    public void WriteTo(EnvelopeWriter writer)
    {
        writer.Write(TaskToken);
        writer.Write(Fraction is not null);
        writer.Write(Fraction ?? 0);
        writer.Write(Message);
        writer.Write(At);
    }

    public static ProgressMessage ReadFrom(ref EnvelopeReader reader)
    {
        var taskToken = reader.ReadTaskToken();
        var known = reader.ReadBoolean();
        var fraction = reader.ReadDouble();
        return new ProgressMessage(taskToken, known ? fraction : null, reader.ReadText(), reader.ReadTime());
    }
}

internal enum TaskReplyKind { FactRecorded, TaskLost }

/// <summary>What an engine tells a worker about a task it has.</summary>
/// <param name="Report">Of the fact that is recorded; else 0.</param>
internal sealed record TaskReplyMessage(TaskReplyKind Kind, TaskToken TaskToken, long Report) : IBusMessage<TaskReplyMessage>
{
    public static MessageType Type => MessageType.Note;

    public void WriteTo(EnvelopeWriter writer)
    {
        writer.Write((byte)Kind);
        writer.Write(TaskToken);
        writer.Write(Report);
    }

    public static TaskReplyMessage ReadFrom(ref EnvelopeReader reader) =>
        new((TaskReplyKind)reader.ReadByte(), reader.ReadTaskToken(), reader.ReadInt64());
}

/// <summary>Something for a run that another server decides.</summary>
/// <param name="Server">Name of the server that waits for the answer; empty: nobody does.</param>
/// <param name="Request">Names the question among those of that server.</param>
/// <param name="Body">A <c>Workflows.Execution.Runs.RoutedRequest</c> as JSON.</param>
internal sealed record RoutedMessage(RunId Run, string Server, long Request, JsonElement Body) : IBusMessage<RoutedMessage>
{
    public static MessageType Type => MessageType.Routed;

    public void WriteTo(EnvelopeWriter writer)
    {
        writer.Write(Run);
        writer.Write(Server);
        writer.Write(Request);
        writer.Write(Body);
    }

    public static RoutedMessage ReadFrom(ref EnvelopeReader reader) => new(reader.ReadRun(), reader.ReadText(), reader.ReadInt64(), reader.ReadJson());
}

/// <summary>What became of a relayed request: it is durable, or was refused.</summary>
/// <param name="Existed">The run to start was there before.</param>
internal sealed record ResponseMessage(long Request, bool Existed, StepError? Refusal) : IBusMessage<ResponseMessage>
{
    public static MessageType Type => MessageType.Answer;

    public void WriteTo(EnvelopeWriter writer)
    {
        writer.Write(Request);
        writer.Write(Existed);
        writer.Write(Refusal);
    }

    public static ResponseMessage ReadFrom(ref EnvelopeReader reader) => new(reader.ReadInt64(), reader.ReadBoolean(), reader.ReadError());
}

/// <summary>What travels: many messages of a kind at once, as bytes that the transport need not look into.</summary>
public sealed record Envelope(byte[] Content);
