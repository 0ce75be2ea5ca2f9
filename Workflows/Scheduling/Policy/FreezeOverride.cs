namespace Orchestrator.Workflows.Scheduling.Policy;

public readonly record struct OverrideId(Guid Value)
{
    public override string ToString() => Value.ToString("D");
}

public enum OverrideStatus { Requested, Approved, Rejected }

/// <summary>
/// Lets one trigger fire in spite of one freeze window, until it expires or for one fire only. It counts once another person
/// than the one who asked has approved it.
/// </summary>
/// <param name="Fire">The only fire it is for; null: all until it expires.</param>
public sealed record FreezeOverride(
    OverrideId Id, TriggerId Trigger, FreezeId Freeze, DateTimeOffset? Fire, string Reason, string RequestedBy, DateTimeOffset RequestedAt, DateTimeOffset ExpiresAt)
{
    public OverrideStatus Status { get; init; } = OverrideStatus.Requested;

    public string? DecidedBy { get; init; }

    /// <summary>The role in which it was decided.</summary>
    public string? DecidedAs { get; init; }

    public DateTimeOffset? DecidedAt { get; init; }

    public string? Comment { get; init; }

    /// <summary>True when a fire of this time may pass the window, now.</summary>
    public bool Lets(TriggerId trigger, FreezeId freeze, DateTimeOffset fire, DateTimeOffset now) =>
        Status == OverrideStatus.Approved && Trigger == trigger && Freeze == freeze && now < ExpiresAt && (Fire is null || Fire == fire);
}
