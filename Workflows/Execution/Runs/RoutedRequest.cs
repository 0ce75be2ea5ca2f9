using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>Mail for a run that another server decides, as it travels. Names never change: servers of two versions may run side by side.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "mail")]
[JsonDerivedType(typeof(RoutedStart), "start")]
[JsonDerivedType(typeof(RoutedInput), "request")]
[JsonDerivedType(typeof(RoutedRunMessage), "message")]
[JsonDerivedType(typeof(RoutedLockUpdate), "news")]
internal abstract record RoutedRequest
{
    /// <summary>As <see cref="RunRequest.Trace"/>; null also from a server that is older.</summary>
    public string? Trace { get; init; }
}

/// <summary>A run to start. Its runbook's version is in the journal.</summary>
internal sealed record RoutedStart(
    JsonElement Inputs, string StartedBy, Lane Lane, ParentStep? Parent, ImmutableDictionary<string, string>? Labels,
    string Digest, RunId Root, MessageId? Answers, ImmutableArray<ParentStep> Ancestors) : RoutedRequest;

/// <summary>A person's input.</summary>
internal sealed record RoutedInput(Input Input) : RoutedRequest;

/// <summary>A message of another run.</summary>
internal sealed record RoutedRunMessage(Input Input, MessageId Answers) : RoutedRequest;

/// <summary>News of the run's locks.</summary>
internal sealed record RoutedLockUpdate(LockUpdate LockUpdates) : RoutedRequest;
