using System.Collections.Immutable;

namespace Orchestrator.Infra.Traffic;

/// <summary>What the balancer measures now.</summary>
/// <param name="At">On the balancer's own clock.</param>
/// <param name="Demand">Requests a second, all destinations together.</param>
/// <param name="ByDestination">Requests a second by destination.</param>
public sealed record TrafficReading(DateTimeOffset At, double Demand, ImmutableDictionary<string, double> ByDestination);

/// <summary>Reads and sets how traffic is divided. Weights are percent by destination (unit ids and <c>home</c>) and sum to 100.</summary>
public sealed class BalancerClient
{
    public Task<ImmutableDictionary<string, int>> WeightsAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Replaces all weights. Repeating the call with the same key changes nothing. Throws <see cref="ArgumentException"/> when they do not sum to 100.</summary>
    public Task SetWeightsAsync(ImmutableDictionary<string, int> weights, string idempotencyKey, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<TrafficReading> TrafficAsync(CancellationToken cancellationToken) => throw new NotImplementedException();
}
