using System.Collections.Immutable;
using System.ComponentModel;

namespace Orchestrator.Activities.LoadTests;

/// <summary>What a load test has proven.</summary>
public sealed record LoadTestResult
{
    [Description("Whether the height was reached and held within the objectives; false in an undo.")]
    public required bool Passed { get; init; }

    [Description("Percent of the forecast peak that were asked for.")]
    public required int Percent { get; init; }

    [Description("The forecast peak, in requests a second.")]
    public required double Forecast { get; init; }

    [Description("Requests a second that were served within the objectives, all destinations together, at the highest measurement.")]
    public required double Proven { get; init; }

    [Description("The same by destination, with the slowest 99th percentile in milliseconds and the highest percentage of errors that were measured.")]
    public required ImmutableArray<LoadedDestination> Destinations { get; init; }

    [Description("Generators that sent the load.")]
    public required int Generators { get; init; }

    [Description("Measurements that kept the objectives.")]
    public required int Measurements { get; init; }

    [Description("Seconds from the first load to its end.")]
    public required double Lasted { get; init; }
}

/// <summary>One destination of a load test.</summary>
public sealed record LoadedDestination
{
    [Description("A unit's id, or home.")]
    public required string Destination { get; init; }

    [Description("Requests a second that it was to get, customers' included.")]
    public required double Target { get; init; }

    [Description("Requests a second that it served within the objectives, customers' included.")]
    public required double Proven { get; init; }

    [Description("Slowest 99th percentile while it did, in milliseconds.")]
    public required double P99Milliseconds { get; init; }

    [Description("Highest percentage of requests that failed while it did.")]
    public required double ErrorPercent { get; init; }
}
