using System.Collections.Immutable;
using Orchestrator.Fleet.Demand;

namespace Orchestrator.Simulator.Balancing;

/// <summary>What a gateway has counted of one destination since the process began. Never falls.</summary>
/// <param name="Succeeded">Requests answered with 2xx.</param>
/// <param name="Failed">Requests answered with 5xx.</param>
/// <param name="Buckets">Answered within so many milliseconds, by <see cref="GatewayCounters.Bounds"/>.</param>
/// <param name="Milliseconds">The sum of all times.</param>
internal sealed record GatewayCount(long Succeeded, long Failed, ImmutableArray<long> Buckets, double Milliseconds)
{
    public long Completed => Succeeded + Failed;
}

/// <summary>
/// Counts the requests that the simulated gateway passes on, by destination: the fleet's demand, integrated over the environment clock and divided by the weights that held. Counted
/// up when somebody looks and when the weights change; how destinations do in between is taken to be as it is then. A destination without a weight is forgotten, as an Envoy forgets a
/// cluster that it no longer has; a new process begins at zero, as a new Envoy does.
/// </summary>
internal sealed class GatewayCounters
{
    /// <summary>Upper bounds of the latency's buckets, in milliseconds: those that Envoy has by default, without the last three.</summary>
    public static readonly ImmutableArray<double> Bounds = [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000];

    private const int MostParts = 100;

    private static readonly TimeSpan LeastPart = TimeSpan.FromMinutes(1);

    /// <summary>An exponential distribution, whose 99th percentile is this many times its mean: −ln 0.01.</summary>
    private static readonly double PercentileOfMean = -Math.Log(0.01);

    private readonly Balancer _balancer;
    private readonly DayCurve _demand;
    private readonly TimeProvider _environmentClock;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Sums> _sums = new(StringComparer.Ordinal);
    private DateTimeOffset _at;

    public GatewayCounters(Balancer balancer, DayCurve demand, TimeProvider environmentClock)
    {
        (_balancer, _demand, _environmentClock) = (balancer, demand, environmentClock);
        _at = environmentClock.GetUtcNow();
        balancer.Changing = () =>
        {
            lock (_gate)
            {
                CountUp();
            }
        };
    }

    /// <summary>All that was counted up to now, and when that is on the environment clock.</summary>
    public (DateTimeOffset At, ImmutableSortedDictionary<string, GatewayCount> ByDestination) Read()
    {
        lock (_gate)
        {
            CountUp();
            foreach (var destination in _balancer.Weights.ByDestination.Keys)
            {
                _sums.TryAdd(destination, new Sums());
            }

            return (_at, _sums.ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value.Show(), StringComparer.Ordinal));
        }
    }

    private void CountUp()
    {
        var now = _environmentClock.GetUtcNow();
        var part = (now - _at) / MostParts is var hundredth && hundredth > LeastPart ? hundredth : LeastPart;
        while (_at < now)
        {
            var next = now - _at > part ? _at + part : now;
            next = _balancer.NextChange(_at, next) ?? next;
            Count(_demand.Integral(_at, next), (next - _at).TotalSeconds);
            _at = next;
        }
    }

    private void Count(double requests, double seconds)
    {
        var divided = _balancer.Divide(requests / seconds, _at);
        foreach (var gone in _sums.Keys.Where(destination => !divided.ContainsKey(destination)).ToArray())
        {
            _sums.Remove(gone);
        }

        foreach (var (destination, reading) in divided)
        {
            if (!_sums.TryGetValue(destination, out var sums))
            {
                _sums[destination] = sums = new Sums();
            }

            sums.Add(reading.RequestsPerSecond * seconds, reading.ErrorRate, reading.P99Milliseconds / PercentileOfMean);
        }
    }

    private sealed class Sums
    {
        private readonly double[] _buckets = new double[Bounds.Length];
        private double _succeeded;
        private double _failed;
        private double _milliseconds;

        public void Add(double requests, double errorRate, double mean)
        {
            _succeeded += requests * (1 - errorRate);
            _failed += requests * errorRate;
            _milliseconds += requests * mean;
            for (var index = 0; index < Bounds.Length; index++)
            {
                _buckets[index] += requests * (1 - Math.Exp(-Bounds[index] / mean));
            }
        }

        /// <summary>Whole requests. Each is rounded down by itself, so that none falls when another rises.</summary>
        public GatewayCount Show()
        {
            var (succeeded, failed) = ((long)_succeeded, (long)_failed);
            return new GatewayCount(succeeded, failed, [.. _buckets.Select(bucket => Math.Min((long)bucket, succeeded + failed))], _milliseconds);
        }
    }
}
