using System.Collections.Immutable;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.Store;

/// <summary>Which audit events; null: any.</summary>
public sealed record AuditQuery
{
    public string? By { get; init; }

    /// <summary>Of this run alone, and so none that is outside of runs.</summary>
    public RunId? Run { get; init; }

    public ImmutableHashSet<string>? Kinds { get; init; }

    /// <summary>On the environment clock, as <see cref="To"/>.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Not included.</summary>
    public DateTimeOffset? To { get; init; }

    public bool Matches(RunId? run, DateTimeOffset at, string by, string kind) =>
        (By is null || by == By) && (Run is null || run == Run) && Kinds?.Contains(kind) != false && (From is null || at >= From) && (To is null || at < To);
}

/// <summary>An event of a run's journal that a person caused.</summary>
/// <param name="Position">Of its entry.</param>
/// <param name="Number">Within the entry, from 1.</param>
public sealed record RunAuditEvent(long Position, int Number, RunId Run, DateTimeOffset At, RunEvent Event);
