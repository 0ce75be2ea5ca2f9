using k8s;
using k8s.Exceptions;
using Orchestrator.Infra.Http;
using Orchestrator.Infra.Settings;
using YamlDotNet.Core;

namespace Orchestrator.Infra.Clusters;

/// <summary>How a cluster is reached: an address, a context of a kubeconfig (with what its plugin gives), or the service account of the pod that this server runs in.</summary>
internal static class ClusterAccess
{
    /// <summary>What the files of a pod say is missing outside of one.</summary>
    private const string NotInCluster = "InCluster is set, and this server does not run in a pod with a service account (no KUBERNETES_SERVICE_HOST, or no token at /var/run/secrets/kubernetes.io/serviceaccount)";

    /// <summary>Makes the client's configuration. A plugin of the kubeconfig runs here.</summary>
    /// <exception cref="ClusterUnreachableException">The kubeconfig cannot be used, or its plugin gives no credential; another try looks again.</exception>
    public static KubernetesClientConfiguration Of(string cluster, ClusterEndpoint? endpoint, Uri? cloud)
    {
        if (endpoint is { InCluster: true })
        {
            return KubernetesClientConfiguration.IsInCluster() ? KubernetesClientConfiguration.InClusterConfig() : throw new ClusterUnreachableException(cluster, NotInCluster);
        }

        if (endpoint?.Kubeconfig is { } file)
        {
            if (Diagnose(file, endpoint.Context) is { } diagnostic)
            {
                throw new ClusterUnreachableException(cluster, diagnostic);
            }

            try
            {
                return KubernetesClientConfiguration.BuildConfigFromConfigFile(file, endpoint.Context);
            }
            catch (Exception e) when (e is KubeConfigException or YamlException or IOException or UriFormatException or InvalidOperationException or System.ComponentModel.Win32Exception or System.Security.Cryptography.CryptographicException or System.Text.Json.JsonException)
            {
                var plugin = PluginOf(file, endpoint.Context);
                throw new ClusterUnreachableException(
                    cluster,
                    plugin is null
                        ? $"kubeconfig '{file}' cannot be used: {e.Message}"
                        : $"the credential plugin '{plugin}' of kubeconfig '{file}' gave no credential: {e.Message}. Run it by hand as this server's user, and see that it is installed and signed in",
                    e);
            }
        }

        var server = Direct(cluster, endpoint, cloud) ?? throw new InvalidOperationException($"cluster {cluster} has no address");
        return new KubernetesClientConfiguration { Host = HttpClients.WithSlash(server).ToString(), AccessToken = endpoint?.Token };
    }

    /// <summary>Where the API server is, without running anything; null when the settings do not tell.</summary>
    public static Uri? AddressOf(string cluster, ClusterEndpoint? endpoint, Uri? cloud)
    {
        if (endpoint is { InCluster: true })
        {
            return KubernetesClientConfiguration.IsInCluster() ? new Uri(KubernetesClientConfiguration.InClusterConfig().Host) : null;
        }

        if (endpoint?.Kubeconfig is not { } file)
        {
            return Direct(cluster, endpoint, cloud);
        }

        if (Diagnose(file, endpoint.Context) is not null)
        {
            return null;
        }

        var loaded = KubernetesClientConfiguration.LoadKubeConfig(file);
        var context = loaded.Contexts.First(one => one.Name == (endpoint.Context ?? loaded.CurrentContext));
        var server = loaded.Clusters.First(one => one.Name == context.ContextDetails.Cluster).ClusterEndpoint?.Server;
        return Uri.TryCreate(server, UriKind.Absolute, out var address) ? address : null;
    }

    private static Uri? Direct(string cluster, ClusterEndpoint? endpoint, Uri? cloud) =>
        endpoint?.Server ?? (cloud is null ? null : new Uri(HttpClients.WithSlash(cloud), $"clusters/{Uri.EscapeDataString(cluster)}/"));

    /// <summary>What is wrong with a kubeconfig, without running anything; null: nothing that can be seen.</summary>
    public static string? Diagnose(string file, string? context)
    {
        if (!File.Exists(file))
        {
            return $"there is no kubeconfig '{file}'";
        }

        try
        {
            var loaded = KubernetesClientConfiguration.LoadKubeConfig(file);
            var contexts = (loaded.Contexts ?? []).Select(one => one.Name).ToList();
            var wanted = context ?? loaded.CurrentContext;
            return wanted switch
            {
                null or "" => $"kubeconfig '{file}' has no current context; name one of its contexts in Context: {Listed(contexts)}",
                _ when !contexts.Contains(wanted) => $"kubeconfig '{file}' has no context '{wanted}'; it has {Listed(contexts)}",
                _ when loaded.Contexts!.First(one => one.Name == wanted).ContextDetails?.Cluster is not { } named || !(loaded.Clusters ?? []).Any(one => one.Name == named) =>
                    $"context '{wanted}' of kubeconfig '{file}' names a cluster that the file does not have",
                _ => null,
            };
        }
        catch (Exception e) when (e is YamlException or KubeConfigException or IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return $"kubeconfig '{file}' cannot be read: {e.Message}";
        }
    }

    private static string? PluginOf(string file, string? context)
    {
        var loaded = KubernetesClientConfiguration.LoadKubeConfig(file);
        var user = loaded.Contexts.FirstOrDefault(one => one.Name == (context ?? loaded.CurrentContext))?.ContextDetails?.User;
        return loaded.Users?.FirstOrDefault(one => one.Name == user)?.UserCredentials?.ExternalExecution?.Command;
    }

    private static string Listed(List<string> contexts) => contexts.Count == 0 ? "none" : string.Join(", ", contexts.Select(name => $"'{name}'"));
}
