using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Execution.Runs;
using Orchestrator.Workflows.Execution.Settings;
using Orchestrator.Workflows.Hosting;
using Orchestrator.Workflows.Language.Reading;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Tests.Execution;

/// <summary>An engine with the tests' activities, in memory or on a home of its journal: a folder, or a store's connection string.</summary>
internal sealed class EngineHarness : IAsyncDisposable
{
    public static readonly TimeSpan WaitLimit = TimeSpan.FromMinutes(2);

    private readonly ServiceProvider services;

    private EngineHarness(ActivityControl control, Clocks clocks, Action<WorkflowOptions> configure)
    {
        ActivityControl = control;
        services = new ServiceCollection()
            .AddWorkflows(configure)
            .AddSingleton(control)
            .AddSingleton(clocks)
            .AddSingleton(new RunbookSource((name, _) => ValueTask.FromResult(control.Children.GetValueOrDefault(name)), text => Read(text)))
            .AddActivity<EchoActivity, EchoArguments, EchoArguments>("test.echo", "Say it", Effect.None)
            .AddActivity<GateActivity, GateArguments, GateArguments>("test.gate", "Wait at a gate", Effect.None)
            .AddActivity<FailActivity, NoArguments, NoArguments>("test.fail", "Fail", Effect.None)
            .AddActivity<FactActivity, NoArguments, FactResult>("test.fact", "Record a fact", Effect.None)
            .BuildServiceProvider();
        Engine = services.GetRequiredService<Engine>();
    }

    public ActivityControl ActivityControl { get; }

    public Engine Engine { get; }

    public static async Task<EngineHarness> OpenAsync(string? home = null, ActivityControl? control = null, Clocks? clocks = null, Action<WorkflowOptions>? configure = null)
    {
        var harness = new EngineHarness(control ?? new ActivityControl(), clocks ?? Clocks.System, options =>
        {
            KeepIn(options, home);
            configure?.Invoke(options);
        });
        foreach (var hosted in harness.services.GetServices<IHostedService>()) await hosted.StartAsync(CancellationToken.None);
        return harness;
    }

    /// <summary>The journal of a home that no engine has open.</summary>
    public static Task<IJournal> OpenJournalAsync(string home)
    {
        var options = new WorkflowOptions();
        KeepIn(options, home);
        return JournalOpener.OpenAsync(options, Clocks.System, NullLoggerFactory.Instance, CancellationToken.None);
    }

    public Runbook Read(string yaml)
    {
        var library = new RunbookLibrary(ActivityControl.Children.Select(child => KeyValuePair.Create(child.Key, new RunbookFile($"{child.Key}.yaml", child.Value.Source))));
        var reading = new RunbookReader(services.GetRequiredService<ActivityCatalog>(), library: library).Read("test.yaml", yaml);
        Assert.True(reading.IsValid, string.Join('\n', reading.Diagnostics));
        return reading.Runbook!;
    }

    public void Publish(string yaml)
    {
        var runbook = Read(yaml);
        ActivityControl.Children[runbook.Name] = runbook;
    }

    public Task<RunId> StartAsync(string yaml, object? inputs = null, RunId? id = null) => StartAsync(Read(yaml), inputs, id);

    public async Task<RunId> StartAsync(Runbook runbook, object? inputs = null, RunId? id = null)
    {
        var started = await Engine.StartAsync(new StartRequest(runbook, JsonSerializer.SerializeToElement(inputs ?? new { }), "alice") { Id = id });
        Assert.Null(started.Refusal);
        return started.Run;
    }

    public Task<RunSummary> EndOf(RunId run) => Engine.WhenEndedAsync(run).WaitAsync(WaitLimit);

    /// <summary>Waits until the run's journal holds an event.</summary>
    public async Task<T> SeeAsync<T>(RunId run, Func<T, bool>? which = null) where T : RunEvent
    {
        using var waitLimit = new CancellationTokenSource(WaitLimit);
        await foreach (var entry in Engine.WatchAsync(0, run, waitLimit.Token))
        {
            foreach (var happened in entry.Events)
            {
                if (happened is T wanted && (which is null || which(wanted))) return wanted;
            }
        }

        throw new InvalidOperationException("A watch ends only with its token.");
    }

    /// <summary>Waits until the run is held as a whole, and gives why.</summary>
    public async Task<StepError> UntilHeldAsync(RunId run) => (await SeeAsync<IncidentOpened>(run, opened => opened.Path.IsRoot)).Error;

    public async Task<List<RunEvent>> EventsOf(RunId run)
    {
        var events = new List<RunEvent>();
        await foreach (var entry in Engine.ReadAsync(run)) events.AddRange(entry.Events);
        return events;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var hosted in services.GetServices<IHostedService>().Reverse()) await hosted.StopAsync(CancellationToken.None);
        await services.DisposeAsync();
    }

    private static void KeepIn(WorkflowOptions options, string? home)
    {
        if (home?.StartsWith("Host=", StringComparison.Ordinal) is true) options.Store = home;
        else options.DataDirectory = home;
    }
}

/// <summary>A folder that goes with its test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("orchestrator-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
