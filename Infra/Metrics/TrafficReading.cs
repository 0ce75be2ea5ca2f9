using System.Collections.Immutable;

namespace Orchestrator.Infra.Metrics;

/// <summary>What the gateways measured.</summary>
/// <param name="At">When the newest sample was taken, on the measured world's own clock.</param>
/// <param name="Demand">Requests a second, all destinations together.</param>
/// <param name="ByDestination">Requests a second by destination: home and unit ids.</param>
public sealed record TrafficReading(DateTimeOffset At, double Demand, ImmutableDictionary<string, double> ByDestination)
{
    /// <summary>Time in which 99 of 100 requests are answered, at the slowest destination that has traffic; null: unknown.</summary>
    public TimeSpan? P99 { get; init; }

    /// <summary>Share of requests that fail, 0 to 1; null: unknown.</summary>
    public double? ErrorRate { get; init; }

    /// <summary>Failed requests a second by destination; a destination that is not there is unknown.</summary>
    public ImmutableDictionary<string, double> ErrorsByDestination { get; init; } = ImmutableDictionary<string, double>.Empty;

    /// <summary>The same time as <see cref="P99"/> by destination.</summary>
    public ImmutableDictionary<string, TimeSpan> P99ByDestination { get; init; } = ImmutableDictionary<string, TimeSpan>.Empty;

    /// <summary>The time that the rates are means over.</summary>
    public TimeSpan Window { get; init; }

    /// <summary>Requests a second that were answered without a failure, by destination; null: of a destination the failures are unknown.</summary>
    public ImmutableDictionary<string, double>? ServedByDestination => ByDestination.Keys.All(ErrorsByDestination.ContainsKey)
        ? ByDestination.ToImmutableDictionary(one => one.Key, one => Math.Max(0, one.Value - ErrorsByDestination[one.Key]), StringComparer.Ordinal)
        : null;

    /// <summary>What is unknown, and why.</summary>
    public ImmutableArray<string> Unknown { get; init; } = [];
}
