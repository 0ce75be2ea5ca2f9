using System.Collections.Immutable;
using System.ComponentModel;

namespace Orchestrator.Activities.Traffic;

/// <summary>The traffic as the gateways measure it.</summary>
public sealed record ObserveTrafficResult
{
    [Description("Requests a second now, all destinations together.")]
    public required double Total { get; init; }

    [Description("Requests a second now, by destination.")]
    public required ImmutableSortedDictionary<string, double> ByDestination { get; init; }

    [Description("Milliseconds in which 99 of 100 requests are answered, at the slowest destination that has traffic; absent: unknown.")]
    public double? P99Milliseconds { get; init; }

    [Description("Share of requests that fail, from 0 to 1; absent: unknown.")]
    public double? ErrorRate { get; init; }

    [Description("When the newest sample was taken.")]
    public required DateTimeOffset SampledAt { get; init; }

    [Description("The most requests a second seen in the last 24 hours.")]
    public required double Peak { get; init; }

    [Description("When that was.")]
    public required DateTimeOffset PeakAt { get; init; }

    [Description("Traffic now, as a share of the peak from 0 to 1.")]
    public required double ShareOfPeak { get; init; }

    [Description("Seconds for which the traffic has been below the asked percentage of the peak; 0 when it is not.")]
    public required double BelowFor { get; init; }

    [Description("The most requests a second that the forecast has from now on, as far ahead as was asked.")]
    public required double Expected { get; init; }

    [Description("Requests a second that home carries at the application's objective.")]
    public required double HomeCapacity { get; init; }
}
