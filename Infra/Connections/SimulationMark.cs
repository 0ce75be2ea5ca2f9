using System.Collections.Concurrent;

namespace Orchestrator.Infra.Connections;

/// <summary>Asks an HTTP server whether it is a simulation: one says so in a header of every answer, and no real one does.</summary>
public sealed class SimulationMark : IDisposable
{
    /// <summary>The header: <c>X-Simulated: true</c>.</summary>
    public const string Header = "X-Simulated";

    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { MaxResponseContentBufferSize = 1 << 20 };
    private readonly ConcurrentDictionary<string, bool> _known = new(StringComparer.Ordinal);

    /// <summary>For one answer, on the system clock. Default 5 s.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>True: it says that it is simulated. False: it answers and does not say so. Null: no answer in time; asked again the next time.</summary>
    /// <param name="address">Only scheme, host and port are used; no credentials are sent.</param>
    public async Task<bool?> AskAsync(Uri address, CancellationToken cancellationToken)
    {
        var origin = address.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);
        if (_known.TryGetValue(origin, out var known)) return known;

        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(TimeLimit);
            using var request = new HttpRequestMessage(HttpMethod.Get, origin);
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            return _known[origin] = response.Headers.Contains(Header);
        }
        catch (Exception exception) when (exception is HttpRequestException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }

    public void Dispose() => _client.Dispose();
}
