using System.Collections.Immutable;
using Orchestrator.Infra.Metrics.Scraping;

namespace Orchestrator.Infra.Metrics.Querying;

/// <summary>A value of a series at a time.</summary>
internal readonly record struct Point(DateTimeOffset At, double Value);

/// <summary>A series with its values, the oldest first.</summary>
internal sealed record Series(Labels Labels, ImmutableArray<Point> Points);

/// <summary>What one endpoint exposed.</summary>
/// <param name="At">When it was asked, on the environment clock.</param>
/// <param name="Timestamp">The same on the system clock, for telling its age.</param>
internal sealed record Scrape(ExpositionPage Page, DateTimeOffset At, long Timestamp)
{
    /// <summary>The metrics that are kept of it; null: all.</summary>
    public IReadOnlySet<string>? Names { get; init; }
}

/// <summary>The last scrapes of one endpoint, the oldest first. Immutable.</summary>
/// <param name="Instance">Its host and port, which its series carry as the label <c>instance</c>.</param>
internal sealed record SeriesHistory(string Instance, ImmutableList<Scrape> Scrapes)
{
    /// <summary>The newest sample of each series of a name that the last scrape has.</summary>
    public IEnumerable<Series> Newest(string name) => Scrapes is [.., var last] && last.Page.ByName.TryGetValue(name, out var found)
        ? found.Select(one => new Series(one.Key.With("instance", Instance), [new Point(one.Value.At ?? last.At, one.Value.Value)]))
        : [];

    /// <summary>
    /// The samples of each such series over a time up to <paramref name="at"/>, and no fewer than two where there are so many. A cumulative series that was not
    /// there at the scrape before it was first seen began at zero then.
    /// </summary>
    /// <param name="rises">It is taken for one that only rises.</param>
    public IEnumerable<Series> Over(string name, TimeSpan range, DateTimeOffset at, bool rises)
    {
        if (Scrapes is not [.., var last] || !last.Page.ByName.TryGetValue(name, out var found))
        {
            yield break;
        }

        foreach (var labels in found.Keys)
        {
            yield return new Series(labels.With("instance", Instance), Points(name, labels, at - range, rises));
        }
    }

    private ImmutableArray<Point> Points(string name, Labels labels, DateTimeOffset from, bool rises)
    {
        var points = new List<Point>();
        foreach (var scrape in Scrapes.Reverse().TakeWhile(scrape => scrape.Names?.Contains(name) ?? true))
        {
            if (scrape.Page.ByName.TryGetValue(name, out var series) && series.TryGetValue(labels, out var sample))
            {
                var time = sample.At ?? scrape.At;
                // An endpoint may give the same sample again: that is no second one.
                if (points.Count > 0 && time >= points[^1].At)
                {
                    continue;
                }

                if (points.Count >= 2 && time < from)
                {
                    break;
                }

                points.Add(new Point(time, sample.Value));
            }
            else
            {
                var newest = Scrapes[^1].Page;
                if (rises && points.Count is > 0 and < 2 && newest.BeginsAtZero(name) && (scrape.Page.NewestAt ?? scrape.At) is var before && before < points[^1].At)
                {
                    points.Add(new Point(before, 0));
                }

                break;
            }
        }

        points.Reverse();
        return [.. points];
    }
}
