using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orchestrator.Fleet.Clock;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Files;
using Orchestrator.Infra;
using Orchestrator.Infra.Alibaba.Signing;
using Orchestrator.Infra.Clusters;
using Orchestrator.Infra.Settings;
using Orchestrator.Simulator;
using Orchestrator.Simulator.Serving;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Execution.Runs;
using Orchestrator.Workflows.Hosting;
using Orchestrator.Workflows.Language.Inputs;
using Orchestrator.Workflows.Language.Reading;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Rules;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Activities.Tests;

/// <summary>A whole night in this process: simulated cloud, engine with its journal in memory, activities, and people who approve.</summary>
internal sealed class TestEnvironment : IAsyncDisposable
{
    private static readonly DateTimeOffset Evening = DateTimeOffset.Parse("2026-11-10T18:00:00+08:00");

    private readonly ServiceProvider _services;
    private readonly string _folder;
    private readonly CancellationTokenSource _stopping = new();
    private Task _people = Task.CompletedTask;

    private TestEnvironment(SimulatedCloud cloud, EnvironmentClock clock, ServiceProvider services, string folder) =>
        (Cloud, Clock, _services, _folder) = (cloud, clock, services, folder);

    public SimulatedCloud Cloud { get; }

    public EnvironmentClock Clock { get; }

    public IServiceProvider Services => _services;

    public Engine Engine => _services.GetRequiredService<Engine>();

    /// <param name="speed">Of the environment clock against the wall's.</param>
    /// <param name="delays">Multiplies the cloud's own delays.</param>
    public static async Task<TestEnvironment> OpenAsync(FleetDefinition? fleet = null, double speed = 3600, double delays = 1, DateTimeOffset? start = null, bool people = true)
    {
        fleet ??= Repository.DemoFleet;
        var cancellationToken = TestContext.Current.CancellationToken;
        var clock = EnvironmentClock.StartingNow(speed, start ?? Evening);
        var cloud = await SimulatedCloud.StartAsync(new SimulatedCloudOptions { Fleet = fleet, EnvironmentClock = clock, Delays = delays }, cancellationToken);
        var folder = Directory.CreateTempSubdirectory("orchestrator-").FullName;
        var services = new ServiceCollection().AddLogging();
        services.AddSingleton(clock);
        services.AddSingleton(new Clocks(clock, TimeProvider.System));
        services.AddSingleton(fleet);
        services.AddSingleton(Repository.Profiles);
        services.AddSingleton(provider => new RunbookSource(
            (name, _) => ValueTask.FromResult(Library.Find(name) is { } file ? Reader(provider).Read(file.File, file.Text).Runbook : null),
            source => Reader(provider).Read("journal", source).Runbook!));
        services.AddSingleton<CredentialSource>(new StaticCredentials(new Credential(SimulatedAccessKey.Standard.Id, SimulatedAccessKey.Standard.Secret)));
        services.AddInfra(options =>
        {
            options.Cloud = cloud.BaseAddress;
            options.Metrics.Scrape.Add(new Uri(cloud.BaseAddress, "stats/prometheus").ToString());
            options.Alibaba.Endpoints["*"] = cloud.BaseAddress;
            options.StateDirectory = folder;
            options.LoadTest.Url = new Uri("http://trade.example.com/");
            foreach (var cluster in fleet.Clusters)
            {
                options.Clusters[cluster.Id] = new ClusterEndpoint();
            }
        });
        services.AddWorkflows();
        services.AddActivities();
        var environment = new TestEnvironment(cloud, clock, services.BuildServiceProvider(), folder);
        foreach (var service in environment._services.GetServices<IHostedService>())
        {
            await service.StartAsync(cancellationToken);
        }

        if (people)
        {
            environment._people = environment.ApproveAsync();
        }

        return environment;
    }

    public static Runbook Read(IServiceProvider services, string name)
    {
        var reading = Reader(services).ReadFile(Path.Combine(Repository.Runbooks, $"{name}.yaml"));
        return reading.Runbook ?? throw new InvalidOperationException(string.Join(Environment.NewLine, reading.Diagnostics));
    }

    public Task<RunId> StartAsync(string runbook, object? inputs = null) => StartAsync(Read(_services, runbook), inputs);

    /// <summary>Runs a runbook that ships to its end. An incident fails the test with its error.</summary>
    /// <param name="pausedIsFine">The incidents of other runs are part of the test.</param>
    public async Task<RunSummary> RunAsync(string runbook, object? inputs = null, bool pausedIsFine = false) =>
        await EndAsync(await StartAsync(runbook, inputs), pausedIsFine);

