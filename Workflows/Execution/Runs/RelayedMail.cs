using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>Mail for a run that another node decides, as it travels. Names never change: nodes of two versions may run side by side.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "mail")]
[JsonDerivedType(typeof(RelayedStart), "start")]
[JsonDerivedType(typeof(RelayedRequest), "request")]
[JsonDerivedType(typeof(RelayedMessage), "message")]
[JsonDerivedType(typeof(RelayedNews), "news")]
internal abstract record RelayedMail
{
    /// <summary>As <see cref="Mail.Trace"/>; null also from a server that is older.</summary>
    public string? Trace { get; init; }
}

/// <summary>A run to start. Its runbook's version is in the journal.</summary>
internal sealed record RelayedStart(
    JsonElement Inputs, string StartedBy, Lane Lane, ParentStep? Parent, ImmutableDictionary<string, string>? Labels,
    string Digest, RunId Root, MessageId? Answers, ImmutableArray<ParentStep> Ancestors) : RelayedMail;

/// <summary>A person's input.</summary>
internal sealed record RelayedRequest(Input Input) : RelayedMail;

/// <summary>A message of another run.</summary>
internal sealed record RelayedMessage(Input Input, MessageId Answers) : RelayedMail;

/// <summary>News of the run's locks.</summary>
internal sealed record RelayedNews(LockNews News) : RelayedMail;
