using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Orchestrator.Infra.Metrics.Scraping;

namespace Orchestrator.Infra.Metrics.Querying;

/// <summary>What a query comes to: a number, or a value for each of some series.</summary>
internal sealed record Result(double? Scalar, ImmutableArray<(Labels Labels, Point Point)> Vector);

/// <summary>
/// Answers a query from the last scrapes, as PromQL does but for two things: a rate is the slope between the first and the last sample of its range, not extrapolated to the
/// range's ends, and a range that holds fewer than two samples is taken back to the one before. A sample older than <paramref name="maxAge"/> counts as none.
/// </summary>
internal sealed class Evaluator(IReadOnlyList<SeriesHistory> endpoints, DateTimeOffset now, TimeSpan maxAge)
{
    /// <summary>What was left out, and why.</summary>
    public SortedSet<string> Notes { get; } = new(StringComparer.Ordinal);

    public Result Evaluate(QueryNode node) => node switch
    {
        NumberNode number => Number(number.Value),
        SelectorNode { Range: null } selector => Vector(Select(selector, history => history.Newest(selector.Name!)).Select(series => (series.Labels, series.Points[^1]))),
        SelectorNode selector => throw new QueryException(selector.Column, $"a range is not a value; take a function of it, as in rate({selector.Name}[1m])"),
        NegateNode negate => Map(Evaluate(negate.Of), value => -value),
        CallNode call => Call(call),
        AggregateNode aggregate => Aggregate(aggregate),
        BinaryNode binary => Binary(binary),
        _ => throw new UnreachableException(),
    };

    /// <summary>The shortest range in a query; null: it has none.</summary>
    public static TimeSpan? ShortestRange(QueryNode node) => node switch
    {
        SelectorNode selector => selector.Range,
        NegateNode negate => ShortestRange(negate.Of),
        AggregateNode aggregate => ShortestRange(aggregate.Of),
        CallNode call => call.Arguments.Select(ShortestRange).Min(),
        BinaryNode binary => Shorter(ShortestRange(binary.Left), ShortestRange(binary.Right)),
        _ => null,
    };

    /// <summary>The metrics that a query reads.</summary>
    public static ImmutableHashSet<string> Names(QueryNode node) => node switch
    {
        SelectorNode selector => [selector.Name!],
        NegateNode negate => Names(negate.Of),
        AggregateNode aggregate => Names(aggregate.Of),
        CallNode call => [.. call.Arguments.SelectMany(Names)],
        BinaryNode binary => Names(binary.Left).Union(Names(binary.Right)),
        _ => [],
    };

    private static TimeSpan? Shorter(TimeSpan? one, TimeSpan? other) => one is null || other < one ? other : one;

    private IEnumerable<Series> Select(SelectorNode selector, Func<SeriesHistory, IEnumerable<Series>> read)
    {
        foreach (var series in endpoints.SelectMany(read).Where(series => selector.Matchers.All(matcher => matcher.Matches(series.Labels[matcher.Label]))))
        {
            if (series.Points is [.., var last] && now - last.At > maxAge)
            {
                Notes.Add(string.Create(CultureInfo.InvariantCulture, $"the newest sample of {selector.Name} is {(now - last.At).TotalSeconds:0} s old, and counts as none after {maxAge.TotalSeconds:0} s"));
                continue;
            }

            yield return series;
        }
    }

    private Result Call(CallNode call)
    {
        if (QueryReader.RangeFunctions.Contains(call.Function))
        {
            return OverRange(call.Function, (SelectorNode)call.Arguments[0]);
        }

        return call.Function switch
        {
            "time" => Number(Seconds(now)),
            "timestamp" => Vector(NeedVector(call, 0).Select(one => (one.Labels, one.Point with { Value = Seconds(one.Point.At) }))),
            "abs" => Map(Evaluate(call.Arguments[0]), Math.Abs),
            "clamp_min" => NeedNumber(call, 1) is var least ? Map(Evaluate(call.Arguments[0]), value => Math.Max(least, value)) : throw new UnreachableException(),
            "clamp_max" => NeedNumber(call, 1) is var most ? Map(Evaluate(call.Arguments[0]), value => Math.Min(most, value)) : throw new UnreachableException(),
            "histogram_quantile" => Quantile(NeedNumber(call, 0), NeedVector(call, 1)),
            _ => throw new UnreachableException(),
        };
    }

