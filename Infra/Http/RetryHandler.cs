namespace Orchestrator.Infra.Http;

/// <summary>
/// Sends a request again after throttling, server errors, broken connections and tries that time out. Every request of ours
/// may be repeated: it carries an idempotency key, a client token or a precondition, or only reads. The server's waits are
/// in its own time, the night's; a connection that breaks is a matter of the wall clock.
/// </summary>
internal sealed class RetryHandler(TimeProvider environmentClock, TimeProvider systemClock) : DelegatingHandler
{
    /// <summary>Tries in all. Default 7: about 10 s of waiting.</summary>
    public int Attempts { get; init; } = 7;

    /// <summary>For one try, in wall time. Default 15 s.</summary>
    public TimeSpan TryTimeout { get; init; } = TimeSpan.FromSeconds(15);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is not null)
        {
            await request.Content.LoadIntoBufferAsync(cancellationToken);
        }

        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var response = await TryAsync(request, cancellationToken);
                if (attempt >= Attempts || !Backoff.IsTransient(response.StatusCode))
                {
                    return response;
                }

                var delay = Backoff.After(attempt, response.Headers.RetryAfter, response.Headers.Date ?? environmentClock.GetUtcNow());
                response.Dispose();
                await Task.Delay(delay, environmentClock, cancellationToken);
            }
            catch (Exception e) when (attempt < Attempts && !cancellationToken.IsCancellationRequested && e is (HttpRequestException and not { InnerException: WebhookRefusedException }) or TimeoutException)
            {
                await Task.Delay(Backoff.After(attempt, null, default), systemClock, cancellationToken);
            }
        }
    }

    private async Task<HttpResponseMessage> TryAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(TryTimeout, systemClock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            return await base.SendAsync(request, either.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"{request.Method} {Where(request.RequestUri)} gave no answer within {TryTimeout.TotalSeconds:0.#} s");
        }
    }

    /// <summary>Without what may be secret: user, password and query.</summary>
    private static string Where(Uri? address) => address is null ? "" : address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
}
