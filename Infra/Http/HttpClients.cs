namespace Orchestrator.Infra.Http;

/// <summary>Makes clients that keep their connections and retry by themselves.</summary>
internal static class HttpClients
{
    /// <summary>No answer of an API of ours is longer, in bytes.</summary>
    private const int LargestAnswer = 64 * 1024 * 1024;

    /// <param name="address">Base address; a missing trailing slash is added, so that relative paths stay below it.</param>
    /// <param name="sockets">Default <see cref="Sockets"/>.</param>
    public static HttpClient Create(Uri? address, TimeProvider environmentClock, TimeProvider systemClock, SocketsHttpHandler? sockets = null) =>
        new(new RetryHandler(environmentClock, systemClock) { InnerHandler = sockets ?? Sockets() })
        {
            BaseAddress = address is null ? null : WithSlash(address),
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = LargestAnswer,
        };

    /// <summary>Follows no redirection: one that is followed turns a POST, PUT or PATCH into a GET without a body, and may lead anywhere.</summary>
    public static SocketsHttpHandler Sockets() => new()
    {
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
        ConnectTimeout = TimeSpan.FromSeconds(5),
        UseCookies = false,
        AllowAutoRedirect = false,
    };

    public static Uri WithSlash(Uri address) =>
        address.AbsolutePath.EndsWith('/') ? address : new UriBuilder(address) { Path = address.AbsolutePath + "/" }.Uri;
}
