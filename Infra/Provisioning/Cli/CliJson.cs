using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Orchestrator.Infra.Provisioning.Cli;

/// <summary>An event of Pulumi's engine: one of its members says what happened.</summary>
internal sealed record EngineEvent
{
    public ResourceEvent? ResourcePreEvent { get; init; }

    public ResourceEvent? ResOutputsEvent { get; init; }

    public FailedEvent? ResOpFailedEvent { get; init; }

    public DiagnosticEvent? DiagnosticEvent { get; init; }

    public SummaryEvent? SummaryEvent { get; init; }

    public ProgressEvent? ProgressEvent { get; init; }

    public ErrorEvent? ErrorEvent { get; init; }

    public JsonElement? CancelEvent { get; init; }
}

internal sealed record ResourceEvent(StepMetadata? Metadata, bool Planning);

internal sealed record FailedEvent(StepMetadata? Metadata, int Status);

internal sealed record DiagnosticEvent(string? Urn, string? Message, string? Severity, bool Ephemeral);

internal sealed record SummaryEvent(bool MaybeCorrupt, double DurationSeconds, bool IsPreview, string? Result);

internal sealed record ProgressEvent(string? Message, bool Done);

internal sealed record ErrorEvent(string? Error);

internal sealed record StepMetadata(string? Op, string? Urn, string? Type, StepState? Old, StepState? New, ImmutableArray<string>? Diffs, bool Logical);

internal sealed record StepState(string? Id);

/// <summary>What <c>preview --json</c> prints.</summary>
internal sealed record PreviewDigest(ImmutableArray<PreviewStep>? Steps, ImmutableArray<PreviewDiagnostic>? Diagnostics);

internal sealed record PreviewStep(string? Op, string? Urn, PreviewState? OldState, PreviewState? NewState, ImmutableArray<string>? DiffReasons, ImmutableArray<string>? ReplaceReasons, Dictionary<string, JsonElement>? DetailedDiff);

internal sealed record PreviewState(string? Type, bool Protect, bool RetainOnDelete, JsonObject? Outputs);

internal sealed record PreviewDiagnostic(string? Urn, string? Message, string? Severity);

/// <summary>A line of <c>stack ls --json</c>.</summary>
internal sealed record StackLine(string? Name, DateTimeOffset? LastUpdate, int? ResourceCount, bool UpdateInProgress);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(EngineEvent))]
[JsonSerializable(typeof(PreviewDigest))]
[JsonSerializable(typeof(List<StackLine>))]
internal sealed partial class CliJson : JsonSerializerContext;
