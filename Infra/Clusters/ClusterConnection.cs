using System.Net;
using k8s;
using k8s.Autorest;
using Orchestrator.Infra.Http;

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

    /// <summary>
    /// Runs one call; answers that mean the cluster is of no use now become <see cref="ClusterUnreachableException"/>, and what its admission refused
    /// becomes <see cref="ClusterDeniedException"/>. All others stay.
    /// </summary>
    public async Task<T> CallAsync<T>(Func<IKubernetes, Task<T>> call)
    {
        try
        {
            return await call(Client);
        }
        catch (HttpOperationException e) when (Failure(e.Response.StatusCode, e.Response.Content, e) is { } failure)
        {
            throw failure;
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

    /// <summary>Sends a request of its own making, as the client would, and returns when the answer's head is there.</summary>
    /// <exception cref="ClusterUnreachableException">No answer.</exception>
    public async Task<HttpResponseMessage> SendAsync(Func<HttpRequestMessage> make, CancellationToken cancellationToken)
    {
        var client = (k8s.Kubernetes)Client;
        using var request = make();
        request.RequestUri = new Uri(HttpClients.WithSlash(client.BaseUri), request.RequestUri!.OriginalString);
        request.Headers.TryAddWithoutValidation("Accept", "application/json, */*");
        try
        {
            if (client.Credentials is { } credentials)
            {
                await credentials.ProcessHttpRequestAsync(request, cancellationToken);
            }

            return await client.HttpClient.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutException)
        {
            throw new ClusterUnreachableException(Cluster, e.Message, e);
        }
    }

    /// <summary>What an answer means when it is not about the request: who denied it, or why the cluster is of no use now. Null: it is about the request.</summary>
    public Exception? Failure(HttpStatusCode code, string? content, Exception? inner)
    {
        if (StatusText.Denial(content) is var (by, reason))
        {
            return new ClusterDeniedException(Cluster, by, Shorten(reason), inner);
        }

        var message = Shorten(StatusText.Message(content));
        return code switch
        {
            HttpStatusCode.Unauthorized => new ClusterUnreachableException(Cluster, $"answers 401: {message}. Its credentials have expired or are not known: renew those of Infra:Clusters:{Cluster}", inner),
            HttpStatusCode.Forbidden => new ClusterUnreachableException(Cluster, $"answers 403: {message}. Allow it by a Role or ClusterRole for the credentials of Infra:Clusters:{Cluster}", inner),
            _ when StatusText.SilentWebhook(content) is { } webhook => new ClusterUnreachableException(Cluster, $"its admission webhook \"{webhook}\" gives no answer, so the API server refuses the write: {message}", inner),
            _ when Backoff.IsTransient(code) => new ClusterUnreachableException(Cluster, $"answers {(int)code}: {message}", inner),
            _ => null,
        };
    }

    public static string Shorten(string? text) => text is null ? "" : text.Length <= 300 ? text : text[..300] + "…";

    public void Dispose() => Client.Dispose();
}
