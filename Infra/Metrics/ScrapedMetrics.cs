using System.Collections.Immutable;
using System.Net.Http.Headers;
using Orchestrator.Fleet.Clock;
using Orchestrator.Infra.Http;
using Orchestrator.Infra.Metrics.Querying;
using Orchestrator.Infra.Metrics.Scraping;
using Orchestrator.Infra.Settings;

namespace Orchestrator.Infra.Metrics;

/// <summary>
/// Metrics straight from exposition endpoints, where there is no server that keeps them: endpoints are scraped when somebody asks, and the last scrapes are kept. What needs two
/// samples waits for the second where there is none, so that the first reading of a process is not nothing. One endpoint that gives none makes every answer an error: a sum
/// without it would be wrong.
/// </summary>
internal sealed class ScrapedMetrics : IMetrics, IDisposable
{
    /// <summary>The most series of one endpoint.</summary>
    public const int MostSeries = 200_000;

    private const int MostScrapes = 32;

    /// <summary>So many metrics that were asked for are kept; more, and those asked for long ago have to be scraped twice again.</summary>
    private const int MostNames = 500;

    /// <summary>Of one endpoint, over all scrapes that are kept; two are kept in any case.</summary>
    private const int MostKept = 400_000;

    private static readonly TimeSpan LeastSpacing = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);

    private readonly ImmutableArray<Uri> _addresses;
    private readonly MetricsHttp _http;
    private readonly EnvironmentClock _environmentClock;
    private readonly TimeProvider _systemClock;
    private readonly TimeSpan _maxAge;
    private readonly TimeSpan _spacing;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private ImmutableArray<SeriesHistory> _histories;

    /// <summary>What was asked for so far. Of earlier scrapes nothing else is kept: a gateway exposes tens of thousands of series.</summary>
    private ImmutableHashSet<string> _names = [];

    public ScrapedMetrics(MetricsOptions options, EnvironmentClock environmentClock, TimeProvider systemClock)
    {
        _addresses = [.. options.Scrape.Select(address => new Uri(address))];
        _http = new MetricsHttp(options, environmentClock, systemClock);
        (_environmentClock, _systemClock) = (environmentClock, systemClock);
        _maxAge = options.MaxAge * Math.Max(1, environmentClock.Speed);
        var spacing = environmentClock.OnTheSystemClock(options.Spacing);
        _spacing = spacing > LeastSpacing ? spacing : LeastSpacing;
        _histories = [.. _addresses.Select(address => new SeriesHistory(address.Authority, []))];
    }

    public string Source => _addresses.IsEmpty ? "no endpoint" : string.Join(", ", _addresses.Select(Show));

    public async Task<MetricAnswer> QueryAsync(string query, DateTimeOffset? at, CancellationToken cancellationToken)
    {
        if (_addresses.IsEmpty)
        {
            throw new MetricsException(MetricsFailure.Absent, "metrics", "no source of metrics is configured", "give Infra:Metrics:Prometheus, or the endpoints in Infra:Metrics:Scrape");
        }

        if (at is not null)
        {
            throw Bad(query, "scraped endpoints know nothing of another time than now", null);
        }

        try
        {
            var node = QueryReader.Read(query);
            var histories = await ScrapeAsync(Evaluator.Names(node), Evaluator.ShortestRange(node), cancellationToken);
            var now = _environmentClock.GetUtcNow();
            var evaluator = new Evaluator(histories, now, _maxAge);
            var result = evaluator.Evaluate(node);
            var samples = result.Scalar is { } scalar
                ? [new MetricSample(ImmutableSortedDictionary<string, string>.Empty, scalar, now)]
                : result.Vector.Select(one => new MetricSample(one.Labels.ToDictionary(), one.Point.Value, one.Point.At)).ToArray();
            return MetricAnswer.Of(samples, now, evaluator.Notes);
        }
        catch (QueryException exception)
        {
            throw Bad(query, exception.Message, exception);
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _gate.Dispose();
    }

    private static MetricsException Bad(string query, string reason, Exception? inner) =>
        new(MetricsFailure.BadQuery, $"the query '{query}'", reason, "correct it; what only a server can answer needs Infra:Metrics:Prometheus", inner);

    /// <summary>Histories whose last scrape is of now, with one before it where a range is asked for.</summary>
    private async Task<ImmutableArray<SeriesHistory>> ScrapeAsync(ImmutableHashSet<string> names, TimeSpan? range, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (!names.IsSubsetOf(_names))
            {
                _names = _names.Count + names.Count > MostNames ? names : _names.Union(names);
            }

            if (!_histories.All(IsFresh))
            {
                await ScrapeAllAsync(cancellationToken);
            }

            if (range is { } over && !_histories.All(history => HasTwo(history, names, over)))
            {
                var newest = _histories.Max(history => history.Scrapes[^1].Timestamp);
                if (_spacing - _systemClock.GetElapsedTime(newest) is { Ticks: > 0 } rest)
                {
                    await Task.Delay(rest, _systemClock, cancellationToken);
                }

                await ScrapeAllAsync(cancellationToken);
            }

            return _histories;
        }
        finally
        {
            _gate.Release();
        }
    }

    private bool IsFresh(SeriesHistory history) => history.Scrapes is [.., var last] && _systemClock.GetElapsedTime(last.Timestamp) < _spacing / 2;

    /// <summary>Whether there is an earlier scrape to compare the last one with: not too near, and within the range or at least no farther than a second scrape now would be.</summary>
    private bool HasTwo(SeriesHistory history, ImmutableHashSet<string> names, TimeSpan range)
    {
        var last = history.Scrapes[^1];
        var farthest = TimeSpan.FromTicks(Math.Max(range.Ticks, (_spacing * (2 * _environmentClock.Speed)).Ticks));
        return history.Scrapes.Any(scrape => (scrape.Names?.IsSupersetOf(names) ?? true) && last.At - scrape.At <= farthest && _systemClock.GetElapsedTime(scrape.Timestamp, last.Timestamp) >= _spacing / 2);
    }

    private async Task ScrapeAllAsync(CancellationToken cancellationToken)
    {
        var scrapes = await Task.WhenAll(_addresses.Select(address => ScrapeOneAsync(address, cancellationToken)));
        _histories = [.. _histories.Zip(scrapes, Add)];
    }

    private SeriesHistory Add(SeriesHistory history, Scrape scrape)
    {
        var scrapes = history.Scrapes;
        if (scrapes.Count >= 2)
        {
            // The last two are kept whole: what is asked for next may be read from them at once.
            scrapes = scrapes.SetItem(scrapes.Count - 2, scrapes[^2] with { Page = scrapes[^2].Page.Only(_names), Names = _names });
        }

        scrapes = scrapes.Add(scrape);
        while (scrapes.Count > 2
            && (scrapes.Count > MostScrapes || scrapes.Sum(one => one.Page.Series) > MostKept || _systemClock.GetElapsedTime(scrapes[0].Timestamp, scrape.Timestamp) > Kept))
        {
            scrapes = scrapes.RemoveAt(0);
        }

        return history with { Scrapes = scrapes };
    }

    private async Task<Scrape> ScrapeOneAsync(Uri address, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        // As a Prometheus server asks, so that names are those that it would keep.
        request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse("application/openmetrics-text;version=1.0.0;charset=utf-8;q=0.8"));
        request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse("text/plain;version=0.0.4;q=0.5"));
        request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse("*/*;q=0.1"));
        var place = Show(address);
        var response = await _http.SendAsync(request, place, cancellationToken);
        if ((int)response.Status is < 200 or > 299)
        {
            throw MetricsHttp.Refusal(response, place);
        }

        var format = response.MediaType switch
        {
            "application/openmetrics-text" => ExpositionFormat.OpenMetrics,
            "text/html" or "application/json" or "application/xhtml+xml" => throw NotMetrics(place, $"it answers {response.MediaType}: {MetricsHttp.Short(response.Body)}", null),
            _ => ExpositionFormat.Text,
        };
        try
        {
            var page = ExpositionReader.Read(response.Body, format, MostSeries);
            return page.Series > 0 ? new Scrape(page, _environmentClock.GetUtcNow(), _systemClock.GetTimestamp()) : throw NotMetrics(place, "it exposes no series at all", null);
        }
        catch (ExpositionException exception)
        {
            throw NotMetrics(place, exception.Message, exception);
        }
    }

    private static MetricsException NotMetrics(string place, string reason, Exception? inner) =>
        new(MetricsFailure.NotMetrics, place, reason, "give the address of an exposition endpoint, as http://gateway:15020/stats/prometheus", inner);

    /// <summary>Without what may be secret.</summary>
    private static string Show(Uri address) => Masking.Text(address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped));
}
