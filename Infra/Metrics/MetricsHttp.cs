using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Orchestrator.Infra.Http;
using Orchestrator.Infra.Settings;

namespace Orchestrator.Infra.Metrics;

/// <summary>An answer with its body as text.</summary>
/// <param name="MediaType">Null: the answer says none.</param>
internal sealed record MetricsResponse(HttpStatusCode Status, string? MediaType, string Body);

/// <summary>Asks servers and endpoints of metrics: with credentials, within a time, and takes no more than a bounded answer.</summary>
internal sealed class MetricsHttp : IDisposable
{
    /// <summary>No answer is longer, in bytes, unpacked.</summary>
    public const int LargestBody = 32 * 1024 * 1024;

    private const int Tries = 5;

    private readonly MetricsOptions _options;
    private readonly TimeProvider _systemClock;
    private readonly HttpClient _http;

    public MetricsHttp(MetricsOptions options, TimeProvider environmentClock, TimeProvider systemClock)
    {
        (_options, _systemClock) = (options, systemClock);
        var sockets = HttpClients.Sockets();
        sockets.AutomaticDecompression = DecompressionMethods.GZip;
        _http = new HttpClient(new RetryHandler(environmentClock, systemClock) { InnerHandler = sockets, Attempts = Tries, TryTimeout = options.Timeout }) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Sends a request, and again what may be better another time. Throws <see cref="MetricsException"/> when there is no answer, or one that is too long.</summary>
    /// <param name="place">What is asked, for messages.</param>
    public async Task<MetricsResponse> SendAsync(HttpRequestMessage request, string place, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = await AuthorizationAsync(place, cancellationToken);
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            using var timeout = new CancellationTokenSource(_options.Timeout, _systemClock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
            try
            {
                return new MetricsResponse(response.StatusCode, response.Content.Headers.ContentType?.MediaType, await ReadAsync(response, place, either.Token));
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw TimedOut(place, null);
            }
        }
        catch (TimeoutException exception)
        {
            throw TimedOut(place, exception);
        }
        catch (HttpRequestException exception)
        {
            throw new MetricsException(MetricsFailure.Unreachable, place, $"it cannot be reached: {exception.Message}", "check the address and the network between", exception);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            throw new MetricsException(MetricsFailure.NotMetrics, place, $"the answer broke off: {exception.Message}", "try again; if it lasts, look at the proxy between", exception);
        }
    }

    /// <summary>The error of a status that is no success.</summary>
    public static MetricsException Refusal(MetricsResponse response, string place) => (int)response.Status switch
    {
        401 or 403 => new MetricsException(
            MetricsFailure.Refused, place, $"it refuses us with {(int)response.Status}", "give Infra:Metrics:Token, TokenFile, or User with a password, that may read metrics"),
        >= 300 and < 400 => new MetricsException(MetricsFailure.Refused, place, $"it answers {(int)response.Status}, a redirection, which is not followed", "give the address that it leads to"),
        404 => new MetricsException(MetricsFailure.Refused, place, "there is nothing at that address (404)", "check the path"),
        429 or >= 500 => new MetricsException(MetricsFailure.Failing, place, $"it answers {(int)response.Status}: {Short(response.Body)}", "look at its log; try again"),
        var status => new MetricsException(MetricsFailure.Refused, place, $"it answers {status}: {Short(response.Body)}", "check the address"),
    };

    /// <summary>The beginning of a body, on one line, for a message.</summary>
    public static string Short(string body)
    {
        var line = string.Join(' ', body.Split((char[]?)null, 40, StringSplitOptions.RemoveEmptyEntries));
        return line.Length == 0 ? "(nothing)" : line.Length <= 120 ? Masking.Text(line) : Masking.Text(line)[..120] + "…";
    }

    public void Dispose() => _http.Dispose();

    private MetricsException TimedOut(string place, Exception? inner) =>
        new(MetricsFailure.TimedOut, place, $"no answer within {_options.Timeout.TotalSeconds:0.#} s", "check that it runs, or raise Infra:Metrics:Timeout", inner);

    private async Task<AuthenticationHeaderValue?> AuthorizationAsync(string place, CancellationToken cancellationToken)
    {
        try
        {
            var token = _options.TokenFile is { } file ? (await File.ReadAllTextAsync(file, cancellationToken)).Trim() : _options.Token;
            if (!string.IsNullOrEmpty(token))
            {
                return new AuthenticationHeaderValue("Bearer", token);
            }

            if (_options.User is not { } user)
            {
                return null;
            }

            var password = _options.PasswordFile is { } secret ? (await File.ReadAllTextAsync(secret, cancellationToken)).TrimEnd('\r', '\n') : _options.Password;
            return new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new MetricsException(MetricsFailure.Refused, place, $"the credentials cannot be read: {exception.Message}", "check Infra:Metrics:TokenFile or PasswordFile", exception);
        }
    }

    private static async Task<string> ReadAsync(HttpResponseMessage response, string place, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var body = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            body.Write(buffer, 0, count);
            if (body.Length > LargestBody)
            {
                throw new MetricsException(MetricsFailure.TooLarge, place, $"it answers more than {LargestBody / 1024 / 1024} MiB", "ask for fewer series");
            }
        }

        return Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)body.Length);
    }
}
