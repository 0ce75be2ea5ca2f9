using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Orchestrator.Infra.Provisioning.Stacks;

/// <summary>What the engine does, as it does it; shaped and named like Pulumi's engine events.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ResourcePre), "resourcePreEvent")]
[JsonDerivedType(typeof(ResourceOutputs), "resOutputsEvent")]
[JsonDerivedType(typeof(ResourceFailed), "resOpFailedEvent")]
[JsonDerivedType(typeof(StackDiagnostic), "diagnosticEvent")]
[JsonDerivedType(typeof(Summary), "summaryEvent")]
public abstract record StackEvent
{
    /// <summary>From 1, in order.</summary>
    public int Sequence { get; init; }

    /// <summary>On the environment clock.</summary>
    public DateTimeOffset Timestamp { get; init; }
}

/// <summary>An operation on a resource begins.</summary>
public sealed record ResourcePre(ResourceStep Metadata) : StackEvent;

/// <summary>An operation on a resource is done.</summary>
public sealed record ResourceOutputs(ResourceStep Metadata) : StackEvent;

/// <summary>An operation on a resource failed.</summary>
/// <param name="Status">0: nothing changed; 1: the resource may be there in part; as in Pulumi.</param>
public sealed record ResourceFailed(ResourceStep Metadata, int Status, string Message) : StackEvent;

/// <param name="Severity">info, warning or error.</param>
public sealed record StackDiagnostic(string? Urn, string Severity, string Message) : StackEvent;

/// <summary>The last event of every call.</summary>
/// <param name="Result">succeeded or failed.</param>
public sealed record Summary(bool MaybeCorrupt, double DurationSeconds, ImmutableDictionary<string, int> ResourceChanges, string Result) : StackEvent;

/// <param name="Op">same, create, update, replace, delete, refresh.</param>
/// <param name="Id">The provider's id, once it is known.</param>
public sealed record ResourceStep(string Op, string Urn, string Type, string? Id, ImmutableArray<string> Diffs);
