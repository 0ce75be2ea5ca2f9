using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Orchestrator.Activities.Metrics;

/// <summary>What to ask the metrics. Exactly one of query and name is given.</summary>
public sealed record QueryMetricsArguments
{
    [Description("The query, in PromQL. Where there is no Prometheus server, the part of it that docs/metrics.md names.")]
    [MinLength(1)]
    [MaxLength(10_000)]
    public string? Query { get; init; }

    [Description("The name of a query that ships (requests, errors, p99, sampled, node-cpu-used, …) or that the settings have.")]
    [MinLength(1)]
    [MaxLength(200)]
    public string? Name { get; init; }

    [Description("Of what time. Only a Prometheus server knows another one than now.")]
    public DateTimeOffset? At { get; init; }

    [Description("What to do when no series is there, or nobody answers: fail the step, or give a result that is not known.")]
    public WhenUnknown Unknown { get; init; } = WhenUnknown.Fail;
}

/// <summary>What to do with what is not known.</summary>
public enum WhenUnknown
{
    Fail,
    Allow,
}
