using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Orchestrator.Activities.Metrics;

/// <summary>What to measure, and within which bounds it must stay. Exactly one of query and name is given, and at least one bound.</summary>
public sealed record WatchMetricsArguments
{
    [Description("The query, in PromQL. Where there is no Prometheus server, the part of it that docs/metrics.md names.")]
    [MinLength(1)]
    [MaxLength(10_000)]
    public string? Query { get; init; }

    [Description("The name of a query that ships (requests, errors, p99, sampled, node-cpu-used, …) or that the settings have.")]
    [MinLength(1)]
    [MaxLength(200)]
    public string? Name { get; init; }

    [Description("A measurement fails when a series is below this.")]
    public double? Least { get; init; }

    [Description("A measurement fails when a series is above this.")]
    public double? Most { get; init; }

    [Description("Time between two measurements.")]
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(30);

    [Description("How long to watch, from the first measurement to the last.")]
    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(5);

    [Description("Measurements that may fail; one more stops the step.")]
    [Range(0, 10_000)]
    public int Failures { get; init; }

    [Description("How long measurements may fail without one that passes between; 0: only their number counts.")]
    public TimeSpan For { get; init; } = TimeSpan.Zero;

    [Description("Measurements in a row that may be unknown (no series, no answer); one more stops the step. They neither pass nor fail.")]
    [Range(0, 10_000)]
    public int Unknowns { get; init; } = 3;
}
