using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Orchestrator.Workflows.Execution;

/// <summary>Opens the engine with its host, and closes it with it.</summary>
internal sealed class EngineHost(Engine engine, IServiceProvider services, IOptions<WorkflowOptions> options) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => engine.OpenAsync(services, options.Value, cancellationToken);

    public async Task StopAsync(CancellationToken cancellationToken)
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
