using System.Collections.Immutable;
using System.Text.Json;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.Activities;

/// <summary>
/// A result of an activity that may take a step back only in part. What it names here when it does (<see cref="TaskContext.Undo"/>) stands:
/// the undo of the other steps goes on, and the run ends <c>undo-incomplete</c> with these names instead of <c>undone</c>.
/// </summary>
public interface IUndoResult
{
    ImmutableArray<LeftInPlace> Left { get; }
}

/// <summary>What the result of an undo says on its way from the worker to the run: <c>{ left: [{ name, reason }] }</c>, or nothing.</summary>
internal static class UndoReport
{
    public static JsonElement? Of(object? result) =>
        result is IUndoResult { Left: { IsDefaultOrEmpty: false } left } ? WorkflowJson.ToElement(new Dictionary<string, ImmutableArray<LeftInPlace>> { ["left"] = left }) : null;

    /// <summary>Never throws: an entry without a name or a reason says that something stands all the same.</summary>
    public static ImmutableArray<LeftInPlace> Read(JsonElement? result) =>
        result is { ValueKind: JsonValueKind.Object } report && report.TryGetProperty("left", out var left) && left.ValueKind == JsonValueKind.Array
            ? [.. left.EnumerateArray().Select(one => new LeftInPlace(Text(one, "name", "something"), Text(one, "reason", "no reason given")))]
            : [];

    private static string Text(JsonElement one, string name, string otherwise) =>
        one.ValueKind == JsonValueKind.Object && one.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : otherwise;
}
