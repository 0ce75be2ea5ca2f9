using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Orchestrator.Activities.Traffic;

namespace Orchestrator.Activities.LoadTests;

/// <summary>A load test without customers. One of weights and spread says where the load goes; in an undo, stop alone.</summary>
public sealed record LoadTestArguments
{
    [Description("Height of the load, in percent of the forecast peak. 120 proves what the guard capacity asks for.")]
    [Range(1, 1000)]
    public int Percent { get; init; } = 120;

    [Description("How the load is divided: percent by destination (unit ids and home), whole numbers that sum to 100.")]
    public ImmutableSortedDictionary<string, int>? Weights { get; init; }

    [Description("How the load is divided: groups of units, each sharing a percentage evenly; home takes the rest.")]
    public ImmutableArray<TrafficGroup>? Spread { get; init; }

    [Description("Time from nothing to the height.")]
    public TimeSpan Ramp { get; init; } = TimeSpan.FromMinutes(5);

    [Description("Time at the height.")]
    public TimeSpan Hold { get; init; } = TimeSpan.FromMinutes(10);

    [Description("Time between two measurements.")]
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);

    [Description("Milliseconds in which 99 of 100 requests are answered, at every destination.")]
    [Range(1, 600_000)]
    public int P99Objective { get; init; } = 200;

    [Description("Percent of the requests that may fail, at every destination.")]
    [Range(0, 100)]
    public double ErrorPercent { get; init; } = 0.1;

    [Description("Measurements in a row that may miss an objective before the load is stopped.")]
    [Range(0, 100)]
    public int Failures { get; init; } = 1;

    [Description("Measurements in a row that may be unknown before the load is stopped.")]
    [Range(0, 100)]
    public int Unknowns { get; init; } = 3;

    [Description("When it must be over: a test that could not be is not begun.")]
    public DateTimeOffset? EndBy { get; init; }

    [Description("The fleet's cluster in which the load is generated; absent: that of the settings, or the one with the gateway.")]
    public string? Cluster { get; init; }

    [Description("Address that is asked; absent: that of the settings.")]
    public string? Url { get; init; }

    [Description("Image of k6; absent: that of the settings.")]
    public string? Image { get; init; }

    [Description("Script of k6, as text; absent: that of the settings, or the one that ships.")]
    public string? Script { get; init; }

    [Description("In an undo: ends the load of the step, and nothing else.")]
    public bool Stop { get; init; }
}
