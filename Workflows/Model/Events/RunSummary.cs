using System.Collections.Immutable;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.Events;

/// <summary>A run as a list shows it; written with each transition that changes it.</summary>
/// <param name="Root">The outermost ancestor; the run itself when people or a trigger started it.</param>
/// <param name="EndedAt">Null while the run is under way.</param>
public sealed record RunSummary(
    RunId Run,
    string Runbook,
    string Digest,
    RunStatus Status,
    Lane Lane,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    string StartedBy,
    ParentStep? Parent,
    RunId Root,
    StepError? Error)
{
    public ImmutableDictionary<string, string> Labels { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>True when nothing more happens by itself.</summary>
    public bool Ended => EndedAt is not null;
}

/// <summary>Which runs to list, newest first. Null: any.</summary>
public sealed record RunQuery
{
    public string? Runbook { get; init; }

    /// <summary>Any of these; empty: any.</summary>
    public ImmutableArray<RunStatus> Statuses { get; init; } = [];

    /// <summary>True: only runs under way; false: only ended ones.</summary>
    public bool? Open { get; init; }

    public Lane? Lane { get; init; }

    public string? StartedBy { get; init; }

    /// <summary>Only runs of this tree (the root itself included).</summary>
    public RunId? Root { get; init; }

    /// <summary>True: no child runs.</summary>
    public bool RootsOnly { get; init; }

    /// <summary><see cref="RunPage.Next"/> of the page before; null: the first page.</summary>
    public string? Cursor { get; init; }

    /// <summary>1 to 1,000. Default 50.</summary>
    public int Limit { get; init; } = 50;
}

/// <summary>One page of a list.</summary>
/// <param name="Next">The cursor of the next page; null: this is the last.</param>
public sealed record RunPage(ImmutableArray<RunSummary> Runs, string? Next);
