using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Orchestrator.Workflows.Execution;

/// <summary>Opens the engine with its host, and closes it with it.</summary>
internal sealed class EngineHost(Engine engine, IServiceProvider services, IOptions<WorkflowOptions> options) : IHostedService
{
    private readonly Lock gate = new();
    private Task? stopped;

    public Task StartAsync(CancellationToken cancellationToken) => engine.OpenAsync(services, options.Value, cancellationToken);

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
            await engine.CloseAsync();
        }
    }
}
