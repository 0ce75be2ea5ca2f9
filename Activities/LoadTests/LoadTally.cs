using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Infra.Metrics;

namespace Orchestrator.Activities.LoadTests;

/// <summary>What was measured of a load test so far. Pure.</summary>
/// <param name="targets">Requests a second that each destination is to get.</param>
internal sealed class LoadTally(LoadTestArguments arguments, ImmutableSortedDictionary<string, double> targets)
{
    /// <summary>A rate over a minute is never quite what is sent; what is nearer than this to its target counts as it.</summary>
    public const double Reached = 0.98;

    private readonly Dictionary<string, double> _proven = new(StringComparer.Ordinal);
    private readonly Dictionary<string, double> _slowest = new(StringComparer.Ordinal);
    private readonly Dictionary<string, double> _failing = new(StringComparer.Ordinal);
    private (double Wanted, double All) _best;
    private int _missed;
    private int _unknown;

    /// <summary>Measurements that kept the objectives.</summary>
    public int Passed { get; private set; }

    /// <summary>Served within the objectives at the best measurement, all destinations together.</summary>
    public double Proven => _proven.Values.Sum();

    /// <summary>By destination, at the same measurement.</summary>
    public ImmutableDictionary<string, double> ProvenByDestination => _proven.ToImmutableDictionary(StringComparer.Ordinal);

    /// <summary>Destinations that did not come to what they were to get.</summary>
    public ImmutableArray<string> Short => [.. targets.Where(target => _proven.GetValueOrDefault(target.Key) < target.Value * Reached)
        .Select(target => string.Create(CultureInfo.InvariantCulture, $"{target.Key} {_proven.GetValueOrDefault(target.Key):#,0} of {target.Value:#,0}"))];

    public ImmutableArray<LoadedDestination> Destinations =>
    [
        .. targets.Select(target => new LoadedDestination
        {
            Destination = target.Key,
            Target = Math.Round(target.Value, 1),
            Proven = Math.Round(_proven.GetValueOrDefault(target.Key), 1),
            P99Milliseconds = Math.Round(_slowest.GetValueOrDefault(target.Key), 1),
            ErrorPercent = Math.Round(_failing.GetValueOrDefault(target.Key), 3),
        }),
    ];

    /// <summary>Counts a measurement. Not null: the load must stop, for this reason.</summary>
    public string? Add(TrafficReading reading)
    {
        if (Unknown(reading) is { } unknown)
        {
            return AddUnknown(unknown);
        }

        _unknown = 0;
        var misses = targets.Keys.Select(destination => Miss(reading, destination)).OfType<string>().ToList();
        if (misses.Count > 0)
        {
            return ++_missed > arguments.Failures ? string.Join("; ", misses) : null;
        }

        (_missed, Passed) = (0, Passed + 1);
        if (Score(reading).CompareTo(_best) > 0)
        {
            _best = Score(reading);
            foreach (var destination in targets.Keys)
            {
                _proven[destination] = reading.ByDestination.GetValueOrDefault(destination);
            }
        }

        foreach (var destination in targets.Keys)
        {
            _slowest[destination] = Math.Max(_slowest.GetValueOrDefault(destination), P99(reading, destination) ?? 0);
            _failing[destination] = Math.Max(_failing.GetValueOrDefault(destination), Errors(reading, destination) ?? 0);
        }

        return null;
    }

    /// <summary>The best measurement is the one with the most of what was to be served: more than that at one destination does not stand for less at another.</summary>
    private (double Wanted, double All) Score(TrafficReading reading) => (
        targets.Sum(target => Math.Min(target.Value * Reached, reading.ByDestination.GetValueOrDefault(target.Key))), targets.Keys.Sum(destination => reading.ByDestination.GetValueOrDefault(destination)));

    /// <summary>Counts a measurement of which nothing is known.</summary>
    public string? AddUnknown(string reason) => ++_unknown > arguments.Unknowns ? $"{_unknown} measurements in a row are unknown: {reason}" : null;

    public string Show(TrafficReading reading) => string.Join("; ", targets.Keys.Select(destination =>
        string.Create(CultureInfo.InvariantCulture, $"{destination} {reading.ByDestination.GetValueOrDefault(destination):#,0}/s p99 {P99(reading, destination):0} ms")));

    /// <summary>A destination that gets requests and whose objectives cannot be told is unknown; one that gets none yet is not.</summary>
    private string? Unknown(TrafficReading reading) => targets.Keys.FirstOrDefault(destination =>
        reading.ByDestination.GetValueOrDefault(destination) > 0 && (P99(reading, destination) is null || Errors(reading, destination) is null)) is { } destination
        ? $"99th percentile or failures of {destination}{(reading.Unknown.IsEmpty ? "" : $" ({string.Join("; ", reading.Unknown)})")}"
        : null;

    private string? Miss(TrafficReading reading, string destination)
    {
        if (reading.ByDestination.GetValueOrDefault(destination) is not (> 0 and var requests))
        {
            return null;
        }

        return P99(reading, destination) > arguments.P99Objective
            ? string.Create(CultureInfo.InvariantCulture, $"{destination} answers 99 of 100 requests in {P99(reading, destination):0} ms at {requests:#,0} a second, the objective is {arguments.P99Objective} ms")
            : Errors(reading, destination) > arguments.ErrorPercent
                ? string.Create(CultureInfo.InvariantCulture, $"{destination} fails {Errors(reading, destination):0.##} % of {requests:#,0} requests a second, {arguments.ErrorPercent:0.##} % may")
                : null;
    }

    private static double? P99(TrafficReading reading, string destination) => reading.P99ByDestination.TryGetValue(destination, out var p99) ? p99.TotalMilliseconds : null;

    private static double? Errors(TrafficReading reading, string destination) =>
        reading.ErrorsByDestination.TryGetValue(destination, out var failed) && reading.ByDestination.GetValueOrDefault(destination) is > 0 and var all ? 100 * failed / all : null;
}
