using System.Collections.Immutable;

namespace Orchestrator.Workflows.Model.Bus;

/// <summary>Says what an envelope is about, for people.</summary>
internal static class EnvelopeContents
{
    /// <summary>The kind of its messages and what each names; nothing for an envelope that this version cannot read.</summary>
    public static (string? Kind, ImmutableArray<DeadMessage> Messages) Describe(Envelope envelope)
    {
        try
        {
            return EnvelopeReader.TypeOf(envelope) switch
            {
                MessageType.Task => ("task", All<TaskMessage>(envelope, task => Of(task.TaskToken, task.Activity))),
                MessageType.Result => ("result", All<ResultMessage>(envelope, result => Of(result.TaskToken, result.Error is { } error ? $"failed: {error.Code}" : "done"))),
                MessageType.Fact => ("fact", All<FactMessage>(envelope, fact => Of(fact.TaskToken, fact.Key))),
                MessageType.Progress => ("progress", All<ProgressMessage>(envelope, progress => Of(progress.TaskToken, progress.Message))),
                MessageType.Note => ("note", All<TaskReplyMessage>(envelope, note => Of(note.TaskToken, note.Kind.ToString()))),
                MessageType.Routed => ("relay", All<RoutedMessage>(envelope, route => new DeadMessage(route.Run, null, null, null))),
                MessageType.Answer => ("answer", All<ResponseMessage>(envelope, answer => new DeadMessage(null, null, null, answer.Refusal?.Code))),
                _ => (null, []),
            };
        }
        catch (Exception error) when (error is InvalidDataException or NewerEnvelopeException)
        {
            return (null, []);
        }
    }

    private static ImmutableArray<DeadMessage> All<T>(Envelope envelope, Func<T, DeadMessage> describe) where T : IBusMessage<T> =>
        [.. EnvelopeReader.Unpack<T>(envelope).Select(describe)];

    private static DeadMessage Of(TaskToken taskToken, string detail) => new(taskToken.Run, taskToken.Path.Value, taskToken.Attempt, detail);
}
