using System.ComponentModel;

namespace Orchestrator.Activities.Release;

/// <summary>Which trading unit to tear down.</summary>
public sealed record ReleaseUnitArguments
{
    [Description("The unit's id.")]
    public required string Unit { get; init; }

    [Description("Send the unit's traffic home first. Without it a unit that still takes traffic is refused.")]
    public bool Drain { get; init; }

    [Description("After draining: how long requests under way may take before the unit goes.")]
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(30);
}