    private Result OverRange(string function, SelectorNode selector)
    {
        var range = selector.Range!.Value;
        var values = ImmutableArray.CreateBuilder<(Labels, Point)>();
        foreach (var series in Select(selector, history => history.Over(selector.Name!, range, now, rises: function is "rate" or "irate" or "increase")))
        {
            ImmutableArray<Point> points = [.. series.Points.Where(point => !double.IsNaN(point.Value))];
            if (points.Length < (function.EndsWith("_over_time", StringComparison.Ordinal) ? 1 : 2))
            {
                Notes.Add($"{selector.Name} has only one sample so far: {function} needs two");
                continue;
            }

            var (first, last) = (points[0], points[^1]);
            if (function == "irate")
            {
                (points, first) = ([points[^2], last], points[^2]);
            }

            var seconds = (last.At - first.At).TotalSeconds;
            if (function is "increase" or "delta" && seconds < range.TotalSeconds / 2)
            {
                Notes.Add(string.Create(CultureInfo.InvariantCulture, $"{function} over {range.TotalSeconds:0.###} s is taken from samples of {seconds:0.###} s"));
            }

            var value = function switch
            {
                "rate" or "irate" => Growth(points) / seconds,
                "increase" => Growth(points) / seconds * range.TotalSeconds,
                "delta" => (last.Value - first.Value) / seconds * range.TotalSeconds,
                "avg_over_time" => points.Average(point => point.Value),
                "min_over_time" => points.Min(point => point.Value),
                "max_over_time" => points.Max(point => point.Value),
                _ => throw new UnreachableException(),
            };
            values.Add((series.Labels, last with { Value = value }));
        }

        return Vector(values);
    }

    /// <summary>How much a counter grew. One that fell began again at zero.</summary>
    private static double Growth(ImmutableArray<Point> points)
    {
        var growth = 0.0;
        for (var index = 1; index < points.Length; index++)
        {
            growth += points[index].Value >= points[index - 1].Value ? points[index].Value - points[index - 1].Value : points[index].Value;
        }

        return growth;
    }

    private static Result Quantile(double quantile, ImmutableArray<(Labels Labels, Point Point)> buckets) => Vector(buckets
        .GroupBy(bucket => bucket.Labels.Without(["le"]))
        .Select(group => (group.Key, new Point(
            group.Max(bucket => bucket.Point.At),
            Quantile(quantile, [.. group.Select(bucket => (Bound: ExpositionReader.ParseNumber(bucket.Labels["le"]) ?? double.NaN, bucket.Point.Value)).Where(bucket => !double.IsNaN(bucket.Bound)).OrderBy(bucket => bucket.Bound)])))));

    /// <summary>By straight lines within a bucket, as Prometheus reckons it. NaN: there is no bucket for the rest, or nothing was observed.</summary>
    private static double Quantile(double quantile, ImmutableArray<(double Bound, double Count)> buckets)
    {
        if (buckets.Length < 2 || !double.IsPositiveInfinity(buckets[^1].Bound) || !(buckets[^1].Count > 0) || double.IsNaN(quantile))
        {
            return double.NaN;
        }

        if (quantile is < 0 or > 1)
        {
            return quantile < 0 ? double.NegativeInfinity : double.PositiveInfinity;
        }

        var rank = quantile * buckets[^1].Count;
        var index = 0;
        var below = 0.0;
        // Buckets that were read at slightly different times may fall: never go back.
        while (index < buckets.Length - 1 && Math.Max(below, buckets[index].Count) < rank)
        {
            below = Math.Max(below, buckets[index++].Count);
        }

        if (index == buckets.Length - 1)
        {
            return buckets[^2].Bound;
        }

        var (bound, count) = buckets[index];
        if (index == 0 && bound <= 0)
        {
            return bound;
        }

        var start = index == 0 ? 0 : buckets[index - 1].Bound;
        return count > below ? start + ((bound - start) * (rank - below) / (count - below)) : bound;
    }

    private Result Aggregate(AggregateNode aggregate)
    {
        var of = Evaluate(aggregate.Of);
        if (of.Scalar is not null)
        {
            throw new QueryException(aggregate.Of.Column, $"{aggregate.Operator} takes series, not a number");
        }

        return Vector(of.Vector
            .GroupBy(one => aggregate.Without ? one.Labels.Without(aggregate.Labels) : one.Labels.Only(aggregate.Labels))
            .Select(group => (group.Key, new Point(group.Max(one => one.Point.At), aggregate.Operator switch
            {
                "sum" => group.Sum(one => one.Point.Value),
                "avg" => group.Average(one => one.Point.Value),
                "min" => group.Min(one => one.Point.Value),
                "max" => group.Max(one => one.Point.Value),
                "count" => group.Count(),
                _ => throw new UnreachableException(),
            }))));
    }

