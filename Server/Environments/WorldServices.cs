using Orchestrator.Infra;
using Orchestrator.Infra.Alibaba.Signing;
using Orchestrator.Infra.Settings;
using Orchestrator.Server.Configuration;
using Orchestrator.Server.Files;
using Orchestrator.Simulator.Serving;

namespace Orchestrator.Server.Environments;

/// <summary>The drivers of the world, as the settings and the environment have it.</summary>
internal static class WorldServices
{
    /// <summary>Opens nothing but a simulation, and is what one expects: an environment on a simulated cloud never signs with a real key.</summary>
    private static StaticCredentials SimulatedCredentials { get; } =
        new(new Credential(SimulatedAccessKey.Standard.Id, SimulatedAccessKey.Standard.Secret) { Origin = "the simulated cloud" });

    /// <summary>Whether the simulated cloud stands for Alibaba Cloud: it does unless the settings say where Alibaba Cloud is, or who calls.</summary>
    public static bool SimulatesAlibaba(InfraOptions options, bool simulated) => simulated && options.Alibaba is { Profile: null, Endpoints.Count: 0 };

    /// <param name="port">Of this server's own API; 0: there is none.</param>
    public static IServiceCollection AddWorld(this IServiceCollection services, Settings settings, PromotionEnvironment environment, DataFolder data, int port)
    {
        services.Configure<InfraOptions>(settings.Section("Infra")).AddInfra(options => Derive(options, environment, data, port));
        if (SimulatesAlibaba(settings.Infra, environment.OnSimulatedCloud)) services.AddSingleton<CredentialSource>(SimulatedCredentials);
        return services;
    }

    /// <summary>What is not set by anybody: it follows from the command and from the environment.</summary>
    private static void Derive(InfraOptions options, PromotionEnvironment environment, DataFolder data, int port)
    {
        options.Cloud = environment.Cloud;
        if (SimulatesAlibaba(options, environment.OnSimulatedCloud)) options.Alibaba.Endpoints["*"] = new Uri(environment.Cloud!.GetLeftPart(UriPartial.Authority));
        // A source of metrics that the settings name is the one that is meant, also on a simulated cloud.
        if (environment.OnSimulatedCloud && options.Metrics is { Prometheus: null, Scrape.Count: 0 }) options.Metrics.Scrape.Add(new Uri(environment.Cloud!, "/stats/prometheus").ToString());
        // The host name of the route that the simulated gateway has from the start.
        if (environment.OnSimulatedCloud) options.LoadTest.Url ??= new Uri("http://trade.example.com/");
        options.StateDirectory = data.Path;
        options.OwnPort = port;
        foreach (var cluster in environment.Fleet.Fleet.Clusters) options.Clusters.TryAdd(cluster.Id, new ClusterEndpoint());
    }
}
