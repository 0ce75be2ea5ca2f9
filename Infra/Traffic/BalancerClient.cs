using System.Collections.Immutable;
using System.Net.Http.Json;
using Orchestrator.Infra.Http;

namespace Orchestrator.Infra.Traffic;

/// <summary>
/// Reads the traffic as it is measured, at <c>/balancer/traffic</c>. Throws <see cref="HttpRequestException"/> when there is no usable answer after all tries.
/// </summary>
public sealed class BalancerClient : IDisposable
{
    private readonly HttpClient _http;

    public BalancerClient(Uri address, TimeProvider environmentClock, TimeProvider systemClock) => _http = HttpClients.Create(address, environmentClock, systemClock);

    public async Task<TrafficReading> TrafficAsync(CancellationToken cancellationToken)
    {
        var body = await GetAsync("balancer/traffic", BalancerJson.Default.TrafficBody, cancellationToken);
        return new TrafficReading(body.At, body.RequestsPerSecond, body.Destinations.ToImmutableDictionary(pair => pair.Key, pair => pair.Value.RequestsPerSecond))
        {
            P99 = TimeSpan.FromMilliseconds(body.P99Milliseconds),
            ErrorRate = body.ErrorRate,
        };
    }

    public void Dispose() => _http.Dispose();

    private async Task<T> GetAsync<T>(string address, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _http.GetAsync(address, cancellationToken);
            await ThrowUnlessGoodAsync(response, cancellationToken);
            return await response.Content.ReadFromJsonAsync(type, cancellationToken) ?? throw new HttpRequestException("the balancer answered nothing");
        }
        catch (Exception e) when (e is TimeoutException or System.Text.Json.JsonException)
        {
            throw new HttpRequestException($"the balancer: {e.Message}", e);
        }
    }

    private static async Task ThrowUnlessGoodAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
        {
            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            throw new HttpRequestException($"the balancer answered {(int)response.StatusCode}: {text}", null, response.StatusCode);
        }
    }
}
