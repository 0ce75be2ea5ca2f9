using System.Collections.Immutable;

namespace Orchestrator.Infra.Metrics;

/// <summary>Where metrics are read.</summary>
public interface IMetrics
{
    /// <summary>Where the answers come from, for people: a server's address, or those of the endpoints.</summary>
    string Source { get; }

    /// <summary>Answers a query in PromQL. Throws <see cref="MetricsException"/> when there is no usable answer; a series that is not there is not in the answer.</summary>
    /// <param name="at">Of what time; null: now. Scraped endpoints know no past.</param>
    Task<MetricAnswer> QueryAsync(string query, DateTimeOffset? at, CancellationToken cancellationToken);
}

/// <summary>What a query came to. Empty samples: nothing is known, which is not zero.</summary>
/// <param name="Samples">Finite values only: NaN and infinities are left out, and told in the warnings. A number without series has no labels.</param>
/// <param name="At">The time that was answered for.</param>
/// <param name="Warnings">What the source says of its answer, and what was left out.</param>
public sealed record MetricAnswer(ImmutableArray<MetricSample> Samples, DateTimeOffset At, ImmutableArray<string> Warnings)
{
    /// <summary>With what is no number left out.</summary>
    internal static MetricAnswer Of(IReadOnlyCollection<MetricSample> samples, DateTimeOffset at, IEnumerable<string> warnings)
    {
        ImmutableArray<MetricSample> finite = [.. samples.Where(sample => double.IsFinite(sample.Value))];
        var left = samples.Count - finite.Length;
        return new MetricAnswer(finite, at, [.. warnings, .. left == 0 ? Array.Empty<string>() : [$"{left} series without a finite value left out (NaN or infinite)"]]);
    }
}

/// <param name="Labels">Sorted by name; with <c>__name__</c> where the series has one.</param>
/// <param name="At">When it was measured, as far as the source says; a Prometheus server says the time of the answer.</param>
public sealed record MetricSample(ImmutableSortedDictionary<string, string> Labels, double Value, DateTimeOffset At);
