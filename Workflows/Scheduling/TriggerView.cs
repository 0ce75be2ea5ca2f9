using System.Collections.Immutable;
using Orchestrator.Workflows.Scheduling.Policy;

namespace Orchestrator.Workflows.Scheduling;

/// <summary>A fire to come, and what it will come to as things stand.</summary>
public sealed record PlannedFire(TriggerId Trigger, string Runbook, DateTimeOffset At, FireOutcome Expected)
{
    /// <summary>The windows that are against it.</summary>
    public ImmutableArray<FreezeName> Windows { get; init; } = [];

    /// <summary>The overrides that let it pass them.</summary>
    public ImmutableArray<OverrideId> Overrides { get; init; } = [];
}

/// <summary>A trigger with what it did and what it will do.</summary>
/// <param name="Error">Why it cannot fire on this machine; null when it can.</param>
public sealed record TriggerView(
    ScheduledTrigger Trigger, DateTimeOffset Since, TriggerPause? Pause, string? Error, ImmutableArray<PlannedFire> Next, ImmutableArray<Fire> Last);

/// <summary>A stretch of a freeze window.</summary>
public sealed record FreezeStretch(FreezeWindow Window, Interval Time);

/// <summary>What a calendar page shows of a stretch of time.</summary>
/// <param name="Past">Fires as they went.</param>
/// <param name="Planned">Fires to come.</param>
/// <param name="Truncated">Triggers that fire so often that not all their fires are here.</param>
public sealed record ScheduleCalendar(
    Interval Time, ImmutableArray<Fire> Past, ImmutableArray<PlannedFire> Planned, ImmutableArray<FreezeStretch> Freezes, ImmutableArray<TriggerId> Truncated);

/// <summary>Whether triggers fire here.</summary>
public enum SchedulerState
{
    /// <summary>Not here: this process only serves or looks.</summary>
    Off,
    Starting,
    Running,

    /// <summary>It tries again; the status says why it does not run.</summary>
    Unavailable,
    Stopped,
}

/// <param name="Reason">Why it is unavailable, or null.</param>
public sealed record SchedulerStatus(SchedulerState State, string? Reason = null);
