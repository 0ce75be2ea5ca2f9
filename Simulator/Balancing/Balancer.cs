using System.Collections.Immutable;
using Orchestrator.Fleet.Demand;
using Orchestrator.Simulator.Effects;
using Orchestrator.Simulator.Endpoints;

namespace Orchestrator.Simulator.Balancing;

/// <summary>The weights that hold, and their version.</summary>
internal sealed record Weights(long Version, ImmutableSortedDictionary<string, int> ByDestination);

/// <param name="P99Milliseconds">Rises as the destination comes near to what it can take.</param>
/// <param name="ErrorRate">0 to 1.</param>
internal sealed record DestinationReading(int Weight, double RequestsPerSecond, double P99Milliseconds, double ErrorRate, bool Healthy);

internal sealed record TrafficNow(
    DateTimeOffset At, double RequestsPerSecond, double P99Milliseconds, double ErrorRate, double PeakRequestsPerSecond, ImmutableSortedDictionary<string, DestinationReading> Destinations);

/// <summary>Divides the fleet's traffic: weights in percent by destination, <c>home</c> and unit ids, 100 in all.</summary>
/// <param name="unit">The state of a unit, or null when there is no such unit.</param>
internal sealed class Balancer(DayCurve demand, Func<string, UnitHealth?> unit, TimeProvider environmentClock, EffectsLog effects)
{
    public const string Home = "home";

    private const double RestingMilliseconds = 40;
    private const double WorstMilliseconds = 2_000;

    private readonly Lock _gate = new();
    private readonly HashSet<string> _keys = [];
    private readonly DateTimeOffset _started = environmentClock.GetUtcNow();
    private Weights _weights = new(1, ImmutableSortedDictionary.Create<string, int>(StringComparer.Ordinal).Add(Home, 100));

    public Weights Weights => Volatile.Read(ref _weights);

    /// <summary>Told before the weights change, so that what was counted by the old ones is.</summary>
    public Action? Changing { get; set; }

    /// <summary>Replaces all weights; a key that was used before changes nothing. Null: the expected version is not the present one.</summary>
    public Weights? Set(ImmutableSortedDictionary<string, int> wanted, string key, long? expectedVersion)
    {
        lock (_gate)
        {
            if (_keys.Contains(key))
            {
                return _weights;
            }

            if (expectedVersion is { } expected && expected != _weights.Version)
            {
                return null;
            }

            _keys.Add(key);
            if (!_weights.ByDestination.SequenceEqual(wanted))
            {
                Changing?.Invoke();
                var from = Text(_weights.ByDestination);
                Volatile.Write(ref _weights, new Weights(_weights.Version + 1, wanted));
                effects.Add(EffectKind.Traffic, "balancer", key, $"{from}→{Text(wanted)}");
            }

            return _weights;
        }
    }

    public TrafficNow Read()
    {
        var now = environmentClock.GetUtcNow();
        var total = demand.At(now);
        var destinations = Divide(total);
        var errors = destinations.Values.Sum(one => one.Weight * one.ErrorRate) / 100;
        var slowest = destinations.Values.Where(one => one.Weight > 0).Max(one => one.P99Milliseconds);
        return new TrafficNow(now, total, slowest, errors, demand.PeakBetween(_started, now), destinations);
    }

    /// <summary>What each destination would measure of so much traffic, as it is now.</summary>
    public ImmutableSortedDictionary<string, DestinationReading> Divide(double requestsPerSecond) =>
        Weights.ByDestination.ToImmutableSortedDictionary(pair => pair.Key, pair => ReadOne(pair.Key, pair.Value, requestsPerSecond), StringComparer.Ordinal);

    private DestinationReading ReadOne(string destination, int weight, double total)
    {
        var requests = total * weight / 100;

        // Home is built for nearly the whole of the day's peak; a unit for what its ready instances are.
        if (destination == Home)
        {
            return new DestinationReading(weight, requests, Latency(requests / Math.Max(1, demand.Peak * 1.05)), 0, Healthy: true);
        }

        var health = unit(destination);
        if (health is not { Healthy: true })
        {
            var share = health is { Instances: > 0 } ? 1 - ((double)health.Ready / health.Instances) : 1;
            return new DestinationReading(weight, requests, WorstMilliseconds, weight == 0 ? 0 : Math.Max(0.05, share), Healthy: false);
        }

        return new DestinationReading(weight, requests, Latency(weight / 100.0), 0, Healthy: true);
    }

    /// <summary>A queue's shape: flat for long, steep at the end.</summary>
    private static double Latency(double load) => Math.Min(WorstMilliseconds, RestingMilliseconds / Math.Max(0.02, 1 - Math.Min(0.98, load * 0.8)));

    private static string Text(ImmutableSortedDictionary<string, int> weights) => string.Join(',', weights.Select(pair => $"{pair.Key}={pair.Value}"));
}
