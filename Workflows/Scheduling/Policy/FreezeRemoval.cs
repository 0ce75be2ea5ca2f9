namespace Orchestrator.Workflows.Scheduling.Policy;

/// <summary>What somebody else decides about.</summary>
public enum RemovalStatus { Requested, Approved, Rejected }

/// <summary>Takes a freeze window away once another person than the one who asked has approved it; until then the window counts.</summary>
public sealed record FreezeRemoval(Guid Id, FreezeId Freeze, string Reason, string RequestedBy, DateTimeOffset RequestedAt)
{
    public RemovalStatus Status { get; init; } = RemovalStatus.Requested;

    public string? DecidedBy { get; init; }

    /// <summary>The role in which it was decided.</summary>
    public string? DecidedAs { get; init; }

    public DateTimeOffset? DecidedAt { get; init; }

    public string? Comment { get; init; }
}
