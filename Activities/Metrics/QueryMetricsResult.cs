using System.Collections.Immutable;
using System.ComponentModel;

namespace Orchestrator.Activities.Metrics;

/// <summary>What the metrics say.</summary>
public sealed record QueryMetricsResult
{
    [Description("False: nothing is known, and reason says why. Never zero for what is not there.")]
    public required bool Known { get; init; }

    [Description("The value, when the query comes to a single one; else absent.")]
    public double? Value { get; init; }

    [Description("The value of each series.")]
    public required ImmutableArray<MeasuredSeries> Values { get; init; }

    [Description("The time that was answered for; when nothing is known, the time of asking.")]
    public required DateTimeOffset At { get; init; }

    [Description("Why nothing is known.")]
    public string? Reason { get; init; }

    [Description("The server or the endpoints that answered.")]
    public required string Source { get; init; }

    [Description("What the source says of its answer, and what was left out of it.")]
    public required ImmutableArray<string> Warnings { get; init; }
}

/// <summary>One series' value.</summary>
public sealed record MeasuredSeries
{
    [Description("The series' labels.")]
    public required ImmutableSortedDictionary<string, string> Labels { get; init; }

    public required double Value { get; init; }

    [Description("When it was measured; a Prometheus server says the time of its answer.")]
    public required DateTimeOffset At { get; init; }
}
