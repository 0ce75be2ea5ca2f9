using System.Text.Json.Nodes;
using Orchestrator.Infra.Clusters;
using Orchestrator.Infra.Http;

namespace Orchestrator.Infra.Provisioning.Providers;

/// <summary>The providers of this installation: the cloud's API, and the clusters of the fleet by their id.</summary>
internal sealed class ProviderSet(Uri cloud, FleetInventory fleet, TimeProvider night, TimeProvider wall) : IDisposable
{
    private readonly HttpClient _http = HttpClients.Create(cloud, night, wall);

    /// <param name="package">As types begin: <c>alicloud</c>, <c>kubernetes</c>.</param>
    /// <param name="configuration">Inputs of the provider resource; for kubernetes <c>context</c> names the cluster.</param>
    /// <exception cref="ProviderException">No such package or cluster.</exception>
    public ResourceProvider Of(string package, JsonObject configuration) => package switch
    {
        "alicloud" => new CloudProvider(_http),
        "kubernetes" => new KubernetesProvider(Cluster(configuration).Connection),
        _ => throw new ProviderException("provider", $"the embedded engine has no provider for {package}", retryable: false),
    };

    public void Dispose() => _http.Dispose();

    private ClusterDriver Cluster(JsonObject configuration)
    {
        var context = configuration["context"] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
        return context is null
            ? throw new ProviderException("provider", "a kubernetes provider needs 'context', the cluster's id", retryable: false)
            : fleet.Find(context) ?? throw new ProviderException("cluster", $"there is no cluster '{context}'; there are {string.Join(", ", fleet.Clusters)}", retryable: false);
    }
}
