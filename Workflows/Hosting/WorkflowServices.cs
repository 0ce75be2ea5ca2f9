using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Execution.Runs;
using Orchestrator.Workflows.Execution.Settings;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Hosting;

/// <summary>Registers the engine and what it runs.</summary>
public static class WorkflowServices
{
    /// <summary>
    /// Adds <see cref="Engine"/> with its journal, bus and worker, opened and closed by the host, <see cref="BusAdmin"/>, <see cref="FactReader"/>, and the
    /// <see cref="ActivityCatalog"/> of what <see cref="ActivityServices.AddActivity"/> registered. Takes <see cref="Clocks"/> and
    /// <see cref="RunbookSource"/> from the services when they are registered.
    /// </summary>
    public static IServiceCollection AddWorkflows(this IServiceCollection services, Action<WorkflowOptions>? configure = null)
    {
        services.AddOptions<WorkflowOptions>().Configure(configure ?? (_ => { })).ValidateOnStart();
        services.TryAddSingleton<IValidateOptions<WorkflowOptions>, WorkflowOptionsValidator>();
        services.TryAddSingleton<ActivityRegistry>();
        services.TryAddSingleton(provider => new ActivityCatalog(provider.GetRequiredService<ActivityRegistry>().Infos));
        services.TryAddSingleton<Engine>();
        services.TryAddSingleton<BusAdmin>();
        services.TryAddSingleton<FactReader>(provider => (after, cancellationToken) => provider.GetRequiredService<Engine>().FactsAsync(after, tree: null, cancellationToken));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, EngineHost>());
        return services;
    }
}
