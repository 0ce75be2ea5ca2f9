using Microsoft.Extensions.DependencyInjection;

namespace Orchestrator.Infra;

public static class InfraServices
{
    /// <summary>Adds the drivers: <see cref="Clusters.FleetInventory"/>, <see cref="Provisioning.IStacks"/>, <see cref="Probes.ProbeRunner"/>, <see cref="Traffic.BalancerClient"/>, <see cref="Notifications.WebhookClient"/>. Options are validated when first used.</summary>
    public static IServiceCollection AddInfra(this IServiceCollection services, Action<InfraOptions> configure)
    {
        services.AddOptions<InfraOptions>().Configure(configure).ValidateDataAnnotations();
        return services;
    }
}
