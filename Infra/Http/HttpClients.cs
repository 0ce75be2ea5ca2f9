namespace Orchestrator.Infra.Http;

/// <summary>Makes clients that keep their connections and retry by themselves.</summary>
internal static class HttpClients
{
    /// <param name="address">Base address; a missing trailing slash is added, so that relative paths stay below it.</param>
    public static HttpClient Create(Uri? address, TimeProvider night, TimeProvider wall) =>
        new(new RetryHandler(night, wall) { InnerHandler = Sockets() })
        {
            BaseAddress = address is null ? null : WithSlash(address),
            Timeout = Timeout.InfiniteTimeSpan,
        };

    public static SocketsHttpHandler Sockets() => new()
    {
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
        ConnectTimeout = TimeSpan.FromSeconds(5),
        UseCookies = false,
    };

    public static Uri WithSlash(Uri address) =>
        address.AbsolutePath.EndsWith('/') ? address : new UriBuilder(address) { Path = address.AbsolutePath + "/" }.Uri;
}
