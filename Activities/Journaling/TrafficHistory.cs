using System.Collections.Immutable;

namespace Orchestrator.Activities.Journaling;

/// <summary>Demand as metrics said it, over the last day: one promotion and no other. Immutable.</summary>
internal sealed record TrafficHistory(ImmutableSortedDictionary<DateTimeOffset, double> Readings)
{
    /// <summary>How long a reading counts.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    public static TrafficHistory Empty { get; } = new(ImmutableSortedDictionary<DateTimeOffset, double>.Empty);

    public TrafficHistory Add(DateTimeOffset at, double demand)
    {
        var readings = Readings.SetItem(at, demand);
        return new(readings.RemoveRange(readings.Keys.TakeWhile(old => old < at - Kept)));
    }

    /// <summary>The highest reading and when it was; zero without one.</summary>
    public (DateTimeOffset At, double Demand) Peak =>
        Readings.Aggregate(default((DateTimeOffset At, double Demand)), (peak, reading) => reading.Value > peak.Demand ? (reading.Key, reading.Value) : peak);

    /// <summary>How long up to the latest reading every reading has been below a share (0 to 1) of the peak. Zero when the latest is not.</summary>
    public TimeSpan BelowFor(double share)
    {
        var limit = Peak.Demand * share;
        DateTimeOffset? since = null;
        foreach (var (at, demand) in Readings.Reverse())
        {
            if (demand >= limit)
            {
                break;
            }

            since = at;
        }

        return since is { } start ? Readings.Keys.Last() - start : TimeSpan.Zero;
    }

    /// <summary>
    /// The highest demand over the last <paramref name="window"/>, as a share of the peak, and how long before the latest reading that goes
    /// back: to the reading at or before the window's start, so that nothing within it went unseen for longer than between two readings.
    /// </summary>
    public (double Share, TimeSpan For)? Highest(TimeSpan window)
    {
        if (Readings.Count == 0 || Peak.Demand <= 0)
        {
            return null;
        }

        var latest = Readings.Keys.Last();
        var (highest, since) = (0.0, latest);
        foreach (var (at, demand) in Readings.Reverse())
        {
            (highest, since) = (Math.Max(highest, demand), at);
            if (latest - at >= window)
            {
                break;
            }
        }

        return (highest / Peak.Demand, latest - since);
    }
}
