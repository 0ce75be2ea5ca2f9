using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Execution.Settings;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Hosting;

/// <summary>Opens the engine with its host, on the store and the transport that the options ask for, and closes it with it.</summary>
internal sealed class EngineHost(Engine engine, IServiceProvider services, IOptions<WorkflowOptions> options) : IHostedService
{
    private readonly Lock gate = new();
    private IJournal? journal;
    private Task? stopped;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var clocks = services.GetService<Clocks>() ?? Clocks.System;
        var loggers = services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance;
        try
        {
            journal = await JournalOpener.OpenAsync(options.Value, clocks, loggers, cancellationToken);
            var transport = TransportOpener.Open(options.Value, clocks, loggers);
            var server = new EngineServer(journal, transport, clocks, options.Value, Executor.ThreadPool, services, loggers, ended: engine.Ended);
            await engine.OpenAsync(server, cancellationToken);
        }
        catch
        {
            await CloseAsync();
            throw;
        }
    }

    // A signal and whoever waits for the shutdown may both ask.
    public Task StopAsync(CancellationToken cancellationToken)
    {
        lock (gate) return stopped ??= StopOnceAsync(cancellationToken);
    }

    private async Task StopOnceAsync(CancellationToken cancellationToken)
    {
        try
        {
            await engine.DrainAsync(cancellationToken);
        }
        finally
        {
            await CloseAsync();
        }
    }

    private async Task CloseAsync()
    {
        await engine.CloseAsync();
        if (journal is { } open) await open.DisposeAsync();
        journal = null;
    }
}
