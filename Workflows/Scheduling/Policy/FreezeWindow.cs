using System.Collections.Immutable;

namespace Orchestrator.Workflows.Scheduling.Policy;

/// <summary>Names a freeze window for ever; its name may be given to another once it is removed.</summary>
public readonly record struct FreezeId(Guid Value)
{
    public override string ToString() => Value.ToString("D");
}

/// <summary>Whether triggers may not fire within the window's ranges, or may fire within them only.</summary>
public enum FreezeKind { Block, AllowOnly }

/// <summary>
/// A named calendar that holds triggers back. What a person starts is not held back. Several windows count together: a
/// trigger fires when none of them is against it.
/// </summary>
public sealed record FreezeWindow(FreezeId Id, string Name, FreezeKind Kind, ImmutableArray<FreezeRange> Ranges)
{
    /// <summary>Runbooks whose triggers it holds back, each a name that may end in <c>*</c>; empty: all.</summary>
    public ImmutableArray<string> Runbooks { get; init; } = [];

    /// <summary>Why it is there.</summary>
    public required string Reason { get; init; }

    public required string CreatedBy { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Who took it away and when; null while it counts. A removed window is kept for the audit.</summary>
    public string? RemovedBy { get; init; }

    public DateTimeOffset? RemovedAt { get; init; }

    public string? RemovedBecause { get; init; }

    /// <summary>True when a fire of the runbook at that time is held back.</summary>
    public bool IsAgainst(string runbook, DateTimeOffset time) =>
        Concerns(runbook) && Ranges.Any(range => range.Covers(time)) == (Kind == FreezeKind.Block);

    private bool Concerns(string runbook) =>
        Runbooks.IsDefaultOrEmpty || Runbooks.Any(name => name.EndsWith('*') ? runbook.StartsWith(name[..^1], StringComparison.Ordinal) : name == runbook);
}
