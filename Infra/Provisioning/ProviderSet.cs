using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using k8s;
using Orchestrator.Infra.Alibaba;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Clusters;
using Orchestrator.Infra.Provisioning.Alicloud;
using Orchestrator.Infra.Provisioning.Alicloud.Mapping;
using Orchestrator.Infra.Provisioning.Programs;
using Orchestrator.Infra.Provisioning.Providers;
using Orchestrator.Text;

namespace Orchestrator.Infra.Provisioning;

/// <summary>The providers of this installation: Alibaba Cloud by its OpenAPI, and Kubernetes: the clusters of the fleet, those of ACK, and any that a kubeconfig describes.</summary>
/// <param name="region">Of an alicloud provider that names none.</param>
internal sealed class ProviderSet(AlibabaCloud cloud, string region, FleetInventory fleet, TimeProvider environmentClock, TimeProvider systemClock) : IDisposable
{
    /// <summary>What a program may say of a provider. Credentials and endpoints are never in a program.</summary>
    private static readonly Dictionary<string, string[]> Configurable = new(StringComparer.Ordinal)
    {
        [ResourceTypes.ProviderPrefix + "alicloud"] = ["region"],
        [ResourceTypes.ProviderPrefix + "kubernetes"] = ["context", "kubeconfig"],
    };

    private readonly ConcurrentDictionary<string, Lazy<Task<ClusterConnection>>> _connections = new(StringComparer.Ordinal);

    /// <param name="package">As types begin: <c>alicloud</c>, <c>kubernetes</c>.</param>
    /// <param name="configuration">Inputs of the provider resource; for kubernetes <c>context</c> names the cluster.</param>
    /// <exception cref="ProviderException">No such package or cluster.</exception>
    public ResourceProvider Of(string package, JsonObject configuration) => package switch
    {
        "alicloud" => new AlicloudProvider(new CloudApi(cloud.Client, configuration.Text("region") ?? region)),
        "kubernetes" => new KubernetesProvider(Connect(configuration)),
        _ => throw new ProviderException("provider", $"the embedded engine has no provider for {package}", retryable: false),
    };

    /// <summary>Inputs that would have to be left out; who builds a stack is told before anything is made.</summary>
    public static IEnumerable<Diagnostic> Check(StackProgram program)
    {
        foreach (var (resource, property) in program.Resources.SelectMany(resource => resource.Properties.Select(property => (resource, property))))
        {
            if (AlicloudProvider.Types.TryGetValue(resource.Type, out var type) && !type.Inputs.Contains(property.Key))
            {
                yield return new Diagnostic(
                    program.File, property.Value.Position, Severity.Error, "input",
                    $"the embedded engine does not pass '{property.Key}' of {resource.Type} on; it passes {string.Join(", ", type.Inputs.Order(StringComparer.Ordinal))}");
            }

            if (Configurable.TryGetValue(resource.Type, out var known) && !known.Contains(property.Key))
            {
                yield return new Diagnostic(
                    program.File, property.Value.Position, Severity.Error, "input",
                    $"the embedded engine takes no '{property.Key}' from a program, only {string.Join(" and ", known)}; give credentials by the environment or Infra:Alibaba:Profile, endpoints by Infra:Alibaba:Endpoints");
            }
        }
    }

    public void Dispose()
    {
        foreach (var made in _connections.Values.Where(made => made is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }))
        {
            made.Value.Result.Dispose();
        }
    }

    private Func<CancellationToken, Task<ClusterConnection>> Connect(JsonObject configuration)
    {
        if (configuration.Text("kubeconfig") is { } text)
        {
            var context = configuration.Text("context");
            return _ => KeptAsync($"{text}\n{context}", () => Task.FromResult(Open("of the program's kubeconfig", text, context)));
        }

        var name = configuration.Text("context") ?? throw new ProviderException("provider", "a kubernetes provider needs 'context', the cluster's id, or 'kubeconfig'", retryable: false);
        return fleet.Find(name) is { } driver
            ? _ => Task.FromResult(driver.Connection)
            : cancellationToken => KeptAsync(name, async () => Open(name, await KubeconfigAsync(name, cancellationToken), null));
    }

    /// <summary>A cluster that is none of the fleet's may be one that a stack made.</summary>
    private Task<string> KubeconfigAsync(string cluster, CancellationToken cancellationToken) => AlicloudProvider.GuardedAsync(async () =>
    {
        try
        {
            return await cloud.Ack(region).DescribeKubeconfigAsync(cluster, privateAddress: true, cancellationToken);
        }
        catch (ApiException e) when (e.Kind == ApiErrorKind.NotFound)
        {
            throw new ProviderException("cluster", $"there is no cluster '{cluster}', neither in the fleet ({string.Join(", ", fleet.Clusters)}) nor at ACK", retryable: false, e);
        }
    });

    /// <summary>A connection that could not be made is tried again by whoever comes next.</summary>
    private async Task<ClusterConnection> KeptAsync(string key, Func<Task<ClusterConnection>> open)
    {
        var made = _connections.GetOrAdd(key, _ => new Lazy<Task<ClusterConnection>>(open));
        try
        {
            return await made.Value;
        }
        catch
        {
            _connections.TryRemove(KeyValuePair.Create(key, made));
            throw;
        }
    }

    private ClusterConnection Open(string cluster, string kubeconfig, string? context)
    {
        try
        {
            using var stream = new MemoryStream(Encoding.UTF8.GetBytes(kubeconfig));
            return new ClusterConnection(cluster, KubernetesClientConfiguration.BuildConfigFromConfigObject(KubernetesClientConfiguration.LoadKubeConfig(stream), context), environmentClock, systemClock);
        }
        catch (Exception e) when (e is k8s.Exceptions.KubeConfigException or YamlDotNet.Core.YamlException or UriFormatException)
        {
            throw new ProviderException("kubeconfig", $"the kubeconfig of cluster {cluster} cannot be used: {e.Message}", retryable: false, e);
        }
    }
}
