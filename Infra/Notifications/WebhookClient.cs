using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Http;

namespace Orchestrator.Infra.Notifications;

/// <summary>Posts JSON to people's tools.</summary>
public sealed class WebhookClient : IDisposable
{
    private readonly HttpClient _http;

    /// <param name="wall">The wall clock: people's tools don't live in a fast night.</param>
    public WebhookClient(TimeProvider wall) => _http = HttpClients.Create(null, wall, wall);

    /// <summary>
    /// Posts to the address; its <c>user:password@</c> is sent as basic authorization. Posts with header <c>Idempotency-Key</c>, again after timeouts, throttling and server errors. Returns the final status code.
    /// Throws <see cref="HttpRequestException"/> when the receiver cannot be reached or refuses.
    /// </summary>
    public async Task<int> PostAsync(Uri address, JsonNode payload, string idempotencyKey, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, WithoutUser(address)) { Content = JsonContent.Create(payload) };
        request.Headers.Authorization = Basic(address);
        request.Headers.TryAddWithoutValidation("Idempotency-Key", idempotencyKey);
        try
        {
            using var response = await _http.SendAsync(request, cancellationToken);
            return response.IsSuccessStatusCode
                ? (int)response.StatusCode
                : throw new HttpRequestException($"{address.Host} answered {(int)response.StatusCode} to a notification", null, response.StatusCode);
        }
        catch (TimeoutException e)
        {
            // Paths of webhooks hold tokens: the message names the server only.
            throw new HttpRequestException("it gave no answer in time", e, HttpStatusCode.RequestTimeout);
        }
    }

    private static Uri WithoutUser(Uri address) => address.UserInfo.Length == 0 ? address : new UriBuilder(address) { UserName = "", Password = "" }.Uri;

    private static AuthenticationHeaderValue? Basic(Uri address) => address.UserInfo.Length == 0 ? null
        : new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(address.UserInfo))));

    public void Dispose() => _http.Dispose();
}
