using System.Collections.Immutable;

namespace Orchestrator.Workflows.Model.Bus;

/// <summary>Says what a parcel is about, for people.</summary>
internal static class ParcelContents
{
    /// <summary>The kind of its messages and what each names; nothing for a parcel that this version cannot read.</summary>
    public static (string? Kind, ImmutableArray<DeadMessage> Messages) Describe(Parcel parcel)
    {
        try
        {
            return ParcelReader.TypeOf(parcel) switch
            {
                MessageType.Task => ("task", All<TaskMessage>(parcel, task => Of(task.Stamp, task.Activity))),
                MessageType.Result => ("result", All<ResultMessage>(parcel, result => Of(result.Stamp, result.Error is { } error ? $"failed: {error.Code}" : "done"))),
                MessageType.Fact => ("fact", All<FactMessage>(parcel, fact => Of(fact.Stamp, fact.Key))),
                MessageType.Progress => ("progress", All<ProgressMessage>(parcel, progress => Of(progress.Stamp, progress.Message))),
                MessageType.Note => ("note", All<NoteMessage>(parcel, note => Of(note.Stamp, note.Kind.ToString()))),
                MessageType.Relay => ("relay", All<RelayMessage>(parcel, relay => new DeadMessage(relay.Run, null, null, null))),
                MessageType.Answer => ("answer", All<AnswerMessage>(parcel, answer => new DeadMessage(null, null, null, answer.Refusal?.Code))),
                _ => (null, []),
            };
        }
        catch (Exception error) when (error is InvalidDataException or NewerParcelException)
        {
            return (null, []);
        }
    }

    private static ImmutableArray<DeadMessage> All<T>(Parcel parcel, Func<T, DeadMessage> describe) where T : IBusMessage<T> =>
        [.. ParcelReader.Unpack<T>(parcel).Select(describe)];

    private static DeadMessage Of(TaskStamp stamp, string detail) => new(stamp.Run, stamp.Path.Value, stamp.Attempt, detail);
}
