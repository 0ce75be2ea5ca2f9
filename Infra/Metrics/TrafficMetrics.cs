using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Fleet.Clock;
using Orchestrator.Infra.Settings;

namespace Orchestrator.Infra.Metrics;

/// <summary>Reads what the traffic is from metrics, by the queries of a <see cref="QuerySet"/>.</summary>
public sealed class TrafficMetrics(IMetrics metrics, QuerySet queries, MetricsOptions options, EnvironmentClock environmentClock)
{
    private readonly TimeSpan _maxAge = options.MaxAge * Math.Max(1, environmentClock.Speed);

    /// <summary>
    /// The traffic now. Throws <see cref="MetricsException"/> when the requests are unknown: no series, none that is fresh, no answer. What else is unknown is null in the reading and told there.
    /// </summary>
    public async Task<TrafficReading> ReadAsync(CancellationToken cancellationToken)
    {
        var (requesting, failing, slowness, sampling) = (
            AskAsync(QuerySet.Requests, cancellationToken), AskAsync(QuerySet.Errors, cancellationToken), AskAsync(QuerySet.P99, cancellationToken), AskAsync(QuerySet.Sampled, cancellationToken));
        await Task.WhenAll(requesting, failing, slowness, sampling);
        var (requests, errors, p99, sampled) = (await requesting, await failing, await slowness, await sampling);
        if (requests.Error is { } broken)
        {
            throw broken;
        }

        var byDestination = Divide(requests.Answer, (sum, more) => sum + more);
        if (byDestination.IsEmpty)
        {
            throw new MetricsException(MetricsFailure.Absent, $"{metrics.Source}, query {QuerySet.Requests} of the set {queries.Name}", WhyNone(requests.Answer), "check that the gateways are scraped, and the query: Infra:Metrics:Traffic, Queries, Destination");
        }

        var at = SampledAt(sampled.Answer) ?? requests.Answer!.Samples.Max(sample => sample.At);
        CheckAge(at);
        var unknown = new[] { errors, p99 }.Where(one => one.Unknown is not null).Select(one => one.Unknown!).ToImmutableArray();
        var failed = Divide(errors.Answer, (sum, more) => sum + more);
        var slow = Divide(p99.Answer, Math.Max).Where(one => one.Value is >= 0 and < 1e9).ToImmutableDictionary(one => one.Key, one => TimeSpan.FromMilliseconds(one.Value), StringComparer.Ordinal);
        var demand = byDestination.Values.Sum();
        var busy = slow.Where(one => byDestination.GetValueOrDefault(one.Key) > 0).Select(one => one.Value).ToArray();
        return new TrafficReading(at, demand, byDestination)
        {
            P99 = busy.Length > 0 ? busy.Max() : null,
            // A destination whose failures are unknown leaves the share unknown.
            ErrorRate = demand > 0 && byDestination.Keys.All(failed.ContainsKey) ? Math.Clamp(failed.Values.Sum() / demand, 0, 1) : null,
            ErrorsByDestination = failed,
            Window = options.Window,
            P99ByDestination = slow,
            Unknown = unknown,
        };
    }

    private async Task<Asked> AskAsync(string name, CancellationToken cancellationToken)
    {
        if (queries.Find(name) is not { } query)
        {
            return new Asked(null, null, $"{name}: the set {queries.Name} has no such query");
        }

        try
        {
            var answer = await metrics.QueryAsync(query, null, cancellationToken);
            return new Asked(answer, null, answer.Samples.IsEmpty ? $"{name}: {WhyNone(answer)}" : null);
        }
        catch (MetricsException exception)
        {
            return new Asked(null, exception, $"{name}: {exception.Message}");
        }
    }

    /// <summary>By destination. Several series of one, as of ports and replicas, are put together.</summary>
    private ImmutableDictionary<string, double> Divide(MetricAnswer? answer, Func<double, double, double> join)
    {
        var found = ImmutableDictionary.CreateBuilder<string, double>(StringComparer.Ordinal);
        foreach (var sample in answer?.Samples ?? [])
        {
            if (queries.DestinationOf(sample.Labels.GetValueOrDefault(queries.Label, "")) is { } destination)
            {
                // A rate below zero is none that a counter can have.
                var value = Math.Max(0, sample.Value);
                found[destination] = found.TryGetValue(destination, out var other) ? join(other, value) : value;
            }
        }

        return found.ToImmutable();
    }

    private string WhyNone(MetricAnswer? answer) => answer switch
    {
        { Samples.IsEmpty: false } => $"none of its {answer.Samples.Length} series is of a destination, by the label {queries.Label}",
        { Warnings.IsEmpty: false } => string.Join("; ", answer.Warnings),
        _ => "there is no such series",
    };

    private static DateTimeOffset? SampledAt(MetricAnswer? answer) =>
        answer is { Samples: [var newest, ..] } && newest.Value is > 0 and < 1e11 ? DateTimeOffset.UnixEpoch.AddSeconds(newest.Value) : null;

    private void CheckAge(DateTimeOffset at)
    {
        var age = environmentClock.GetUtcNow() - at;
        if (age.Duration() > _maxAge)
        {
            throw new MetricsException(
                MetricsFailure.Stale, metrics.Source, string.Create(CultureInfo.InvariantCulture, $"the newest sample of the traffic is of {at:u}, {age.TotalSeconds:0} s from now"),
                "check that the gateways are scraped and that clocks agree, or raise Infra:Metrics:MaxAge");
        }
    }

    /// <param name="Unknown">Why nothing is known; null: something is.</param>
    private sealed record Asked(MetricAnswer? Answer, MetricsException? Error, string? Unknown);
}
