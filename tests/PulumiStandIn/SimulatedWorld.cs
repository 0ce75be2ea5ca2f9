using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Fleet.Clock;
using Orchestrator.Infra;
using Orchestrator.Infra.Alibaba.Signing;
using Orchestrator.Infra.Provisioning;
using Orchestrator.Infra.Provisioning.State;
using Orchestrator.Infra.Settings;

namespace Orchestrator.PulumiStandIn;

/// <summary>Resources at a simulated cloud, by its OpenAPI and the clusters of the kubeconfig that the driver gave.</summary>
internal static class SimulatedWorld
{
    public static StackEngine Open(Script script, Backend backend)
    {
        var services = new ServiceCollection();
        services.AddSingleton(EnvironmentClock.StartingNow(script.Speed));
        services.AddSingleton<IStackStates>(new FolderStates(backend.Root, TimeProvider.System));
        services.AddSingleton<CredentialSource>(new StaticCredentials(new Credential(script.AccessKey, script.AccessSecret)));
        services.AddInfra(options =>
        {
            options.StateDirectory = backend.Root;
            options.Pulumi.Engine = StackEngineKind.Embedded;
            options.Alibaba.Endpoints["*"] = new Uri(script.Cloud);
            options.Metrics.Scrape.Add(new Uri(new Uri(script.Cloud), "stats/prometheus").ToString());
            if (Environment.GetEnvironmentVariable("KUBECONFIG")?.Split(Path.PathSeparator)[0] is { } kubeconfig)
            {
                foreach (var context in JsonNode.Parse(File.ReadAllText(kubeconfig))!["contexts"]!.AsArray())
                {
                    var name = context!["name"]!.GetValue<string>();
                    options.Clusters[name] = new ClusterEndpoint { Kubeconfig = kubeconfig, Context = name };
                }
            }
        });
        // The process ends with the operation.
        return services.BuildServiceProvider().GetRequiredService<StackEngine>();
    }
}
