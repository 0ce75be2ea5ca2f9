using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Orchestrator.Activities.Traffic;

/// <summary>What to compare the traffic with.</summary>
public sealed record ObserveTrafficArguments
{
    [Description("Percent of the peak so far below which the traffic counts as ebbed.")]
    [Range(1, 100)]
    public int Below { get; init; } = 60;

    [Description("How far ahead the forecast is looked at.")]
    public TimeSpan Ahead { get; init; } = TimeSpan.FromHours(1);

    [Description("Go on reading for so long, so that the peak minute is among the readings. 0s reads once.")]
    public TimeSpan For { get; init; }

    [Description("Pause between two readings; read only with for.")]
    public TimeSpan Every { get; init; } = TimeSpan.FromMinutes(1);
}
