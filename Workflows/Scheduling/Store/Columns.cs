using System.Text.Json;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Scheduling.Store;

/// <summary>How values stand in the tables.</summary>
internal static class Columns
{
    public static DateTimeOffset Time(long ticks) => new(ticks, TimeSpan.Zero);

    public static DateTimeOffset? Time(long? ticks) => ticks is { } known ? Time(known) : null;

    /// <summary>Enum values are the names of the code, which never change once they are written.</summary>
    public static string Word<T>(T value) where T : struct, Enum => value.ToString();

    public static T Parse<T>(string word) where T : struct, Enum => Enum.Parse<T>(word);

    public static string Json<T>(T value) => JsonSerializer.Serialize(value, WorkflowJson.Options);

    public static T FromJson<T>(string json) => JsonSerializer.Deserialize<T>(json, WorkflowJson.Options)!;
}