    private Result Binary(BinaryNode binary)
    {
        var (left, right) = (Evaluate(binary.Left), Evaluate(binary.Right));
        if (binary.Operator is "or" or "and" or "unless")
        {
            return left.Scalar is null && right.Scalar is null
                ? Vector(Sets(binary.Operator, left.Vector, right.Vector))
                : throw new QueryException(binary.Column, $"{binary.Operator} takes series on both sides");
        }

        switch (left.Scalar, right.Scalar)
        {
            case ({ } one, { } other):
                return binary.Bool || binary.Operator is not ("==" or "!=" or "<" or "<=" or ">" or ">=")
                    ? Number(Reckon(binary, one, other)!.Value)
                    : throw new QueryException(binary.Column, "a comparison of two numbers needs 'bool'");
            case (null, { } other):
                return Vector(left.Vector.Select(one => (one.Labels, one.Point, Value: Reckon(binary, one.Point.Value, other))).Where(one => one.Value is not null).Select(one => (one.Labels, one.Point with { Value = one.Value!.Value })));
            case ({ } one, null):
                return Vector(right.Vector.Select(other => (other.Labels, other.Point, Value: Reckon(binary, one, other.Point.Value, keep: other.Point.Value))).Where(other => other.Value is not null).Select(other => (other.Labels, other.Point with { Value = other.Value!.Value })));
            default:
                return Vector(Pairs(binary, left.Vector, right.Vector));
        }
    }

    private static IEnumerable<(Labels, Point)> Sets(string operation, ImmutableArray<(Labels Labels, Point Point)> left, ImmutableArray<(Labels Labels, Point Point)> right)
    {
        var (inLeft, inRight) = (left.Select(one => one.Labels).ToHashSet(), right.Select(one => one.Labels).ToHashSet());
        return operation switch
        {
            "or" => left.Concat(right.Where(one => !inLeft.Contains(one.Labels))),
            "and" => left.Where(one => inRight.Contains(one.Labels)),
            _ => left.Where(one => !inRight.Contains(one.Labels)),
        };
    }

    private static IEnumerable<(Labels, Point)> Pairs(BinaryNode binary, ImmutableArray<(Labels Labels, Point Point)> left, ImmutableArray<(Labels Labels, Point Point)> right)
    {
        var others = new Dictionary<Labels, Point>();
        foreach (var (labels, point) in right)
        {
            if (!others.TryAdd(labels, point))
            {
                throw new QueryException(binary.Column, $"the right side has {labels} twice; aggregate it first");
            }
        }

        foreach (var (labels, point) in left)
        {
            if (others.TryGetValue(labels, out var other) && Reckon(binary, point.Value, other.Value) is { } value)
            {
                yield return (labels, new Point(point.At > other.At ? point.At : other.At, value));
            }
        }
    }

    /// <summary>Null: a comparison that does not hold.</summary>
    /// <param name="keep">What a comparison that holds gives; null: the left value.</param>
    private static double? Reckon(BinaryNode binary, double left, double right, double? keep = null)
    {
        bool? holds = binary.Operator switch
        {
            "==" => left == right,
            "!=" => left != right,
            "<" => left < right,
            "<=" => left <= right,
            ">" => left > right,
            ">=" => left >= right,
            _ => null,
        };
        return (holds, binary.Bool) switch
        {
            (null, _) => binary.Operator switch { "+" => left + right, "-" => left - right, "*" => left * right, "/" => left / right, "%" => left % right, _ => throw new UnreachableException() },
            ({ } known, true) => known ? 1 : 0,
            (true, false) => keep ?? left,
            _ => null,
        };
    }

    private double NeedNumber(CallNode call, int index) =>
        Evaluate(call.Arguments[index]).Scalar ?? throw new QueryException(call.Arguments[index].Column, $"{call.Function} takes a number here");

    private ImmutableArray<(Labels Labels, Point Point)> NeedVector(CallNode call, int index) =>
        Evaluate(call.Arguments[index]) is { Scalar: null } of ? of.Vector : throw new QueryException(call.Arguments[index].Column, $"{call.Function} takes series here");

    private static Result Map(Result of, Func<double, double> change) => of.Scalar is { } scalar
        ? Number(change(scalar))
        : Vector(of.Vector.Select(one => (one.Labels, one.Point with { Value = change(one.Point.Value) })));

    private static double Seconds(DateTimeOffset at) => (at - DateTimeOffset.UnixEpoch).TotalSeconds;

    private static Result Number(double value) => new(value, []);

    private static Result Vector(IEnumerable<(Labels, Point)> values) => new(null, [.. values]);
}
