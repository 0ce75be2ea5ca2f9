using System.Collections.Immutable;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.Bus;

/// <summary>An envelope that nobody could handle, kept until an operator replays or discards it. Nothing waits for it: what matters is a row in the journal.</summary>
/// <param name="Id">Names it among the dead letters; another one after it has failed again.</param>
/// <param name="Queue">Where it was read, and where a replay puts it.</param>
/// <param name="Reason"><c>poison</c>: another format, or nobody handles such messages; <c>failed</c>: its handler threw each time; <c>returned</c>: whoever had it ended, or lost the connection, too often.</param>
/// <param name="Detail">What the handler said.</param>
/// <param name="Failures">How often it was tried.</param>
/// <param name="Server">Who gave it up; null when the broker did.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Content">What its messages are, as in <c>task</c>; null when this version cannot read them.</param>
public sealed record DeadLetter(
    string Id, string Queue, string Reason, string? Detail, DateTimeOffset? At, long Failures, string? Server, int Bytes, string? Content, ImmutableArray<DeadMessage> Messages);

/// <summary>A message of a dead letter, as far as it names what it is about.</summary>
/// <param name="Detail">The activity of a task, the outcome of a result, the key of a fact.</param>
public sealed record DeadMessage(RunId? Run, string? Step, int? Attempt, string? Detail);

/// <summary>Some dead letters, oldest first.</summary>
/// <param name="Total">As many as there are.</param>
public sealed record DeadLetterList(ImmutableArray<DeadLetter> Letters, long Total);

/// <summary>What became of dead letters.</summary>
/// <param name="Done">Their ids: they are replayed, or discarded.</param>
/// <param name="Kept">Those that are still there, with the reason.</param>
public sealed record DeadLetterOutcome(ImmutableArray<string> Done, ImmutableArray<KeptDeadLetter> Kept);

/// <summary>A dead letter that could not be replayed.</summary>
public sealed record KeptDeadLetter(string Id, string Queue, string Why);
