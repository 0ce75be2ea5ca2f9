using System.Collections.Immutable;
using Orchestrator.Simulator.Effects;

namespace Orchestrator.Simulator.Balancing;

/// <summary>The weights that hold, and their version.</summary>
internal sealed record Weights(long Version, ImmutableSortedDictionary<string, int> ByDestination);

/// <param name="RequestsPerSecond">That are sent there.</param>
/// <param name="P99Milliseconds">Rises as the destination comes near to what it can take.</param>
/// <param name="ErrorRate">0 to 1.</param>
/// <param name="Cores">That serve.</param>
/// <param name="CapacityPerSecond">Requests that they serve at the objective.</param>
internal sealed record DestinationReading(int Weight, double RequestsPerSecond, double P99Milliseconds, double ErrorRate, bool Healthy, double Cores, double CapacityPerSecond);

/// <param name="RequestsPerSecond">That the entry lets in.</param>
/// <param name="OfferedPerSecond">That customers send.</param>
internal sealed record TrafficNow(
    DateTimeOffset At,
    double RequestsPerSecond,
    double P99Milliseconds,
    double ErrorRate,
    double PeakRequestsPerSecond,
    double OfferedPerSecond,
    ImmutableSortedDictionary<string, DestinationReading> Destinations);

/// <summary>A rule for requests that carry certain headers.</summary>
internal sealed record MarkedRule(string Source, DateTimeOffset From, DateTimeOffset Until, ImmutableDictionary<string, string> Headers, ImmutableSortedDictionary<string, int> Weights)
{
    /// <summary>Names of headers are the same in capitals, values are not.</summary>
    public bool Takes(ImmutableDictionary<string, string> sent) =>
        Headers.All(wanted => sent.Any(header => string.Equals(header.Key, wanted.Key, StringComparison.OrdinalIgnoreCase) && header.Value == wanted.Value));
}

/// <summary>
/// The fleet's traffic, divided as HTTPRoutes and forwarding rules of load balancers say: in percent by destination, <c>home</c> and unit ids, 100 in all.
/// </summary>
/// <param name="isUnit">Whether there is such a unit.</param>
internal sealed class Balancer(Func<string, bool> isUnit, TimeProvider environmentClock, EffectsLog effects)
{
    public const string Home = "home";

    /// <summary>How long a rule that is gone is still known, for those who ask of the past.</summary>
    private static readonly TimeSpan RememberedFor = TimeSpan.FromDays(1);

    private readonly Lock _gate = new();
    private readonly List<MarkedRule> _marked = [];
    private long _changes;

    // What was asked for and comes into force later, in the order of time; the first holds already.
    private readonly List<(DateTimeOffset From, Weights Weights)> _schedule = [(DateTimeOffset.MinValue, new(1, ImmutableSortedDictionary.Create<string, int>(StringComparer.Ordinal).Add(Home, 100)))];

    /// <summary>How often the weights were changed, whenever that comes into force.</summary>
    public long Changes => Interlocked.Read(ref _changes);

    /// <summary>Those that hold now.</summary>
    public Weights Weights
    {
        get
        {
            lock (_gate) return At(environmentClock.GetUtcNow());
        }
    }

    /// <summary>Whether requests that are sent there would find anything.</summary>
    public bool Knows(string destination) => destination == Home || isUnit(destination);

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
            Interlocked.Increment(ref _changes);
            effects.Add(EffectKind.Traffic, "balancer", key, $"{Text(last.ByDestination)}→{Text(wanted)}");
        }
    }

    /// <summary>
    /// A route or rule of some source sends requests with headers of their own elsewhere, from a moment on; what the source said before ends then. Nothing: only that ends.
    /// </summary>
    public void Mark(string source, IEnumerable<(ImmutableDictionary<string, string> Headers, IReadOnlyDictionary<string, long> Relative)> rules, string key, DateTimeOffset from)
    {
        var made = rules.Select(rule => (rule.Headers, Weights: Percent(rule.Relative))).Where(rule => rule.Weights is not null).Select(rule => new MarkedRule(source, from, DateTimeOffset.MaxValue, rule.Headers, rule.Weights!)).ToList();
        lock (_gate)
        {
            var standing = _marked.FindAll(rule => rule.Source == source && rule.Until == DateTimeOffset.MaxValue);
            if (standing.Count == 0 && made.Count == 0)
            {
                return;
            }

            foreach (var rule in standing)
            {
                _marked[_marked.IndexOf(rule)] = rule with { Until = from };
            }

            _marked.RemoveAll(rule => rule.Until <= rule.From || rule.Until < from - RememberedFor);
            _marked.AddRange(made);
            Interlocked.Increment(ref _changes);
            effects.Add(EffectKind.Traffic, "balancer", key, made.Count == 0 ? $"{source}: no marked requests" : string.Join("; ", made.Select(rule => $"{string.Join(", ", rule.Headers.Select(header => $"{header.Key}: {header.Value}"))} → {Text(rule.Weights)}")));
        }
    }

    /// <summary>Where requests with these headers go at a moment: by the rule that asks for the most of them, else as everybody's.</summary>
    public ImmutableSortedDictionary<string, int> WeightsAt(DateTimeOffset time, ImmutableDictionary<string, string> headers)
    {
        lock (_gate)
        {
            return _marked.Where(rule => rule.From <= time && time < rule.Until && rule.Takes(headers)).MaxBy(rule => rule.Headers.Count)?.Weights ?? At(time).ByDestination;
        }
    }

    /// <summary>Those that hold at a moment.</summary>
    public Weights WeightsAt(DateTimeOffset time)
    {
        lock (_gate) return At(time);
    }

    /// <summary>When other weights come into force, after a moment and until another; null: the same hold throughout.</summary>
    public DateTimeOffset? NextChange(DateTimeOffset after, DateTimeOffset until)
    {
        lock (_gate)
        {
            DateTimeOffset? next = _schedule.Find(entry => entry.From > after && entry.From <= until) is { Weights: not null } entry ? entry.From : null;
            foreach (var at in _marked.SelectMany(rule => new[] { rule.From, rule.Until }).Where(at => at > after && at <= (next ?? until)))
            {
                next = at;
            }

            return next;
        }
    }

    /// <summary>Those of before the schedule's begin are its first.</summary>
    private Weights At(DateTimeOffset time)
    {
        var index = _schedule.FindLastIndex(entry => entry.From <= time);
        return _schedule[Math.Max(0, index)].Weights;
    }

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
