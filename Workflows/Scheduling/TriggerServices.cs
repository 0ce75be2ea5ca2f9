using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orchestrator.Workflows.Execution.Runs;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Scheduling.Policy;
using Orchestrator.Workflows.Scheduling.Store;

namespace Orchestrator.Workflows.Scheduling;

/// <summary>Registers schedules and, where they are to fire, the scheduler.</summary>
public static class TriggerServices
{
    /// <summary>
    /// Adds <see cref="Schedules"/> and <see cref="ScheduleAdmin"/>; nothing of them is opened before it is needed. Needs a
    /// <see cref="TriggerSource"/> among the services.
    /// </summary>
    public static IServiceCollection AddTriggers(this IServiceCollection services, Action<TriggerOptions> configure)
    {
        services.AddOptions<TriggerOptions>().Configure(configure).ValidateOnStart();
        services.TryAddSingleton<IValidateOptions<TriggerOptions>, TriggerOptionsValidator>();
        services.AddSingleton(provider => new ScheduleStore(
            provider.GetRequiredService<IOptions<TriggerOptions>>(), provider.GetRequiredService<TriggerSource>(), provider.GetRequiredService<Clocks>()));
        services.AddSingleton(provider => new Schedules(
            provider.GetRequiredService<ScheduleStore>(), provider.GetRequiredService<IOptions<TriggerOptions>>(), provider.GetRequiredService<Clocks>()));
        services.AddSingleton(provider => new ScheduleAdmin(
            provider.GetRequiredService<ScheduleStore>(), provider.GetRequiredService<Clocks>(), provider.GetRequiredService<ILogger<ScheduleAdmin>>()));
        services.TryAddSingleton(Clocks.System);
        return services;
    }

    /// <summary>
    /// Fires the triggers in this process, where the role is <see cref="ScheduleRole.Fires"/>. Call it after AddWorkflows, so that the
    /// scheduler stops before the engine; needs a <see cref="RunbookSource"/> among the services.
    /// </summary>
    public static IServiceCollection AddTriggerScheduler(this IServiceCollection services)
    {
        services.AddSingleton<TriggerFiring>().AddSingleton<TriggerScheduler>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, SchedulerHost>());
        return services;
    }
}
