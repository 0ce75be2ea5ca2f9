using System.Collections.Immutable;

namespace Orchestrator.Infra.Metrics.Scraping;

/// <summary>The text forms in which metrics are exposed.</summary>
internal enum ExpositionFormat
{
    /// <summary>Prometheus' text format 0.0.4: timestamps in milliseconds, ends where the body ends.</summary>
    Text,

    /// <summary>OpenMetrics 1.0: timestamps in seconds, ends with <c># EOF</c>.</summary>
    OpenMetrics,
}

/// <param name="At">The sample's own time; null: the exposition says none, and the time of the scrape counts.</param>
internal readonly record struct ExposedSample(double Value, DateTimeOffset? At);

/// <summary>What an endpoint exposed at one time: samples by metric name and labels.</summary>
/// <param name="Series">The number of samples.</param>
/// <param name="NewestAt">The newest time that a sample says; null: none says one.</param>
internal sealed record ExpositionPage(
    IReadOnlyDictionary<string, Dictionary<Labels, ExposedSample>> ByName, ImmutableDictionary<string, string> Types, int Series, DateTimeOffset? NewestAt)
{
    /// <summary>The page without what nobody asks for.</summary>
    public ExpositionPage Only(IReadOnlySet<string> names)
    {
        var kept = ByName.Where(one => names.Contains(one.Key)).ToDictionary(one => one.Key, one => one.Value, StringComparer.Ordinal);
        return this with { ByName = kept, Types = ImmutableDictionary<string, string>.Empty, Series = kept.Values.Sum(series => series.Count) };
    }

    /// <summary>
    /// Whether a series that was not there at the last scrape began at zero, if it is one that only rises: counters and the parts of histograms and summaries do, and so does what is
    /// said to be of unknown type, as OpenMetrics has counters without <c>_total</c>. What says no type may have been there before.
    /// </summary>
    public bool BeginsAtZero(string name)
    {
        if (IsCumulative(name))
        {
            return true;
        }

        foreach (var suffix in (string[])["_total", "_bucket", "_count", "_sum"])
        {
            if (name.EndsWith(suffix, StringComparison.Ordinal) && IsCumulative(name[..^suffix.Length]))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsCumulative(string family) => Types.GetValueOrDefault(family) is "counter" or "histogram" or "summary" or "unknown" or "untyped";
}

/// <summary>What is exposed is not in the format that it says, or too much.</summary>
internal sealed class ExpositionException(int line, string reason) : Exception($"line {line}: {reason}")
{
    /// <summary>From 1.</summary>
    public int Line { get; } = line;

    public string Reason { get; } = reason;
}
