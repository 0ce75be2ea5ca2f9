using System.Collections.Immutable;
using System.Net.Http.Json;
using Orchestrator.Infra.Http;

namespace Orchestrator.Infra.Traffic;

/// <summary>
/// Reads and sets how traffic is divided, at <c>/balancer/weights</c>. Weights are percent by destination
/// (unit ids and <c>home</c>) and sum to 100. Throws <see cref="HttpRequestException"/> when the balancer gives no usable answer after all tries.
/// </summary>
public sealed class BalancerClient : IDisposable
{
    private readonly HttpClient _http;

    public BalancerClient(Uri address, TimeProvider environmentClock, TimeProvider systemClock) => _http = HttpClients.Create(address, environmentClock, systemClock);

    public async Task<ImmutableDictionary<string, int>> WeightsAsync(CancellationToken cancellationToken)
    {
        var body = await GetAsync("balancer/weights", BalancerJson.Default.WeightsBody, cancellationToken);
        return body.Weights;
    }

    /// <summary>Replaces all weights. Repeating the call with the same key changes nothing. Throws <see cref="ArgumentException"/> when they do not sum to 100.</summary>
    public async Task SetWeightsAsync(ImmutableDictionary<string, int> weights, string idempotencyKey, CancellationToken cancellationToken)
    {
        if (weights.Values.Any(weight => weight is < 0 or > 100) || weights.Values.Sum() != 100)
        {
            throw new ArgumentException($"weights are percent and sum to 100, these sum to {weights.Values.Sum()}", nameof(weights));
        }

        using var request = new HttpRequestMessage(HttpMethod.Put, "balancer/weights");
        request.Content = JsonContent.Create(new WeightsBody(weights), BalancerJson.Default.WeightsBody);
        request.Headers.TryAddWithoutValidation("Idempotency-Key", idempotencyKey);
        try
        {
            using var response = await _http.SendAsync(request, cancellationToken);
            await ThrowUnlessGoodAsync(response, cancellationToken);
        }
        catch (TimeoutException e)
        {
            throw new HttpRequestException(e.Message, e);
        }
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
