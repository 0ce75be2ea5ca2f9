using System.Collections.Immutable;

namespace Orchestrator.Simulator.Balancing;

/// <summary>Requests that a load generator sends.</summary>
/// <param name="Source">The generator's pod.</param>
/// <param name="Line">Requests a second through time: straight between the points, none before the first and after the last.</param>
/// <param name="Headers">That they carry.</param>
internal sealed record GeneratedLoad(string Source, ImmutableArray<(DateTimeOffset At, double Rate)> Line, ImmutableDictionary<string, string> Headers)
{
    public DateTimeOffset Until { get; init; } = Line[^1].At;

    public double RateAt(DateTimeOffset at)
    {
        if (at < Line[0].At || at >= Until)
        {
            return 0;
        }

        for (var index = 1; index < Line.Length; index++)
        {
            var (from, to) = (Line[index - 1], Line[index]);
            if (at <= to.At)
            {
                return to.At == from.At ? to.Rate : from.Rate + ((to.Rate - from.Rate) * ((at - from.At) / (to.At - from.At)));
            }
        }

        return 0;
    }
}

/// <summary>All that load generators send through the gateway. What they sent stays known for a day, for those who ask of the past.</summary>
internal sealed class GeneratedLoads(Balancer balancer)
{
    private static readonly TimeSpan RememberedFor = TimeSpan.FromDays(1);

    private volatile ImmutableList<GeneratedLoad> _loads = [];
    private long _changes;

    /// <summary>Whether an address is the gateway's: what is sent elsewhere is nobody's traffic.</summary>
    public Func<Uri, bool> IsGateway { get; set; } = _ => false;

    public long Changes => Interlocked.Read(ref _changes);

    public void Add(GeneratedLoad load)
    {
        _loads = _loads.RemoveAll(one => one.Until < load.Line[0].At - RememberedFor).Add(load);
        Interlocked.Increment(ref _changes);
    }

    /// <summary>A generator is gone: it sends nothing from a moment on.</summary>
    public void Stop(string source, DateTimeOffset at)
    {
        var standing = _loads.FindAll(load => load.Source == source && load.Until > at);
        if (standing.Count > 0)
        {
            _loads = [.. _loads.Select(load => standing.Contains(load) ? load with { Until = at } : load)];
            Interlocked.Increment(ref _changes);
        }
    }

    /// <summary>Requests a second that reach a destination.</summary>
    public double RateAt(string destination, DateTimeOffset at) => _loads.IsEmpty ? 0 : _loads.Sum(load =>
        load.RateAt(at) is > 0 and var rate ? rate * balancer.WeightsAt(at, load.Headers).GetValueOrDefault(destination) / 100 : 0);

    /// <summary>Whereto anything is sent, or will be at once.</summary>
    public IEnumerable<string> DestinationsAt(DateTimeOffset at) => _loads
        .Where(load => load.Line[0].At <= at && at < load.Until)
        .SelectMany(load => balancer.WeightsAt(at, load.Headers).Where(weight => weight.Value > 0).Select(weight => weight.Key)).Distinct(StringComparer.Ordinal);

    /// <summary>The first turn of any line after a moment and until another; null: there is none.</summary>
    public DateTimeOffset? NextPoint(DateTimeOffset after, DateTimeOffset until)
    {
        DateTimeOffset? next = null;
        foreach (var at in _loads.SelectMany(load => load.Line.Select(point => point.At).Append(load.Until)).Where(at => at > after && at <= until))
        {
            next = next is { } found && found < at ? found : at;
        }

        return next;
    }
}
