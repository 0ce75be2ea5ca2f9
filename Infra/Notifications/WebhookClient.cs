using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Http;

namespace Orchestrator.Infra.Notifications;

/// <summary>Posts JSON to people's tools. Of an answer it reads the head alone.</summary>
public sealed class WebhookClient : IDisposable
{
    /// <summary>Redirections of one notification.</summary>
    private const int MostHops = 5;

    private readonly HttpClient _http;
    private readonly WebhookAddresses _addresses;

    /// <param name="systemClock">The wall clock: people's tools don't live in a fast night.</param>
    /// <param name="addresses">Where webhooks may be. Default <see cref="WebhookAddresses.Any"/>.</param>
    public WebhookClient(TimeProvider systemClock, WebhookAddresses? addresses = null)
    {
        _addresses = addresses ?? WebhookAddresses.Any;
        var sockets = _addresses.Guard(HttpClients.Sockets());
        // What a receiver says beyond its head is not waited for, so that a long answer costs nothing.
        sockets.MaxResponseDrainSize = 4096;
        _http = HttpClients.Create(null, systemClock, systemClock, sockets);
    }

    /// <summary>
    /// Posts with header <c>Idempotency-Key</c>, again after timeouts, throttling and server errors. A 307 or 308 is followed with the same message,
    /// up to five times and never from https to http. The <c>user:password@</c> of an address is sent as basic authorization. Returns the final status code. Throws <see cref="HttpRequestException"/> when the
    /// receiver cannot be reached or refuses, and <see cref="WebhookRefusedException"/> when the address is not allowed, or has moved in a way that
    /// would lose the message (301, 302 and 303 turn it into a GET without a body).
    /// </summary>
    public async Task<int> PostAsync(Uri address, JsonNode payload, string idempotencyKey, CancellationToken cancellationToken)
    {
        var body = Encoding.UTF8.GetBytes(payload.ToJsonString());
        for (var hop = 0; ; hop++)
        {
            _addresses.Check(address);
            using var response = await SendAsync(address, body, idempotencyKey, cancellationToken);
            if (response.IsSuccessStatusCode) return (int)response.StatusCode;

            address = Redirection(address, response, hop)
                ?? throw new HttpRequestException($"{address.Host} answered {(int)response.StatusCode} to a notification", null, response.StatusCode);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(Uri address, byte[] body, string idempotencyKey, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, WithoutUser(address)) { Content = new ByteArrayContent(body) };
        request.Headers.Authorization = Basic(address);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        request.Headers.TryAddWithoutValidation("Idempotency-Key", idempotencyKey);
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (TimeoutException e)
        {
            // Paths of webhooks hold tokens: the message names the server only.
            throw new HttpRequestException("it gave no answer in time", e, HttpStatusCode.RequestTimeout);
        }
        catch (HttpRequestException e) when (e.InnerException is WebhookRefusedException refused)
        {
            throw new WebhookRefusedException(refused.Message);
        }
    }

    /// <summary>Where the message is to be sent instead; null when the answer is no redirection.</summary>
    internal static Uri? Redirection(Uri from, HttpResponseMessage response, int hop)
    {
        var status = (int)response.StatusCode;
        if (status is not (301 or 302 or 303 or 307 or 308)) return null;

        if (response.Headers.Location is not { } location || !Uri.TryCreate(from, location, out var to))
        {
            throw new WebhookRefusedException($"{from.Host} answered {status} without an address to go to. Ask its owner for the right one");
        }

        if (to.Scheme is not ("http" or "https")) throw new WebhookRefusedException($"{from.Host} answered {status} and points to a {to.Scheme}: address, which is no webhook's. Give another address");
        if (from.Scheme == "https" && to.Scheme == "http") throw new WebhookRefusedException($"{from.Host} answered {status} and points from https to {Shown(to)}, where the message would go in clear. Give an https address");
        if (status is 301 or 302 or 303) throw new WebhookRefusedException($"{from.Host} answered {status}: the webhook has moved to {Shown(to)}, and to follow would lose the message. Give that address");
        return hop < MostHops ? to : throw new WebhookRefusedException($"{from.Host} answered {status} after {MostHops} redirections, the next to {Shown(to)}. Give the address at which they end");
    }

    /// <summary>For messages: without what may be secret in it (user and password, query), and not longer than a line.</summary>
    private static string Shown(Uri address)
    {
        var text = address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
        return (text.Length <= 200 ? text : text[..200] + "…") + (address.Query.Length > 0 ? "?…" : "");
    }

    private static Uri WithoutUser(Uri address) => address.UserInfo.Length == 0 ? address : new UriBuilder(address) { UserName = "", Password = "" }.Uri;

    private static AuthenticationHeaderValue? Basic(Uri address) => address.UserInfo.Length == 0 ? null
        : new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(address.UserInfo))));
}
