using System.Net.Http.Headers;
using System.Text;
using Orchestrator.Infra.Http;

namespace Orchestrator.Infra.Notifications;

/// <summary>What an HTTP request was answered.</summary>
/// <param name="Body">At most <see cref="RequestClient.LargestBody"/> bytes of it.</param>
/// <param name="Truncated">The answer was longer.</param>
public sealed record RequestAnswer(int Status, string? ContentType, string? Location, string Body, bool Truncated);

/// <summary>Sends one request, once: to the addresses that webhooks may go to, following no redirection.</summary>
public sealed class RequestClient : IDisposable
{
    /// <summary>So much of an answer is read, in bytes.</summary>
    public const int LargestBody = 64 * 1024;

    private readonly HttpClient _http;
    private readonly WebhookAddresses _addresses;
    private readonly RequestSecrets _secrets;

    public RequestClient(WebhookAddresses addresses, RequestSecrets secrets)
    {
        _addresses = addresses;
        _secrets = secrets;
        _http = new HttpClient(addresses.Guard(HttpClients.Sockets())) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>The text with the secrets of the settings masked.</summary>
    public string Hide(string text) => _secrets.Hide(text);

    /// <exception cref="HttpRequestException">The server cannot be reached.</exception>
    /// <exception cref="WebhookRefusedException">Requests may not go there, or name a secret that is not there or is another host's.</exception>
    public async Task<RequestAnswer> SendAsync(
        HttpMethod method, Uri address, IReadOnlyDictionary<string, string> headers, string? body, string mediaType, string idempotencyKey, CancellationToken cancellationToken)
    {
        _addresses.Check(address);
        using var request = new HttpRequestMessage(method, address);
        if (body is not null)
        {
            request.Content = new StringContent(_secrets.Fill(body, address), Encoding.UTF8, new MediaTypeHeaderValue(mediaType));
        }

        request.Headers.TryAddWithoutValidation("Idempotency-Key", idempotencyKey);
        foreach (var (name, value) in headers)
        {
            var filled = _secrets.Fill(value, address);
            if (!request.Headers.TryAddWithoutValidation(name, filled))
            {
                request.Content?.Headers.Remove(name);
                request.Content?.Headers.TryAddWithoutValidation(name, filled);
            }
        }

        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            var (text, truncated) = await ReadAsync(response.Content, cancellationToken);
            return new RequestAnswer((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType, response.Headers.Location?.ToString(), text, truncated);
        }
        catch (HttpRequestException e) when (e.InnerException is WebhookRefusedException refused)
        {
            throw new WebhookRefusedException(refused.Message);
        }
    }

    public void Dispose() => _http.Dispose();

    private static async Task<(string Text, bool Truncated)> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[LargestBody + 1];
        var read = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        var length = Math.Min(read, LargestBody);
        // Not within a character.
        while (read > LargestBody && length > 0 && (buffer[length] & 0xC0) == 0x80)
        {
            length--;
        }

        return (Encoding.UTF8.GetString(buffer, 0, length), read > LargestBody);
    }
}
