using System.Collections;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Orchestrator.Workflows.Model.Events;

namespace Orchestrator.Workflows.Model.State;

/// <summary>A run's state as it is written down, and the format in which it was.</summary>
/// <param name="FormatWritten">The first property of the JSON, so that it is known before anything else is read.</param>
internal sealed record RunSnapshot([property: JsonPropertyName("format")] int FormatWritten, RunState State)
{
    /// <summary>
    /// Rises with every change of <see cref="RunState"/> or <see cref="StepState"/> and of how events are folded into them. A snapshot of another
    /// format is thrown away, and the journal folded from its start.
    /// </summary>
    public const int Format = 3;

    private static readonly JsonSerializerOptions options = new(JournalJson.Settings())
    {
        TypeInfoResolver = SnapshotJson.Default.WithAddedModifier(LeaveOutEmptyLists),
    };

    private static readonly JsonTypeInfo<RunSnapshot> json = (JsonTypeInfo<RunSnapshot>)options.GetTypeInfo(typeof(RunSnapshot));

    public static byte[] Write(RunState state) => JsonSerializer.SerializeToUtf8Bytes(new RunSnapshot(Format, state), json);

    /// <summary>Throws <see cref="JsonException"/>.</summary>
    public static RunState Read(ReadOnlySpan<byte> snapshot)
    {
        try
        {
            return JsonSerializer.Deserialize(snapshot, json)?.State ?? throw new JsonException("A snapshot has a state.");
        }
        catch (Exception error) when (error is KeyNotFoundException or IndexOutOfRangeException or InvalidOperationException)
        {
            throw new JsonException("The steps of a snapshot do not belong together.", error);
        }
    }

    /// <summary>The format in which it was written; 0: before formats were read, or it is no snapshot.</summary>
    public static int FormatOf(ReadOnlySpan<byte> snapshot)
    {
        var reader = new Utf8JsonReader(snapshot);
        try
        {
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && reader.Read() && reader.TokenType == JsonTokenType.PropertyName
                && reader.ValueTextEquals("format") && reader.Read() && reader.TryGetInt32(out var format) ? format : 0;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return 0;
        }
    }

    private static void LeaveOutEmptyLists(JsonTypeInfo type)
    {
        if (type.Type != typeof(TaskState)) return;

        foreach (var property in type.Properties.Where(property => property.PropertyType.IsAssignableTo(typeof(IList))))
            property.ShouldSerialize = static (_, list) => list is IList { Count: > 0 };
    }
}

[JsonSerializable(typeof(RunSnapshot))]
internal sealed partial class SnapshotJson : JsonSerializerContext;
