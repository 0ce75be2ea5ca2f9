using System.Net;
using k8s;
using k8s.Autorest;
using Orchestrator.Infra.Http;
using Orchestrator.Infra.Settings;

namespace Orchestrator.Infra.Clusters;

/// <summary>The Kubernetes client of one cluster, and the words its failures are told in.</summary>
internal sealed class ClusterConnection : IDisposable
{
    /// <summary>Name under which our server-side applied fields are owned.</summary>
    public const string FieldManager = "orchestrator";

    public ClusterConnection(string cluster, KubernetesClientConfiguration configuration, TimeProvider environmentClock, TimeProvider systemClock)
    {
        Cluster = cluster;
        EnvironmentClock = environmentClock;
        SystemClock = systemClock;

        // HTTP/1.1 with kept-alive connections: small patches in bulk, no head-of-line blocking behind a long list.
        configuration.DisableHttp2 = true;
        configuration.HttpClientTimeout = Timeout.InfiniteTimeSpan;
        configuration.UserAgent = "orchestrator";
        var retries = new RetryHandler(environmentClock, systemClock);
        Client = new k8s.Kubernetes(configuration, retries);

        // A redirection that is followed turns a PATCH into a GET, and takes the token along.
        HttpMessageHandler? inner = retries;
        while (inner is DelegatingHandler delegating) inner = delegating.InnerHandler;
        if (inner is HttpClientHandler client) client.AllowAutoRedirect = false;
        if (inner is SocketsHttpHandler sockets) sockets.AllowAutoRedirect = false;
    }

    public string Cluster { get; }

    public TimeProvider EnvironmentClock { get; }

    public TimeProvider SystemClock { get; }

    public IKubernetes Client { get; }

    /// <summary>The configuration that an endpoint describes. Throws <see cref="InvalidOperationException"/> for a kubeconfig that cannot be used.</summary>
    public static KubernetesClientConfiguration Configuration(string cluster, ClusterEndpoint? endpoint, Uri? cloud)
    {
        if (endpoint?.Kubeconfig is { } file)
        {
            return KubernetesClientConfiguration.BuildConfigFromConfigFile(file, endpoint.Context);
        }

        var server = endpoint?.Server ?? new Uri(HttpClients.WithSlash(cloud ?? throw new InvalidOperationException($"cluster {cluster} has no address")), $"clusters/{Uri.EscapeDataString(cluster)}/");
        return new KubernetesClientConfiguration { Host = HttpClients.WithSlash(server).ToString(), AccessToken = endpoint?.Token };
    }

    /// <summary>Runs one call; answers that mean the cluster is of no use now become <see cref="ClusterUnreachableException"/>, all others stay.</summary>
    public async Task<T> CallAsync<T>(Func<IKubernetes, Task<T>> call)
    {
        try
        {
            return await call(Client);
        }
        catch (HttpOperationException e) when (Backoff.IsTransient(e.Response.StatusCode)
            || e.Response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            throw new ClusterUnreachableException(Cluster, $"answers {(int)e.Response.StatusCode}: {Shorten(e.Response.Content)}", e);
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutException)
        {
            throw new ClusterUnreachableException(Cluster, e.Message, e);
        }
    }

    /// <summary>The same, with null for what is not there.</summary>
    public async Task<T?> FindAsync<T>(Func<IKubernetes, Task<T>> call)
        where T : class
    {
        try
        {
            return await CallAsync(call);
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    public static string Shorten(string? text) => text is null ? "" : text.Length <= 300 ? text : text[..300] + "…";

    public void Dispose() => Client.Dispose();
}
