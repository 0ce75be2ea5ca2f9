using System.Text.Json.Serialization;
using Orchestrator.Workflows.Model.Bus;

namespace Orchestrator.Server.Bus;

/// <summary>What carries messages between servers, with its queues.</summary>
/// <param name="Transport"><c>memory</c>, within this process, or <c>rabbitmq</c>.</param>
/// <param name="Address">Of the broker, without secrets.</param>
/// <param name="Release">The broker's version.</param>
/// <param name="Unavailable">What is wrong; null when messages go through.</param>
internal sealed record BusResponse(string Transport, string? Address, string? Release, string? Unavailable, IReadOnlyList<BusQueue> Queues)
{
    public static BusResponse Of(BusState bus) => new(bus.Transport, bus.Address, bus.Release, bus.Unavailable, bus.Queues);
}

/// <summary>An envelope of messages that nobody could handle.</summary>
/// <param name="Reason"><c>poison</c>: another format, or nobody handles such messages; <c>failed</c>: its handler failed each time; <c>returned</c>: whoever had it ended too often.</param>
/// <param name="Content">What its messages are, as in <c>task</c>; null when this version cannot read them.</param>
internal sealed record DeadLetterResponse(
    string Id, string Queue, string Reason, string? Detail, DateTimeOffset? At, long Failures, string? Server, int Bytes, string? Content, IReadOnlyList<DeadMessageResponse> Messages)
{
    public static DeadLetterResponse Of(DeadLetter letter) => new(
        letter.Id, letter.Queue, letter.Reason, letter.Detail, letter.At, letter.Failures, letter.Server, letter.Bytes, letter.Content,
        [.. letter.Messages.Select(message => new DeadMessageResponse(message.Run?.ToString(), message.Step, message.Attempt, message.Detail))]);
}

/// <param name="Detail">The activity of a task, the outcome of a result, the key of a fact.</param>
internal sealed record DeadMessageResponse(string? Run, string? Step, int? Attempt, string? Detail);

/// <param name="Total">As many as there are; the oldest are listed.</param>
internal sealed record DeadLettersResponse(IReadOnlyList<DeadLetterResponse> Items, long Total);

/// <param name="Ids">Which; leave it out and say <c>all</c> for all there are.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record ReplayRequest(IReadOnlyList<string>? Ids, bool? All);

/// <param name="Done">Ids that are replayed, or discarded.</param>
/// <param name="Kept">Those that are still there, with the reason.</param>
internal sealed record DeadLetterOutcomeResponse(string By, IReadOnlyList<string> Done, IReadOnlyList<KeptDeadLetter> Kept);

/// <summary>What the journal keeps of discarded dead letters.</summary>
/// <param name="Ids">Which were named; null: all.</param>
/// <param name="Total">So many there were.</param>
/// <param name="Letters">What was discarded, the oldest thousand.</param>
internal sealed record DeadLettersDiscarded(string Reason, IReadOnlyList<string>? Ids, long Total, IReadOnlyList<DeadLetterResponse> Letters);

/// <summary>It came to nothing: they are still there, or some of them.</summary>
internal sealed record DeadLettersKept(string Because);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BusResponse))]
[JsonSerializable(typeof(DeadLettersResponse))]
[JsonSerializable(typeof(ReplayRequest))]
[JsonSerializable(typeof(DeadLetterOutcomeResponse))]
[JsonSerializable(typeof(DeadLettersDiscarded))]
[JsonSerializable(typeof(DeadLettersKept))]
internal sealed partial class BusJson : JsonSerializerContext;
