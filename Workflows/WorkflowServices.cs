using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orchestrator.Workflows.Bus;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Tasks;

namespace Orchestrator.Workflows;

/// <summary>Registers the engine and what it runs.</summary>
public static class WorkflowServices
{
    /// <summary>
    /// Adds <see cref="Engine"/> with its journal, bus and worker, opened and closed by the host, <see cref="BusDesk"/>, and the
    /// <see cref="ActivityCatalog"/> of what <see cref="AddActivity"/> registered. Takes <see cref="Clocks"/> and
    /// <see cref="RunbookSource"/> from the services when they are registered.
    /// </summary>
    public static IServiceCollection AddWorkflows(this IServiceCollection services, Action<WorkflowOptions>? configure = null)
    {
        services.AddOptions<WorkflowOptions>().Configure(configure ?? (_ => { })).ValidateOnStart();
        services.TryAddSingleton<IValidateOptions<WorkflowOptions>, WorkflowOptionsValidator>();
        services.TryAddSingleton<ActivityRegistry>();
        services.TryAddSingleton(provider => new ActivityCatalog(provider.GetRequiredService<ActivityRegistry>().Infos));
        services.TryAddSingleton<Engine>();
        services.TryAddSingleton<BusDesk>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, EngineHost>());
        return services;
    }

    /// <summary>Makes an activity known under its dotted name; each attempt gets an instance of its own, from a scope of its own.</summary>
    /// <param name="name">As runbooks name it: lower-case words joined by dots, as in <c>cluster.shift</c>.</param>
    /// <param name="title">For people: what a step of this activity does.</param>
    public static IServiceCollection AddActivity<TActivity, TArguments, TResult>(
        this IServiceCollection services, string name, string title, Effect effect, string? description = null)
        where TActivity : class, IActivity<TArguments, TResult>
        => services.AddSingleton<RegisteredActivity>(_ => new RegisteredActivity<TActivity, TArguments, TResult>(
            name, () => new ActivityInfo(name, title, effect, ActivitySchema.Of(typeof(TArguments)), ActivitySchema.Of(typeof(TResult))) { Description = description }));
}
