using System.Collections.Immutable;
using Orchestrator.Fleet.Demand;
using Orchestrator.Fleet.Files;

namespace Orchestrator.Simulator.Balancing;

/// <summary>What stands behind a destination at a moment.</summary>
/// <param name="Cores">That serve, as many as they are worth beside their neighbours.</param>
/// <param name="Healthy">False: requests find nothing that answers.</param>
internal readonly record struct Backing(double Cores, bool Healthy);

/// <summary>One destination through a segment.</summary>
/// <param name="Share">Of the customers' requests, 0 to 1.</param>
internal sealed record DestinationFlow(string Destination, double Share, double Cores, bool Healthy, double Most, double Saturation, double P99)
{
    /// <summary>Requests a second that load generators send, at the segment's beginning and just before its end; straight between.</summary>
    public (double First, double Last) Generated { get; init; }

    /// <summary>Part of its requests that are customers', in the middle of the segment: one number, so that it is the same however the segment is counted.</summary>
    public double Customers { get; init; } = 1;
}

/// <summary>A time in which nothing but the traffic changes, and that along one straight line.</summary>
internal sealed record FlowSegment(DateTimeOffset From, DateTimeOffset Until, long Version, ImmutableArray<DestinationFlow> Destinations)
{
    public double GeneratedAt(DestinationFlow flow, DateTimeOffset at) => flow.Generated is (0, 0) ? 0 : flow.Generated.First + ((flow.Generated.Last - flow.Generated.First) * ((at - From) / (Until - From)));
}

/// <summary>
/// The traffic through the destinations: what each is offered, serves and rejects, how long it takes, and how busy its cores are. Every quantity is a function of the environment clock
/// and of what was written when, and not of how often anybody looks: time is cut at whole tens of seconds, at the curve's points, at changes of the weights and at every write; a
/// segment is reckoned from how things stand at its beginning. Formulas stand in docs/simulated-cloud.md.
/// </summary>
internal sealed class TrafficFlow
{
    /// <summary>How soon the gateway notices instances that come and go by themselves: the interval of its health checks.</summary>
    private static readonly TimeSpan Grid = TimeSpan.FromSeconds(10);

    /// <summary>Segments that are remembered: a day of them at least.</summary>
    private const int Remembered = 16_384;

    /// <summary>The header of internal users' requests.</summary>
    private static readonly ImmutableDictionary<string, string> internalUsers = ImmutableDictionary<string, string>.Empty.Add("x-user-group", "internal");

    private readonly Balancer _balancer;
    private readonly GeneratedLoads _loads;
    private readonly DayCurve _offered;
    private readonly DayCurve _admitted;
    private readonly ApplicationProfile _application;
    private readonly TimeProvider _environmentClock;
    private readonly Func<string, DateTimeOffset, Backing> _backing;
    private readonly Func<long> _version;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, FlowSums> _sums = new(StringComparer.Ordinal);
    private readonly FlowSegment?[] _history = new FlowSegment?[Remembered];
    private readonly DateTimeOffset _started;
    private long _segments;
    private FlowSegment? _segment;
    private DateTimeOffset _at;
    private double _turnedAway;
    private double _letIn;
    private bool _counting;

    /// <param name="backing">What stands behind a destination at a moment since the last write.</param>
    /// <param name="version">Rises whenever a write may have changed that.</param>
    public TrafficFlow(FleetDefinition fleet, Balancer balancer, GeneratedLoads loads, Func<string, DateTimeOffset, Backing> backing, Func<long> version, TimeProvider environmentClock)
    {
        (_offered, _admitted, _application) = (fleet.Traffic, fleet.AdmittedTraffic, fleet.Application);
        (_balancer, _loads, _backing, _version, _environmentClock) = (balancer, loads, backing, version, environmentClock);
        _at = _started = environmentClock.GetUtcNow();
    }

