using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Infra.Alibaba.Signing;
using Orchestrator.Infra.Http;

namespace Orchestrator.Infra.Alibaba.Calling;

/// <summary>
/// Calls Alibaba Cloud's OpenAPI: signs, sends, tries again where that is safe, and makes typed errors of refusals. Signatures
/// and timeouts follow the system clock; waits that the server asks for follow the environment clock. Traces are in the source
/// <c>Orchestrator.Alibaba</c>; neither they nor logs hold a secret.
/// </summary>
public sealed partial class OpenApiClient : IDisposable
{
    /// <summary>The name of the traces' source.</summary>
    public const string Source = "Orchestrator.Alibaba";

    private const int LargestAnswer = 16 * 1024 * 1024;

    private static readonly ActivitySource traces = new(Source);

    private readonly HttpClient _http;
    private readonly CredentialSource? _credentials;
    private readonly OpenApiOptions _options;
    private readonly TimeProvider _environment;
    private readonly TimeProvider _systemClock;
    private readonly ILogger _logger;
    private readonly ThrottleGates _gates;

    /// <param name="credentials">Null: only anonymous operations can be called.</param>
    /// <param name="environmentClock">The environment clock.</param>
    /// <param name="systemClock">The system clock.</param>
    /// <param name="handler">Default: one that keeps connections and follows no redirection.</param>
    public OpenApiClient(CredentialSource? credentials, OpenApiOptions options, TimeProvider environmentClock, TimeProvider systemClock, ILogger? logger = null, HttpMessageHandler? handler = null)
    {
        _http = new HttpClient(handler ?? HttpClients.Sockets(), disposeHandler: handler is null) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = LargestAnswer };
        _credentials = credentials;
        _options = options;
        _environment = environmentClock;
        _systemClock = systemClock;
        _logger = logger ?? NullLogger.Instance;
        _gates = new ThrottleGates(environmentClock, options.LongestDelay);
    }

    /// <summary>Where a product is called in a region.</summary>
    public Uri EndpointOf(ApiProduct product, string region) => _options.EndpointOf(product, region);

    public void Dispose() => _http.Dispose();

    /// <summary>The answer's body, read as <typeparamref name="T"/>.</summary>
    /// <exception cref="ApiException">It was refused or did not come.</exception>
    /// <exception cref="CredentialException">There are no credentials to sign with.</exception>
    public async Task<T> CallAsync<T>(ApiRequest request, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var answer = await CallAsync(request, cancellationToken);
        try
        {
            return answer.Deserialize(type)!;
        }
        catch (JsonException e)
        {
            throw new ApiException(request.Operation, new ApiError("UnreadableAnswer", e.Message, ApiErrorKind.Other, "The API answers in a shape that this version does not know."), e);
        }
    }

    /// <summary>The answer's body; an answer that is a list stands under <c>items</c>.</summary>
    /// <exception cref="ApiException">It was refused or did not come.</exception>
    /// <exception cref="CredentialException">There are no credentials to sign with.</exception>
    public async Task<JsonObject> CallAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        var operation = request.Operation;
        if (!Region().IsMatch(request.Region))
        {
            // It becomes part of a host's name: nothing else may become part of it.
            throw new ApiException(operation, new ApiError("InvalidRegionId", $"'{request.Region}' is no region", ApiErrorKind.Unsupported, "A region is written like cn-hangzhou."));
        }

        using var trace = traces.StartActivity(operation.ToString(), ActivityKind.Client);
        trace?.SetTag("rpc.system", "alibaba-openapi").SetTag("rpc.service", operation.Product.Code).SetTag("rpc.method", operation.Action).SetTag("cloud.region", request.Region);
        if (_logger.IsEnabled(LogLevel.Debug))
        {
            var shown = Shown(request);
            Sending(operation, request.Region, shown);
        }

        try
        {
            var answer = await RetryAsync(request, trace, cancellationToken);
            trace?.SetTag("aliyun.request_id", answer["RequestId"]?.ToString() ?? answer["request_id"]?.ToString());
            return answer;
        }
        catch (ApiException e)
        {
            trace?.SetTag("error.type", e.Code).SetTag("aliyun.request_id", e.RequestId).SetStatus(ActivityStatusCode.Error, e.Code);
            Refused(operation, request.Region, e.Code, e.RequestId ?? "-");
            throw;
        }
    }

    private async Task<JsonObject> RetryAsync(ApiRequest request, Activity? trace, CancellationToken cancellationToken)
    {
        var operation = request.Operation;
        var repeatable = operation.Repeat == ApiRepeat.Safe || (operation.Repeat == ApiRepeat.WithToken && request.ClientToken is not null);
        var timeoutEnds = _environment.GetUtcNow() + _options.ThrottleTimeout;
        var renewed = false;
        var failures = 0;
        var unknown = false;
        for (var attempt = 1; ; attempt++)
        {
            trace?.SetTag("aliyun.attempts", attempt);
            if (_gates.ClosedFor(request) is var closed && closed > TimeSpan.Zero && _environment.GetUtcNow() + closed < timeoutEnds)
            {
                await Task.Delay(closed, _environment, cancellationToken);
            }

            var credential = operation.Anonymous ? null
                : await (_credentials ?? throw new CredentialException($"{operation} needs credentials and this client has none")).GetAsync(cancellationToken);
            var reply = await TryAsync(request, credential, cancellationToken);
            if (reply.Error is not { } error)
            {
                _gates.Open(request);
                return reply.Body!;
            }

            // A try whose effect nobody knows stays unknown, whatever a later try was told.
            unknown |= error.EffectUnknown;
            error = error with { EffectUnknown = unknown && operation.Repeat != ApiRepeat.Safe };
            if (error.Kind == ApiErrorKind.Throttled)
            {
                var wait = _gates.Close(request, reply.RetryAfter);
                if (_environment.GetUtcNow() + wait >= timeoutEnds)
                {
                    throw new ApiException(operation, error);
                }

                Throttled(operation, request.Region, (long)wait.TotalMilliseconds);
                await Task.Delay(wait, _environment, cancellationToken);
            }
            else if (error.Kind == ApiErrorKind.Credentials && !renewed && credential?.SecurityToken is not null)
            {
                renewed = true;
                _credentials!.Refused(credential);
            }
            else if (error.Kind is ApiErrorKind.Unavailable or ApiErrorKind.Unreachable && ++failures < _options.Attempts && (repeatable || !error.EffectUnknown))
            {
                await Task.Delay(Delay(failures), _systemClock, cancellationToken);
            }
            else
            {
                throw new ApiException(operation, error, reply.Failure);
            }
        }
    }

    private sealed record Reply(JsonObject? Body, ApiError? Error, TimeSpan? RetryAfter = null, Exception? Failure = null);

    private async Task<Reply> TryAsync(ApiRequest request, Credential? credential, CancellationToken cancellationToken)
    {
        var operation = request.Operation;
        var endpoint = _options.EndpointOf(operation.Product, request.Region);
        var host = endpoint.IsDefaultPort ? endpoint.Host : endpoint.Authority;
        var wire = WireRequest.Of(request, host, credential, Guid.NewGuid().ToString("N"), _systemClock.GetUtcNow());
        using var timeout = new CancellationTokenSource(_options.TryTimeout, _systemClock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            using var message = wire.ToMessage(endpoint);
            using var response = await _http.SendAsync(message, either.Token);
            var content = await response.Content.ReadAsByteArrayAsync(either.Token);
            if (!response.IsSuccessStatusCode)
            {
                var error = ErrorReading.Of(operation, request.Region, response.StatusCode, content);
                return new Reply(null, error with { EffectUnknown = error.Kind == ApiErrorKind.Unavailable && response.StatusCode != HttpStatusCode.ServiceUnavailable }, RetryAfter(response));
            }

            return new Reply(Body(content), null);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return Unreachable($"no answer within {_options.TryTimeout.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture)} s", true, null);
        }
        catch (HttpRequestException e)
        {
            // A connection that never came about carried nothing.
            return Unreachable(e.Message, e.HttpRequestError is not (HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError), e);
        }
        catch (JsonException e)
        {
            return Unreachable($"the answer is no JSON: {e.Message}", true, e);
        }

        Reply Unreachable(string message, bool effectUnknown, Exception? failure) => new(
            null,
            new ApiError("Unreachable", $"{Masking.Server(endpoint)}: {message}", ApiErrorKind.Unreachable, $"Check the network and the endpoint of {operation.Product.Code} in {request.Region}.") { EffectUnknown = effectUnknown },
            null,
            failure);
    }

    private static JsonObject Body(byte[] content) => content.Length == 0 ? [] : AnswerParsing.Of(content) switch
    {
        JsonObject map => map,
        JsonArray list => new JsonObject { ["items"] = list },
        _ => [],
    };

    /// <summary><c>x-acs-retry-after</c> is in milliseconds, as the vendor's SDKs read it; <c>Retry-After</c> in seconds.</summary>
    private static TimeSpan? RetryAfter(HttpResponseMessage response) =>
        response.Headers.TryGetValues("x-acs-retry-after", out var values) && double.TryParse(values.First(), NumberStyles.Float, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds is > 0 and < 86_400_000
            ? TimeSpan.FromMilliseconds(milliseconds)
            : response.Headers.RetryAfter?.Delta;

    private TimeSpan Delay(int failures)
    {
        var delay = Backoff.After(failures, null, default);
        return delay < _options.LongestDelay ? delay : _options.LongestDelay;
    }

    /// <summary>Parameters with what may be secret masked; user data is scripts, which hold passwords.</summary>
    private static string Shown(ApiRequest request) => string.Join(' ', Flattening.Of(request.Parameters).Concat(Flattening.Of(request.Body ?? [])).Select(pair =>
        $"{pair.Key}={(Masking.IsSecretName(pair.Key) || pair.Key.Contains("UserData", StringComparison.OrdinalIgnoreCase) || pair.Key.Contains("user_data", StringComparison.Ordinal) ? Masking.Mask : pair.Value)}"));

    [GeneratedRegex("^[a-z]{2}(-[a-z0-9]{1,20}){1,4}$")]
    private static partial Regex Region();

    [LoggerMessage(EventId = 6001, Level = LogLevel.Debug, Message = "OpenAPI call {Operation} in {Region}: {Parameters}")]
    private partial void Sending(ApiOperation operation, string region, string parameters);

    [LoggerMessage(EventId = 6002, Level = LogLevel.Debug, Message = "OpenAPI call {Operation} in {Region} throttled, trying again in {Milliseconds} ms")]
    private partial void Throttled(ApiOperation operation, string region, long milliseconds);

    [LoggerMessage(EventId = 6003, Level = LogLevel.Debug, Message = "OpenAPI call {Operation} in {Region} refused: {Code} (request {RequestId})")]
    private partial void Refused(ApiOperation operation, string region, string code, string requestId);
}
