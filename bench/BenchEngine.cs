using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Execution.Runs;
using Orchestrator.Workflows.Execution.Settings;
using Orchestrator.Workflows.Hosting;
using Orchestrator.Workflows.Language.Reading;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Bench;

internal sealed record Nothing;

internal sealed class NoOp : IActivity<Nothing, Nothing>
{
    private static readonly Task<Nothing> done = Task.FromResult(new Nothing());

    public Task<Nothing> ExecuteAsync(Nothing arguments, TaskContext context, CancellationToken cancellationToken) => done;
}

/// <summary>Says when the activity of a run began to execute.</summary>
internal sealed class Marks
{
    private readonly ConcurrentDictionary<RunId, TaskCompletionSource<long>> expected = new();

    /// <summary>Completes with the timestamp.</summary>
    public Task<long> Expect(RunId run) =>
        (expected[run] = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void Set(RunId run)
    {
        if (expected.TryRemove(run, out var mark)) mark.SetResult(Stopwatch.GetTimestamp());
    }
}

internal sealed class Mark(Marks marks) : IActivity<Nothing, Nothing>
{
    public Task<Nothing> ExecuteAsync(Nothing arguments, TaskContext context, CancellationToken cancellationToken)
    {
        marks.Set(context.Run);
        return Task.FromResult(arguments);
    }
}

/// <summary>An engine as it is configured by default, in memory, on a folder of its own or on a store, with a no-op activity.</summary>
internal sealed class BenchEngine : IAsyncDisposable
{
    private readonly ServiceProvider services;
    private readonly string? folder;

    private BenchEngine(ServiceProvider services, string? folder)
    {
        this.services = services;
        this.folder = folder;
        Engine = services.GetRequiredService<Engine>();
    }

    public Engine Engine { get; }

    public Marks Marks => services.GetRequiredService<Marks>();

    /// <param name="log">Null: nothing is logged.</param>
    public static Task<BenchEngine> OpenAsync(bool durable, ILoggerFactory? log = null)
    {
        // Turns are marked in any case, as a server does.
        var folder = Directory.CreateTempSubdirectory("orchestrator-bench-").FullName;
        return OpenAsync(options => (options.DataDirectory, options.Marks) = (durable ? folder : null, folder), folder, log);
    }

    public static Task<BenchEngine> OpenAsync(PostgresStore store) => OpenAsync(options => options.Store = store.ConnectionString, folder: null);

    public static Task<BenchEngine> OpenAsync(Action<WorkflowOptions> configure) => OpenAsync(configure, folder: null);

    private static async Task<BenchEngine> OpenAsync(Action<WorkflowOptions> configure, string? folder, ILoggerFactory? log = null)
    {
        var collection = new ServiceCollection();
        if (log is not null) collection.AddSingleton(log);
        var services = collection
            .AddWorkflows(configure)
            .AddSingleton<Marks>()
            // A run that another process began is read from the journal.
            .AddSingleton(provider => new RunbookSource((_, _) => ValueTask.FromResult<Runbook?>(null), text => Read(provider, text)))
            .AddActivity<NoOp, Nothing, Nothing>("bench.noop", "Do nothing", Effect.None)
            .AddActivity<Mark, Nothing, Nothing>("bench.mark", "Say that it is executed", Effect.None)
            .BuildServiceProvider();
        foreach (var hosted in services.GetServices<IHostedService>()) await hosted.StartAsync(default);
        return new BenchEngine(services, folder);
    }

    public Runbook Read(string yaml) => Read(services, yaml);

    private static Runbook Read(IServiceProvider services, string yaml)
    {
        var read = new RunbookReader(services.GetRequiredService<ActivityCatalog>()).Read("bench.yaml", yaml);
        return read.Runbook ?? throw new InvalidOperationException($"The bench's runbook does not read: {string.Join("; ", read.Diagnostics)}");
    }

    public async Task<RunId> StartAsync(Runbook runbook, JsonElement inputs) =>
        (await Engine.StartAsync(new StartRequest(runbook, inputs, "bench"))).Run;

    public async ValueTask DisposeAsync()
    {
        foreach (var hosted in services.GetServices<IHostedService>()) await hosted.StopAsync(default);
        await services.DisposeAsync();
        if (folder is not null) Directory.Delete(folder, recursive: true);
    }
}
