using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Activities.Journaling;
using Orchestrator.Fleet.Clock;
using Orchestrator.Fleet.Files;
using Orchestrator.Infra;
using Orchestrator.Infra.Alibaba.Signing;
using Orchestrator.Infra.Settings;
using Orchestrator.Simulator;
using Orchestrator.Simulator.Serving;
using Orchestrator.Workflows.Hosting;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Tests;

/// <summary>A simulated cloud and the activities over its drivers, without an engine: each attempt is made by the test.</summary>
internal sealed class TestCloud : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly string _folder;
    private readonly List<ServiceProvider> _others = [];

    private TestCloud(SimulatedCloud cloud, EnvironmentClock clock, FakeJournal journal, ServiceProvider services, string folder) =>
        (Cloud, Clock, Journal, _services, _folder) = (cloud, clock, journal, services, folder);

    public SimulatedCloud Cloud { get; }

    public EnvironmentClock Clock { get; }

    public FakeJournal Journal { get; }

    public IServiceProvider Services => _services;

    public static async Task<TestCloud> OpenAsync(FleetDefinition? fleet = null, double delays = 0, DateTimeOffset? start = null, double speed = 3600, Func<SimulatedCloudOptions, SimulatedCloudOptions>? with = null)
    {
        fleet ??= SmallFleet.Definition;
        var clock = EnvironmentClock.StartingNow(speed, start ?? DateTimeOffset.Parse("2026-11-10T18:00:00+08:00"));
        var settings = new SimulatedCloudOptions { Fleet = fleet, EnvironmentClock = clock, Delays = delays };
        var cloud = await SimulatedCloud.StartAsync(with?.Invoke(settings) ?? settings, TestContext.Current.CancellationToken);
        var folder = Directory.CreateTempSubdirectory("orchestrator-").FullName;
        var journal = new FakeJournal();
        return new TestCloud(cloud, clock, journal, Build(cloud, fleet, clock, journal, folder, metrics => metrics.Scrape.Add(new Uri(cloud.BaseAddress, "stats/prometheus").ToString())), folder);
    }

    /// <summary>The same with other metrics than those of the cloud's own gateway.</summary>
    public IServiceProvider WithMetrics(Action<MetricsOptions> metrics)
    {
        var services = Build(Cloud, _services.GetRequiredService<FleetDefinition>(), Clock, Journal, _folder, metrics);
        _others.Add(services);
        return services;
    }

    private static ServiceProvider Build(SimulatedCloud cloud, FleetDefinition fleet, EnvironmentClock clock, FakeJournal journal, string folder, Action<MetricsOptions> metrics)
    {
        var services = new ServiceCollection().AddLogging();
        services.AddSingleton(clock).AddSingleton(fleet).AddSingleton(Repository.Profiles);
        services.AddSingleton<CredentialSource>(new StaticCredentials(new Credential(SimulatedAccessKey.Standard.Id, SimulatedAccessKey.Standard.Secret)));
        services.AddInfra(options =>
        {
            options.Cloud = cloud.BaseAddress;
            metrics(options.Metrics);
            options.Alibaba.Endpoints["*"] = cloud.BaseAddress;
            options.StateDirectory = folder;
            options.LoadTest.Url = new Uri("http://trade.example.com/");
            foreach (var cluster in fleet.Clusters)
            {
                options.Clusters[cluster.Id] = new ClusterEndpoint();
            }
        });
        services.AddWorkflows().AddActivities();
        services.AddSingleton(new FleetFacts(journal.ReadAsync));
        return services.BuildServiceProvider();
    }

    public FakeTask ATask(string path, int attempt = 1) => new(Journal, Clock, path, attempt);

    public Task<TResult> RunAsync<TActivity, TArguments, TResult>(TArguments arguments, TaskContext task)
        where TActivity : IActivity<TArguments, TResult> => RunAsync<TActivity, TArguments, TResult>(_services, arguments, task);

    public static Task<TResult> RunAsync<TActivity, TArguments, TResult>(IServiceProvider services, TArguments arguments, TaskContext task)
        where TActivity : IActivity<TArguments, TResult> =>
        ActivatorUtilities.CreateInstance<TActivity>(services).ExecuteAsync(arguments, task, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        foreach (var services in _others)
        {
            await services.DisposeAsync();
        }

        await _services.DisposeAsync();
        await Cloud.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>A fleet small enough to count by hand.</summary>
internal static class SmallFleet
{
    public static FleetDefinition Definition { get; } = FleetFileReader.Read("small.yaml", """
        fleet: small
        currency: CNY
        traffic: { "00:00": 1000, "01:30": 500, "18:00": 400 }
        clusters:
          - id: lend
            kind: batch
            region: cn-hangzhou
            zones: [cn-hangzhou-h]
            costPerNodeHour: 6.40
            pools:
              - { name: compute, model: d96, cpuMilli: 96000, memoryMiB: 393216, nodes: { prefix: n-, count: 6 } }
            demand:
              onlineCpuMilli: { "00:00": 60000 }
              batchCpuMilli: { "00:00": 200000 }
              onlineMemoryMiB: { "00:00": 100000 }
              batchMemoryMiB: { "00:00": 400000 }
        """) is { Value: { } fleet } ? fleet : throw new InvalidOperationException("the small fleet does not read");
}
