using System.Collections.Immutable;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Units;

namespace Orchestrator.Fleet.Views;

/// <summary>A trading unit as the facts so far show it.</summary>
public sealed record UnitView
{
    public required string Id { get; init; }

    public required UnitKind Kind { get; init; }

    /// <summary>The cluster that lends its nodes; null for a cloud unit.</summary>
    public string? Cluster { get; init; }

    public required int Hosts { get; init; }

    public required long CpuMilli { get; init; }

    /// <summary>Cloud region; null for lent nodes.</summary>
    public string? Region { get; init; }

    /// <summary>Version of the application; null: not recorded.</summary>
    public string? Version { get; init; }

    public UnitPhase Phase { get; init; } = UnitPhase.Planned;

    /// <summary>Where it answers; empty until it is provisioned.</summary>
    public ImmutableArray<string> Endpoints { get; init; } = [];

    /// <summary>The last inspection since it was provisioned passed.</summary>
    public bool Inspected { get; init; }

    /// <summary>Findings of the last inspection.</summary>
    public ImmutableArray<string> Findings { get; init; } = [];

    /// <summary>When it was built, or its number of hosts changed, last; null: it is not built yet.</summary>
    public DateTimeOffset? ScaledAt { get; init; }

    /// <summary>Why it failed; null while it has not.</summary>
    public string? Failure { get; init; }

    /// <summary>Facts that would have taken the unit to a phase it cannot reach from the one it was in. Empty in a sound journal.</summary>
    public ImmutableArray<string> IllegalChanges { get; init; } = [];

    internal static UnitView Of(UnitPlanned planned) => new()
    {
        Id = planned.Unit,
        Kind = planned.Kind,
        Cluster = planned.Cluster,
        Hosts = planned.Hosts,
        CpuMilli = planned.CpuMilli,
        Region = planned.Region,
        Version = planned.Version,
    };

    internal UnitView Apply(FleetFact fact) => fact switch
    {
        UnitProvisioned provisioned => Enter(UnitPhase.Provisioned) with { Endpoints = provisioned.Endpoints, Inspected = false, Failure = null, ScaledAt = provisioned.At },
        UnitScaled scaled => Scaled(scaled),
        UnitInspected inspected => AfterInspection(inspected),
        UnitReleasing => Enter(UnitPhase.Releasing),
        UnitReleased => Enter(UnitPhase.Released) with { Inspected = false },
        UnitFailed failed => Enter(UnitPhase.Failed) with { Failure = failed.Reason, Inspected = false },
        _ => this,
    };

    /// <summary>A unit comes online with its first traffic, and drains when the last is taken away. Traffic makes no unit fit for it: that is for the invariants to say.</summary>
    internal UnitView Weighted(int weight) => (weight > 0, Phase) switch
    {
        (true, UnitPhase.Ready or UnitPhase.Draining) => Enter(UnitPhase.Online),
        (false, UnitPhase.Online) => Enter(UnitPhase.Draining),
        _ => this,
    };

    // Hosts that have come say nothing of themselves yet: without any before, nothing of the unit is inspected.
    private UnitView Scaled(UnitScaled scaled)
    {
        if (scaled.Hosts == Hosts) return this;

        var after = this with { Hosts = scaled.Hosts, CpuMilli = scaled.CpuMilli, ScaledAt = scaled.At };
        return (Hosts == 0 || scaled.Hosts == 0) && Phase is UnitPhase.Ready or UnitPhase.Draining ? after.Enter(UnitPhase.Provisioned) with { Inspected = false } : after;
    }

    private UnitView AfterInspection(UnitInspected inspected)
    {
        var after = this with { Inspected = inspected.Passed, Findings = inspected.Findings };
        return (inspected.Passed, Phase) switch
        {
            (true, UnitPhase.Provisioned) => after.Enter(UnitPhase.Ready),
            (false, UnitPhase.Ready) => after.Enter(UnitPhase.Provisioned),
            _ => after,
        };
    }

    // The same fact twice changes nothing, so a journal may hold an activity's second attempt.
    private UnitView Enter(UnitPhase phase) =>
        phase == Phase || UnitPhases.IsLegal(Phase, phase)
            ? this with { Phase = phase }
            : this with { Phase = phase, IllegalChanges = IllegalChanges.Add($"unit {Id} went from {Phase} to {phase}") };
}
