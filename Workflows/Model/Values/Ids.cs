using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.Workflows.Model.Values;

/// <summary>Identifies one run of a runbook. Version 7, so ids sort by the time of their start.</summary>
[JsonConverter(typeof(RunIdJsonConverter))]
public readonly record struct RunId(Guid Value) : IParsable<RunId>
{
    /// <summary>A new id; <paramref name="now"/> gives its leading, sortable part.</summary>
    public static RunId New(DateTimeOffset now) => new(Guid.CreateVersion7(now));

    public static RunId Parse(string s, IFormatProvider? provider = null) => new(Guid.Parse(s, provider));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out RunId result)
    {
        var parsed = Guid.TryParse(s, provider, out var value);
        result = new RunId(value);
        return parsed;
    }

    public override string ToString() => Value.ToString("D");
}

internal sealed class RunIdJsonConverter : JsonConverter<RunId>
{
    public override RunId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetGuid());

    public override void Write(Utf8JsonWriter writer, RunId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
}

/// <summary>
/// The address of a step within its run: the ids from the outermost step to this one, joined by <c>/</c>,
/// with the key of each loop iteration and the id (or number, from 1) of each parallel branch in between, as in
/// <c>lend/hz-batch-a/shift</c>. The empty path is the run itself.
/// </summary>
[JsonConverter(typeof(StepPathJsonConverter))]
public readonly record struct StepPath(string Value)
{
    /// <summary>The run itself.</summary>
    public static StepPath Root { get; } = new("");

    /// <summary>True for the run itself.</summary>
    public bool IsRoot => Value.Length == 0;

    /// <summary>The address of <paramref name="segment"/> directly within this one.</summary>
    public StepPath Child(string segment) => new(IsRoot ? segment : $"{Value}/{segment}");

    /// <summary>The enclosing address; the root's parent is the root.</summary>
    public StepPath Parent => new(Value.LastIndexOf('/') is >= 0 and var slash ? Value[..slash] : "");

    /// <summary>The last segment: a step's id, an iteration's key or a branch's name.</summary>
    public string Name => Value[(Value.LastIndexOf('/') + 1)..];

    /// <summary>True when <paramref name="other"/> is this address or lies within it.</summary>
    public bool Contains(StepPath other) =>
        IsRoot || other.Value == Value || (other.Value.StartsWith(Value, StringComparison.Ordinal) && other.Value[Value.Length] == '/');

    public override string ToString() => Value;
}

internal sealed class StepPathJsonConverter : JsonConverter<StepPath>
{
    public override StepPath Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetString() ?? "");

    public override void Write(Utf8JsonWriter writer, StepPath value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);

    public override StepPath ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetString() ?? "");

    public override void WriteAsPropertyName(Utf8JsonWriter writer, StepPath value, JsonSerializerOptions options) => writer.WritePropertyName(value.Value);
}
