using System.Collections.Immutable;

namespace Orchestrator.Fleet.Demand;

/// <summary>
/// A quantity through the day: straight lines between points, and from the last point over midnight to the first.
/// Times are of the fleet's wall clock, UTC+8 the whole year.
/// </summary>
public sealed class DayCurve
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <param name="points">At least one; times of day, strictly ascending, below 24 h; values finite and not negative.</param>
    /// <exception cref="ArgumentException">The points are not like that.</exception>
    public DayCurve(IEnumerable<DayPoint> points)
    {
        Points = [.. points];
        if (Points.IsEmpty)
        {
            throw new ArgumentException("a curve needs at least one point", nameof(points));
        }

        for (var i = 0; i < Points.Length; i++)
        {
            var (at, value) = Points[i];
            if (at < TimeSpan.Zero || at >= Day || (i > 0 && at <= Points[i - 1].At) || !double.IsFinite(value) || value < 0)
            {
                throw new ArgumentException($"point {i} ({at}, {value}) is out of order or out of range", nameof(points));
            }
        }
    }

    /// <summary>Offset of the fleet's wall clock: Asia/Shanghai, which knows no summer time.</summary>
    public static TimeSpan Offset { get; } = TimeSpan.FromHours(8);

    public ImmutableArray<DayPoint> Points { get; }

    /// <summary>The highest value of the day.</summary>
    public double Peak => Points.Max(point => point.Value);

    public static DayCurve Constant(double value) => new([new(TimeSpan.Zero, value)]);

    /// <summary>Points on the full hours from 0:00.</summary>
    public static DayCurve Hourly(IReadOnlyList<double> values) =>
        new(values.Select((value, hour) => new DayPoint(TimeSpan.FromHours(hour), value)));

    public double At(DateTimeOffset instant) => At(instant.ToOffset(Offset).TimeOfDay);

    public double At(TimeSpan timeOfDay)
    {
        var after = FirstAfter(timeOfDay);
        var (from, to) = (Points[(after + Points.Length - 1) % Points.Length], Points[after % Points.Length]);
        var span = Wrapped(to.At - from.At);
        var gone = Wrapped(timeOfDay - from.At, zero: TimeSpan.Zero);
        return from.Value + ((to.Value - from.Value) * (gone / span));
    }

    /// <summary>The exact integral over time, in value × seconds. Zero when <paramref name="to"/> is not after <paramref name="from"/>.</summary>
    public double Integral(DateTimeOffset from, DateTimeOffset to)
    {
        var sum = 0.0;
        while (from < to)
        {
            var next = NextPoint(from);
            var end = next < to ? next : to;
            sum += (At(from) + At(end)) / 2 * (end - from).TotalSeconds;
            from = end;
        }

        return sum;
    }

    /// <summary>The highest value between two instants, both included.</summary>
    public double PeakBetween(DateTimeOffset from, DateTimeOffset to)
    {
        var peak = Math.Max(At(from), At(to));
        var last = from + Day < to ? from + Day : to;
        for (var at = NextPoint(from); at < last; at = NextPoint(at))
        {
            peak = Math.Max(peak, At(at));
        }

        return peak;
    }

    /// <summary>The same curve, nowhere above a limit: flat where it was.</summary>
    public DayCurve CutAt(double limit)
    {
        if (Peak <= limit)
        {
            return this;
        }

        var points = new SortedDictionary<TimeSpan, double>();
        for (var i = 0; i < Points.Length; i++)
        {
            var (from, to) = (Points[i], Points[(i + 1) % Points.Length]);
            points[from.At] = Math.Min(limit, from.Value);
            if ((from.Value < limit && to.Value > limit) || (from.Value > limit && to.Value < limit))
            {
                var crossing = from.At + (Wrapped(to.At - from.At) * ((limit - from.Value) / (to.Value - from.Value)));
                points.TryAdd(crossing >= Day ? crossing - Day : crossing, limit);
            }
        }

        return new DayCurve(points.Select(point => new DayPoint(point.Key, point.Value)));
    }

    /// <summary>The first of the curve's points after an instant: until then the curve is one straight line.</summary>
    public DateTimeOffset NextPoint(DateTimeOffset instant)
    {
        var local = instant.ToOffset(Offset);
        var after = FirstAfter(local.TimeOfDay);
        var next = after < Points.Length ? Points[after].At : Points[0].At + Day;
        return local + (next - local.TimeOfDay);
    }

    private int FirstAfter(TimeSpan timeOfDay)
    {
        var (low, high) = (0, Points.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = Points[middle].At <= timeOfDay ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private static TimeSpan Wrapped(TimeSpan span, TimeSpan? zero = null) =>
        span > TimeSpan.Zero ? span : span == TimeSpan.Zero ? zero ?? Day : span + Day;
}

/// <summary>A curve's value at a time of day.</summary>
public readonly record struct DayPoint(TimeSpan At, double Value);