    /// <summary>Counts up to now. Whoever is about to change anything calls it first, so that what was counts by how things were.</summary>
    public void CountUp()
    {
        lock (_gate)
        {
            // Who is asked how a destination stands may ask how busy it was before.
            if (_counting)
            {
                return;
            }

            _counting = true;
            try
            {
                var now = _environmentClock.GetUtcNow();
                while (_at < now)
                {
                    var segment = Segment();
                    var next = segment.Until < now ? segment.Until : now;
                    Count(segment, _at, next);
                    _at = next;
                }
            }
            finally
            {
                _counting = false;
            }
        }
    }

    /// <summary>All that was counted up to now, and when that is on the environment clock.</summary>
    public FlowCounts Read()
    {
        lock (_gate)
        {
            CountUp();
            foreach (var destination in _balancer.Weights.ByDestination.Keys)
            {
                _sums.TryAdd(destination, new FlowSums());
            }

            return new FlowCounts(_at, (long)_letIn, (long)_turnedAway, _sums.ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value.Show(), StringComparer.Ordinal));
        }
    }

    /// <summary>How things are now, not as anybody measures them.</summary>
    public TrafficNow Now()
    {
        lock (_gate)
        {
            CountUp();
            var now = _environmentClock.GetUtcNow();
            _counting = true;
            try
            {
                var demand = _admitted.At(now);
                var weights = _balancer.WeightsAt(now).ByDestination;
                var shares = SharesAt(now);
                var destinations = shares.ToImmutableSortedDictionary(pair => pair.Key, pair => Reading(pair.Key, weights.GetValueOrDefault(pair.Key), pair.Value, demand, now), StringComparer.Ordinal);
                return new TrafficNow(
                    now, demand, destinations.Values.Where(one => one.Weight > 0).Max(one => one.P99Milliseconds), destinations.Sum(one => shares[one.Key] * one.Value.ErrorRate),
                    _admitted.PeakBetween(_started, now), _offered.At(now), destinations);
            }
            finally
            {
                _counting = false;
            }
        }
    }

    /// <summary>How busy a destination's cores are at a moment up to which has been counted, 0 to 1. Takes no lock: of a later moment, as things stood last.</summary>
    public double LoadOf(string destination, DateTimeOffset at)
    {
        var last = Volatile.Read(ref _segments);
        var (low, high) = (Math.Max(0, last - Remembered), last);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = Volatile.Read(ref _history[middle % Remembered])!.From <= at ? (middle + 1, high) : (low, middle);
        }

        if (low == 0 || _history[(low - 1) % Remembered] is not { } segment)
        {
            return 0;
        }

        foreach (var flow in segment.Destinations)
        {
            if (flow.Destination == destination)
            {
                return flow.Saturation > 0 ? Math.Min((_admitted.At(at) * flow.Share) + Math.Max(0, segment.GeneratedAt(flow, at)), flow.Most) / flow.Saturation : 0;
            }
        }

        return 0;
    }

    private FlowSegment Segment()
    {
        if (_segment is { } current && _at < current.Until && current.Version == Version)
        {
            return current;
        }

        var until = new DateTimeOffset(_at.UtcTicks - (_at.UtcTicks % Grid.Ticks) + Grid.Ticks, TimeSpan.Zero);
        until = Earlier(until, Earlier(_admitted.NextPoint(_at), _offered.NextPoint(_at)));
        until = _balancer.NextChange(_at, until) ?? until;
        until = _loads.NextPoint(_at, until) ?? until;
        var version = Version;
        var middle = _at + ((until - _at) / 2);
        var demand = _admitted.At(middle);
        var segment = new FlowSegment(_at, until, version, [.. SharesAt(_at).Select(pair => Through(pair.Key, pair.Value, demand, _at, until))]);
        _history[_segments % Remembered] = segment;
        Volatile.Write(ref _segments, _segments + 1);
        return _segment = segment;
    }

    private long Version => _version() + _balancer.Changes + _loads.Changes;

    /// <summary>What part of the customers' requests goes where, with destinations that only a load test reaches.</summary>
    private ImmutableSortedDictionary<string, double> SharesAt(DateTimeOffset at)
    {
        var inside = _application.InternalPercent / 100;
        var (all, internals) = (_balancer.WeightsAt(at).ByDestination, _balancer.WeightsAt(at, internalUsers));
        return all.Keys.Union(internals.Keys).Union(_loads.DestinationsAt(at)).ToImmutableSortedDictionary(
            destination => destination,
            destination => ((all.GetValueOrDefault(destination) * (1 - inside)) + (internals.GetValueOrDefault(destination) * inside)) / 100,
            StringComparer.Ordinal);
    }

    /// <summary>A destination through a segment, by what it is asked for in the middle of it.</summary>
    private DestinationFlow Through(string destination, double share, double demand, DateTimeOffset from, DateTimeOffset until)
    {
        var (first, last) = (_loads.RateAt(destination, from), _loads.RateAt(destination, until.AddTicks(-1)));
        var requests = (demand * share) + ((first + last) / 2);
        return Flow(destination, share, requests, from) with { Generated = (first, last), Customers = requests > 0 ? demand * share / requests : 1 };
    }

    /// <param name="requests">A second.</param>
    private DestinationFlow Flow(string destination, double share, double requests, DateTimeOffset at)
    {
        var backing = requests <= 0 && destination != Balancer.Home ? default : _backing(destination, at);
        var (most, saturation) = backing.Healthy ? (backing.Cores * _application.MostPerCore, backing.Cores * _application.SaturationPerCore) : (0, 0);
        var load = saturation > 0 ? Math.Min(requests, most) / saturation : requests > 0 ? 1 : 0;
        return new DestinationFlow(destination, share, backing.Cores, backing.Healthy && backing.Cores > 0, most, saturation, _application.P99(load));
    }

    private DestinationReading Reading(string destination, int weight, double share, double demand, DateTimeOffset at)
    {
        var backing = _backing(destination, at);
        var requests = (demand * share) + _loads.RateAt(destination, at);
        var flow = Flow(destination, share, requests, at);
        var rejected = requests > 0 ? Math.Max(0, requests - flow.Most) / requests : 0;
        return new DestinationReading(weight, requests, rejected > 0 ? _application.TimeoutMilliseconds : flow.P99, rejected, backing.Healthy && backing.Cores > 0, backing.Healthy ? backing.Cores : 0, backing.Healthy ? backing.Cores * _application.RequestsPerCore : 0);
    }

    private void Count(FlowSegment segment, DateTimeOffset from, DateTimeOffset to)
    {
        var seconds = (to - from).TotalSeconds;
        var (first, last) = (_admitted.At(from), _admitted.At(to));
        var admitted = (first + last) / 2 * seconds;
        _letIn += admitted;
        _turnedAway += Math.Max(0, ((_offered.At(from) + _offered.At(to)) / 2 * seconds) - admitted);
        if (_sums.Count > segment.Destinations.Length)
        {
            foreach (var gone in _sums.Keys.Where(destination => !segment.Destinations.Any(flow => flow.Destination == destination)).ToArray())
            {
                _sums.Remove(gone);
            }
        }

        foreach (var flow in segment.Destinations)
        {
            if (!_sums.TryGetValue(flow.Destination, out var sums))
            {
                _sums[flow.Destination] = sums = new FlowSums();
            }

            var (a, b) = ((first * flow.Share) + segment.GeneratedAt(flow, from), (last * flow.Share) + segment.GeneratedAt(flow, to));
            var served = Below(a, b, seconds, flow.Most);
            sums.Add(served, Math.Max(0, ((a + b) / 2 * seconds) - served), flow.P99, flow.Customers, _application);
        }
    }

    /// <summary>The area under a straight line from one value to another, cut off above a limit.</summary>
    private static double Below(double from, double to, double seconds, double limit)
    {
        var (low, high) = (Math.Min(from, to), Math.Max(from, to));
        if (high <= limit)
        {
            return (low + high) / 2 * seconds;
        }

        if (low >= limit)
        {
            return limit * seconds;
        }

        var part = (limit - low) / (high - low);
        return (((low + limit) / 2 * part) + (limit * (1 - part))) * seconds;
    }

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
