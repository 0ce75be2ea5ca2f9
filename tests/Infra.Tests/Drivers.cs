using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Fleet.Clock;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Files;
using Orchestrator.Infra.Alibaba.Signing;
using Orchestrator.Infra.Clusters;
using Orchestrator.Infra.Metrics;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Infra.Settings;
using Orchestrator.Infra.Tests.Simulator;
using Orchestrator.Infra.Traffic;
using Orchestrator.Simulator;
using Orchestrator.Simulator.Serving;

namespace Orchestrator.Infra.Tests;

/// <summary>The drivers, composed as the host composes them, against a simulated cloud in a fast night.</summary>
internal sealed class Drivers : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private Drivers(SimulatedCloud cloud, EnvironmentClock environmentClock, string directory, Action<InfraOptions>? configure)
    {
        Cloud = cloud;
        Directory = directory;
        _services = new ServiceCollection()
            .AddSingleton(environmentClock)
            .AddSingleton<CredentialSource>(new StaticCredentials(new Credential(SimulatedAccessKey.Standard.Id, SimulatedAccessKey.Standard.Secret)))
            .AddInfra(options =>
            {
                options.Cloud = cloud.BaseAddress;
                options.Metrics.Scrape.Add(new Uri(cloud.BaseAddress, "stats/prometheus").ToString());
                options.Alibaba.Endpoints["*"] = cloud.BaseAddress;
                options.StateDirectory = directory;
                options.Clusters[Clouds.Cluster] = null;
                configure?.Invoke(options);
            })
            .BuildServiceProvider();
    }

    public SimulatedCloud Cloud { get; }

    public string Directory { get; }

    public ClusterDriver Cluster => _services.GetRequiredService<FleetInventory>().Find(Clouds.Cluster)!;

    public IStacks Stacks => _services.GetRequiredService<IStacks>();

    public ITrafficRouter Router => _services.GetRequiredService<ITrafficRouter>();

    public TrafficMetrics Traffic => _services.GetRequiredService<TrafficMetrics>();

    public static ProfileSet Profiles { get; } = new(ColocationStates.All.Select(state =>
    {
        var file = Path.Combine(Root(), "Runbooks", "profiles", $"{state.Id()}.yaml");
        return ProfileReader.Read(file, File.ReadAllText(file)).Required;
    }));

    public static async Task<Drivers> StartAsync(FleetDefinition? fleet = null, double speed = 600, double delays = 1, Action<InfraOptions>? configure = null)
    {
        var environmentClock = EnvironmentClock.StartingNow(speed);
        var cloud = await Clouds.StartAsync(fleet, environmentClock, options => options with { Delays = delays });
        return new Drivers(cloud, environmentClock, NewDirectory(), configure);
    }

    public static string NewDirectory() => System.IO.Directory.CreateTempSubdirectory("orchestrator-test-").FullName;

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await Cloud.DisposeAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Orchestrator.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new DirectoryNotFoundException("no Orchestrator.sln above the test binaries");
    }
}