    /// <summary>Runs a runbook of the test's own.</summary>
    public async Task<RunSummary> RunTextAsync(string text) => await EndAsync(await StartTextAsync(text), false);

    /// <summary>Starts a runbook of the test's own.</summary>
    public Task<RunId> StartTextAsync(string text)
    {
        var reading = Reader(_services).Read("test.yaml", text);
        return StartAsync(reading.Runbook ?? throw new InvalidOperationException(string.Join(Environment.NewLine, reading.Diagnostics)), null);
    }

    /// <summary>Every batch cluster as its API shows it now.</summary>
    public async Task<IReadOnlyList<ClusterSurvey>> SurveyAsync()
    {
        var surveys = new List<ClusterSurvey>();
        var fleet = _services.GetRequiredService<FleetDefinition>();
        foreach (var cluster in fleet.Clusters.Where(cluster => cluster.Kind == ClusterKind.Batch))
        {
            surveys.Add(await _services.GetRequiredService<FleetInventory>().Find(cluster.Id)!.SurveyAsync(TestContext.Current.CancellationToken));
        }

        return surveys;
    }

    private async Task<RunId> StartAsync(Runbook runbook, object? inputs)
    {
        var bound = InputBinder.Bind(runbook, inputs is null ? null : JsonSerializer.SerializeToElement(inputs));
        Assert.Empty(bound.Diagnostics);
        var started = await Engine.StartAsync(new StartRequest(runbook, bound.Inputs, "carol"), TestContext.Current.CancellationToken);
        Assert.Null(started.Refusal);
        return started.Run;
    }

    private async Task<RunSummary> EndAsync(RunId run, bool pausedIsFine)
    {
        using var incident = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var ended = Engine.WhenEndedAsync(run, incident.Token);
        Task unavailable = pausedIsFine ? ended : WhenAsync<IncidentOpened>(_ => true, incident.Token);
        if (await Task.WhenAny(ended, unavailable) is Task<IncidentOpened> opened)
        {
            var (path, error) = await opened;
            Assert.Fail($"{path}: {error.Code}: {error.Message}");
        }

        var summary = await ended;
        await incident.CancelAsync();
        return summary;
    }

    /// <summary>The first event of a kind, past or to come, of any run.</summary>
    public async Task<TEvent> WhenAsync<TEvent>(Func<TEvent, bool> which, CancellationToken cancellationToken)
        where TEvent : RunEvent
    {
        await foreach (var entry in Engine.WatchAsync(0, cancellationToken: cancellationToken))
        {
            if (entry.Events.OfType<TEvent>().FirstOrDefault(which) is { } found)
            {
                return found;
            }
        }

        throw new OperationCanceledException(cancellationToken);
    }

    public async Task<ImmutableArray<FleetFact>> FactsAsync()
    {
        var facts = ImmutableArray.CreateBuilder<FleetFact>();
        await foreach (var recorded in Engine.FactsAsync(0, tree: null, TestContext.Current.CancellationToken))
        {
            facts.Add(WorkflowJson.FromElement<FleetFact>(recorded.Fact));
        }

        return facts.ToImmutable();
    }

    /// <summary>What a step completed with.</summary>
    public async Task<JsonElement> ResultAsync(RunId run, string path)
    {
        await foreach (var entry in Engine.ReadAsync(run, 0, TestContext.Current.CancellationToken))
        {
            if (entry.Events.OfType<StepCompleted>().FirstOrDefault(step => step.Path.Value == path) is { Result: { } result })
            {
                return result;
            }
        }

        throw new InvalidOperationException($"step {path} has not completed with a result");
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _people;
        foreach (var service in _services.GetServices<IHostedService>().Reverse())
        {
            await service.StopAsync(CancellationToken.None);
        }

        await _services.DisposeAsync();
        await Cloud.DisposeAsync();
        _stopping.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static RunbookLibrary Library { get; } = RunbookLibrary.FromFolder(Repository.Runbooks);

    private static RunbookReader Reader(IServiceProvider services) =>
        new(services.GetRequiredService<ActivityCatalog>(), services.GetServices<IRunbookRule>(), Library);

    private async Task ApproveAsync()
    {
        try
        {
            await foreach (var entry in Engine.WatchAsync(0, cancellationToken: _stopping.Token))
            {
                foreach (var asked in entry.Events.OfType<ApprovalRequested>())
                {
                    await Engine.RequestAsync(entry.Run, new DecideApproval(asked.Path, "alice", ["commander"], true, "go"), _stopping.Token);
                    await Engine.RequestAsync(entry.Run, new DecideApproval(asked.Path, "bob", ["sre-lead"], true, "go"), _stopping.Token);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The night is over.
        }
    }
}
