using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Orchestrator.Fleet.Clock;
using Orchestrator.Infra.Http;
using Orchestrator.Infra.Metrics.Scraping;
using Orchestrator.Infra.Settings;

namespace Orchestrator.Infra.Metrics;

/// <summary>Metrics from a Prometheus-compatible server, by its HTTP API (<c>/api/v1/query</c>).</summary>
internal sealed class PrometheusMetrics : IMetrics, IDisposable
{
    /// <summary>A query longer than this, in characters, is posted: servers and proxies bound an address.</summary>
    private const int LongestAddress = 1_500;

    private readonly Uri _address;
    private readonly MetricsHttp _http;
    private readonly TimeProvider _environmentClock;
    private readonly TimeSpan _maxAge;

    public PrometheusMetrics(MetricsOptions options, EnvironmentClock environmentClock, TimeProvider systemClock)
    {
        _address = HttpClients.WithSlash(options.Prometheus!);
        _http = new MetricsHttp(options, environmentClock, systemClock);
        _environmentClock = environmentClock;
        _maxAge = options.MaxAge * Math.Max(1, environmentClock.Speed);
    }

    // Some servers keep a token in their path.
    public string Source => Masking.Server(_address);

    public async Task<MetricAnswer> QueryAsync(string query, DateTimeOffset? at, CancellationToken cancellationToken)
    {
        using var request = Request(query, at);
        var response = await _http.SendAsync(request, Source, cancellationToken);
        var isJson = response.Body.AsSpan().TrimStart() is ['{', ..];
        if ((int)response.Status is not (>= 200 and <= 299 or 400 or 422 or 503) || ((int)response.Status > 299 && !isJson))
        {
            throw MetricsHttp.Refusal(response, Source);
        }

        if (!isJson)
        {
            throw NotPrometheus($"it answers {response.MediaType ?? "something"}, not JSON: {MetricsHttp.Short(response.Body)}", null);
        }

        try
        {
            using var document = JsonDocument.Parse(response.Body);
            return Read(document.RootElement, query, at);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or IndexOutOfRangeException or ArgumentOutOfRangeException)
        {
            throw NotPrometheus($"its answer is not what the API promises: {exception.Message}", exception);
        }
    }

    public void Dispose() => _http.Dispose();

    private HttpRequestMessage Request(string query, DateTimeOffset? at)
    {
        var parameters = new List<KeyValuePair<string, string>> { KeyValuePair.Create("query", query) };
        if (at is { } time)
        {
            parameters.Add(KeyValuePair.Create("time", ((time - DateTimeOffset.UnixEpoch).TotalMilliseconds / 1000).ToString("0.###", CultureInfo.InvariantCulture)));
        }

        if (query.Length > LongestAddress)
        {
            return new HttpRequestMessage(HttpMethod.Post, new Uri(_address, "api/v1/query")) { Content = new FormUrlEncodedContent(parameters) };
        }

        var text = string.Join('&', parameters.Select(parameter => $"{parameter.Key}={Uri.EscapeDataString(parameter.Value)}"));
        return new HttpRequestMessage(HttpMethod.Get, new Uri(_address, $"api/v1/query?{text}"));
    }

    private MetricAnswer Read(JsonElement answer, string query, DateTimeOffset? at)
    {
        var status = answer.GetProperty("status").GetString();
        if (status != "success")
        {
            throw Refused(answer, query);
        }

        ImmutableArray<string> warnings = [.. Texts(answer, "warnings"), .. Texts(answer, "infos")];
        var data = answer.GetProperty("data");
        var result = data.GetProperty("result");
        switch (data.GetProperty("resultType").GetString())
        {
            case "scalar":
                var (time, number) = Pair(result);
                return MetricAnswer.Of([new MetricSample(ImmutableSortedDictionary<string, string>.Empty, number, time)], Check(time, at), warnings);
            case "vector":
                var samples = result.EnumerateArray().Select(Sample).ToArray();
                var seen = new HashSet<Labels>();
                if (Array.Find(samples, sample => !seen.Add(Labels.Of(sample.Labels))) is { } twice)
                {
                    throw NotPrometheus($"its answer holds the series {Labels.Of(twice.Labels)} twice", null);
                }

                return MetricAnswer.Of(samples, samples.Length == 0 ? at ?? _environmentClock.GetUtcNow() : Check(samples.Max(sample => sample.At), at), warnings);
            case var type:
                throw new MetricsException(
                    MetricsFailure.WrongType, $"the query '{query}' at {Source}", $"it comes to a {type}, not to a value for each series", "take a function of the range, as in rate(…[1m])");
        }
    }

    /// <summary>A server that answers for another time than now has a clock, or data, that lies behind.</summary>
    private DateTimeOffset Check(DateTimeOffset answered, DateTimeOffset? asked)
    {
        var now = _environmentClock.GetUtcNow();
        return asked is not null || (now - answered).Duration() <= _maxAge
            ? answered
            : throw new MetricsException(
                MetricsFailure.Stale, Source, string.Create(CultureInfo.InvariantCulture, $"it answers for {answered:u}, which is {(now - answered).TotalSeconds:0} s from now ({now:u})"),
                "set both clocks right, or raise Infra:Metrics:MaxAge");
    }

    private MetricsException Refused(JsonElement answer, string query)
    {
        var type = answer.TryGetProperty("errorType", out var kind) ? kind.ToString() : "error";
        var message = answer.TryGetProperty("error", out var error) ? MetricsHttp.Short(error.ToString()) : "it does not say why";
        return type is "bad_data" or "execution"
            ? new MetricsException(MetricsFailure.BadQuery, $"the query '{query}' at {Source}", message, "correct the query")
            : new MetricsException(MetricsFailure.Failing, Source, $"{type}: {message}", "look at the server's log; try again");
    }

    private MetricsException NotPrometheus(string reason, Exception? inner) =>
        new(MetricsFailure.NotMetrics, Source, reason, "give the address below which a Prometheus server has /api/v1/query as Infra:Metrics:Prometheus", inner);

    private static MetricSample Sample(JsonElement series)
    {
        var (time, value) = Pair(series.GetProperty("value"));
        return new MetricSample(
            series.GetProperty("metric").EnumerateObject().ToImmutableSortedDictionary(label => label.Name, label => label.Value.GetString() ?? "", StringComparer.Ordinal), value, time);
    }

    private static (DateTimeOffset At, double Value) Pair(JsonElement pair)
    {
        var seconds = pair[0].GetDouble();
        var text = pair[1].GetString() ?? throw new FormatException("a value is no text");
        return (DateTimeOffset.UnixEpoch.AddSeconds(seconds), ExpositionReader.ParseNumber(text) ?? throw new FormatException($"'{text}' is no number"));
    }

    private static IEnumerable<string> Texts(JsonElement answer, string name) =>
        answer.TryGetProperty(name, out var texts) && texts.ValueKind == JsonValueKind.Array ? texts.EnumerateArray().Select(text => MetricsHttp.Short(text.ToString())) : [];
}
