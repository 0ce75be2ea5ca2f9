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

/// <summary>
/// The fleet's traffic, divided as HTTPRoutes and forwarding rules of load balancers say: in percent by destination, <c>home</c> and unit ids, 100 in all.
/// </summary>
/// <param name="unit">The state of a unit, or null when there is no such unit.</param>
internal sealed class Balancer(DayCurve demand, Func<string, UnitHealth?> unit, TimeProvider environmentClock, EffectsLog effects)
{
    public const string Home = "home";

    private const double RestingMilliseconds = 40;
    private const double WorstMilliseconds = 2_000;

    private readonly Lock _gate = new();
    private readonly DateTimeOffset _started = environmentClock.GetUtcNow();

    // What was asked for and comes into force later, in the order of time; the first holds already.
    private readonly List<(DateTimeOffset From, Weights Weights)> _schedule = [(DateTimeOffset.MinValue, new(1, ImmutableSortedDictionary.Create<string, int>(StringComparer.Ordinal).Add(Home, 100)))];

    /// <summary>Told before the weights change, so that what was counted by the old ones is.</summary>
    public Action? Changing { get; set; }

    /// <summary>Those that hold now.</summary>
    public Weights Weights
    {
        get
        {
            lock (_gate) return At(environmentClock.GetUtcNow());
        }
    }

    /// <summary>Whether requests that are sent there would find anything.</summary>
    public bool Knows(string destination) => destination == Home || unit(destination) is not null;

    /// <summary>
    /// A route or a forwarding rule divides the traffic anew, from a moment on. Whoever changes it last wins. Weights are relative; those that are asked for already are no change.
    /// A division in which home has no place is somebody else's and counts for nothing.
    /// </summary>
    public void Route(IReadOnlyDictionary<string, long> relative, string key, DateTimeOffset from)
    {
        if (!relative.ContainsKey(Home) || Percent(relative) is not { } wanted)
        {
            return;
        }

        // Outside of the lock: who counts reads the weights.
        Changing?.Invoke();
        lock (_gate)
        {
            var last = _schedule[^1].Weights;
            if (last.ByDestination.SequenceEqual(wanted))
            {
                return;
            }

            var now = environmentClock.GetUtcNow();
            var holds = _schedule.FindLastIndex(entry => entry.From <= now);
            _schedule.RemoveAll(entry => entry.From >= from && entry.From > now);
            _schedule.RemoveRange(0, Math.Min(holds, _schedule.Count - 1));
            _schedule.Add((from > now ? from : now, new Weights(last.Version + 1, wanted)));
            effects.Add(EffectKind.Traffic, "balancer", key, $"{Text(last.ByDestination)}→{Text(wanted)}");
        }
    }

    public TrafficNow Read()
    {
        var now = environmentClock.GetUtcNow();
        var total = demand.At(now);
        var destinations = Divide(total, now);
        var errors = destinations.Values.Sum(one => one.Weight * one.ErrorRate) / 100;
        var slowest = destinations.Values.Where(one => one.Weight > 0).Max(one => one.P99Milliseconds);
        return new TrafficNow(now, total, slowest, errors, demand.PeakBetween(_started, now), destinations);
    }

    /// <summary>What each destination would measure of so much traffic by the weights of a moment, in the state that it is in now.</summary>
    public ImmutableSortedDictionary<string, DestinationReading> Divide(double requestsPerSecond, DateTimeOffset at)
    {
        Weights weights;
        lock (_gate) weights = At(at);
        return weights.ByDestination.ToImmutableSortedDictionary(pair => pair.Key, pair => ReadOne(pair.Key, pair.Value, requestsPerSecond), StringComparer.Ordinal);
    }

    /// <summary>When other weights come into force, after a moment and until another; null: the same hold throughout.</summary>
    public DateTimeOffset? NextChange(DateTimeOffset after, DateTimeOffset until)
    {
        lock (_gate)
        {
            var next = _schedule.Find(entry => entry.From > after && entry.From <= until);
            return next.Weights is null ? null : next.From;
        }
    }

    /// <summary>Those of before the schedule's begin are its first.</summary>
    private Weights At(DateTimeOffset time)
    {
        var index = _schedule.FindLastIndex(entry => entry.From <= time);
        return _schedule[Math.Max(0, index)].Weights;
    }

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

    /// <summary>Whole percents that sum to 100, by the largest remainder; what has any weight has at least 1. Destinations without weight are left out, but for home. Null: nobody has any.</summary>
    private static ImmutableSortedDictionary<string, int>? Percent(IReadOnlyDictionary<string, long> relative)
    {
        var total = relative.Values.Sum();
        if (total <= 0)
        {
            return null;
        }

        var percent = relative.Where(weight => weight.Value > 0 || weight.Key == Home).ToDictionary(weight => weight.Key, weight => weight.Value == 0 ? 0 : (int)Math.Max(1, weight.Value * 100 / total), StringComparer.Ordinal);
        var order = percent.Keys.Where(key => relative[key] > 0).OrderByDescending(key => relative[key] * 100 < total ? 0 : relative[key] * 100 % total).ThenBy(key => key, StringComparer.Ordinal).ToList();
        for (var next = 0; percent.Values.Sum() is var sum && sum != 100; next++)
        {
            percent[sum < 100 ? order[next % order.Count] : percent.MaxBy(pair => pair.Value).Key] += sum < 100 ? 1 : -1;
        }

        return percent.ToImmutableSortedDictionary(StringComparer.Ordinal);
    }

    private static string Text(ImmutableSortedDictionary<string, int> weights) => string.Join(',', weights.Select(pair => $"{pair.Key}={pair.Value}"));
}
