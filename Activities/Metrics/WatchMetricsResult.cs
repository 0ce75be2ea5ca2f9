using System.Collections.Immutable;
using System.ComponentModel;

namespace Orchestrator.Activities.Metrics;

/// <summary>What was measured while watching.</summary>
public sealed record WatchMetricsResult
{
    [Description("Measurements that passed.")]
    public required int Passed { get; init; }

    [Description("Measurements that failed, no more than were allowed.")]
    public required int Failed { get; init; }

    [Description("Measurements of which nothing was known.")]
    public required int Unknown { get; init; }

    [Description("The lowest value of any series.")]
    public required double Lowest { get; init; }

    [Description("The highest value of any series.")]
    public required double Highest { get; init; }

    [Description("The last value of each series.")]
    public required ImmutableArray<MeasuredSeries> Last { get; init; }

    [Description("When the last measurement was made.")]
    public required DateTimeOffset At { get; init; }
}
