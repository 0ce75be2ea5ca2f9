using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Fleet.Clock;
using Orchestrator.Infra.Settings;

namespace Orchestrator.Infra.Metrics;

/// <summary>One series of the application's order counter, as it stands.</summary>
/// <param name="Series">What tells it from others of its destination and outcome: its other labels, as <c>instance=10.0.0.7:15020</c>. Empty: nothing.</param>
public sealed record OrderSample(string Series, string Destination, string Outcome, double Value);

/// <summary>
/// Reads the application's order counters by the query <c>orders</c> of a <see cref="QuerySet"/>. They are given as they stand, and not as a rate: what happened between two readings is
/// their difference, however long that was and whoever was killed meanwhile.
/// </summary>
public sealed class OrderMetrics(IMetrics metrics, QuerySet queries, MetricsOptions options, EnvironmentClock environmentClock)
{
    /// <summary>Series of one reading, which is kept in the journal.</summary>
    public const int MostSeries = 2_000;

    private readonly TimeSpan _maxAge = options.MaxAge * Math.Max(1, environmentClock.Speed);

    /// <summary>The counters now, sorted. Throws <see cref="MetricsException"/> when they are unknown: no such series, none with both labels, none that is fresh, too many, no answer.</summary>
    public async Task<ImmutableArray<OrderSample>> ReadAsync(CancellationToken cancellationToken)
    {
        var place = $"{metrics.Source}, query {QuerySet.Orders}";
        var query = queries.Find(QuerySet.Orders)!;
        var (counting, sampling) = (metrics.QueryAsync(query, null, cancellationToken), SampledAsync(cancellationToken));
        var (answer, sampled) = (await counting, await sampling);
        if (answer.Samples.IsEmpty)
        {
            throw new MetricsException(MetricsFailure.Absent, place, answer.Warnings.IsEmpty ? "there is no such series" : string.Join("; ", answer.Warnings), "check that the application is scraped, or set Infra:Metrics:Queries:orders");
        }

        var age = environmentClock.GetUtcNow() - (sampled ?? answer.Samples.Max(sample => sample.At));
        if (age.Duration() > _maxAge)
        {
            throw new MetricsException(
                MetricsFailure.Stale, place, string.Create(CultureInfo.InvariantCulture, $"the newest sample is {age.TotalSeconds:0} s from now"), "check that the application is scraped and that clocks agree, or raise Infra:Metrics:MaxAge");
        }

        var found = answer.Samples.Where(sample => sample.Labels.ContainsKey("destination") && sample.Labels.ContainsKey("outcome")).ToArray();
        if (found.Length == 0)
        {
            throw new MetricsException(MetricsFailure.Absent, place, $"none of its {answer.Samples.Length} series has the labels destination and outcome", "set Infra:Metrics:Queries:orders to a query whose series have them");
        }

        return found.Length <= MostSeries
            ? [.. found.Select(Of).OrderBy(sample => sample.Destination, StringComparer.Ordinal).ThenBy(sample => sample.Outcome, StringComparer.Ordinal).ThenBy(sample => sample.Series, StringComparer.Ordinal)]
            : throw new MetricsException(MetricsFailure.TooLarge, place, $"it has {found.Length} series, and {MostSeries} are kept", "set Infra:Metrics:Queries:orders to a sum of them by (destination, outcome)");
    }

    private static OrderSample Of(MetricSample sample) => new(
        string.Join(',', sample.Labels.Where(label => label.Key is not ("__name__" or "destination" or "outcome")).Select(label => $"{label.Key}={label.Value}")),
        sample.Labels["destination"],
        sample.Labels["outcome"],
        sample.Value);

    /// <summary>When the newest sample was taken; null: the source does not say, so the answer's own time counts.</summary>
    private async Task<DateTimeOffset?> SampledAsync(CancellationToken cancellationToken)
    {
        try
        {
            return queries.Find(QuerySet.OrdersSampled) is { } query && await metrics.QueryAsync(query, null, cancellationToken) is { Samples: [var newest, ..] } && newest.Value is > 0 and < 1e11
                ? DateTimeOffset.UnixEpoch.AddSeconds(newest.Value)
                : null;
        }
        catch (MetricsException)
        {
            return null;
        }
    }
}
