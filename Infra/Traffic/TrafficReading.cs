using System.Collections.Immutable;

namespace Orchestrator.Infra.Traffic;

/// <summary>What the balancer measures now.</summary>
/// <param name="At">On the balancer's own clock.</param>
/// <param name="Demand">Requests a second, all destinations together.</param>
/// <param name="ByDestination">Requests a second by destination.</param>
public sealed record TrafficReading(DateTimeOffset At, double Demand, ImmutableDictionary<string, double> ByDestination)
{
    /// <summary>Time in which 99 of 100 requests are answered, at the slowest destination that has traffic.</summary>
    public TimeSpan P99 { get; init; }

    /// <summary>Share of requests that fail, 0 to 1.</summary>
    public double ErrorRate { get; init; }
}
