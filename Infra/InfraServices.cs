using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orchestrator.Fleet.Clock;
using Orchestrator.Infra.Alibaba;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Alibaba.Credentials;
using Orchestrator.Infra.Alibaba.Signing;
using Orchestrator.Infra.Clusters;
using Orchestrator.Infra.Connections;
using Orchestrator.Infra.FastScaleDown;
using Orchestrator.Infra.Http;
using Orchestrator.Infra.LoadTests;
using Orchestrator.Infra.Metrics;
using Orchestrator.Infra.Notifications;
using Orchestrator.Infra.Probes;
using Orchestrator.Infra.Provisioning;
using Orchestrator.Infra.Provisioning.Cli;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Infra.Provisioning.State;
using Orchestrator.Infra.Scaling;
using Orchestrator.Infra.Settings;
using Orchestrator.Infra.Traffic;
using Orchestrator.Infra.Units;
using Orchestrator.Text;

namespace Orchestrator.Infra;

public static class InfraServices
{
    /// <summary>
    /// Adds the drivers: <see cref="FleetInventory"/>, <see cref="IStacks"/> (with its states in a folder, unless the host has added other <see cref="IStackStates"/>), <see cref="ProbeRunner"/>, <see cref="ITrafficRouter"/>, <see cref="IMetrics"/> and <see cref="TrafficMetrics"/>,
    /// <see cref="WorldConnections"/>, <see cref="AlibabaCloud"/> (with the credentials that its environment gives, unless the host has added a <see cref="CredentialSource"/>), <see cref="WebhookClient"/> and <see cref="RequestClient"/>. The host adds the <see cref="EnvironmentClock"/>; without one the night is the system clock's. Options are validated at
    /// start and when first used (<see cref="OptionsValidationException"/>).
    /// </summary>
    public static IServiceCollection AddInfra(this IServiceCollection services, Action<InfraOptions> configure)
    {
        services.AddOptions<InfraOptions>().Configure(configure).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IValidateOptions<InfraOptions>, InfraOptionsValidator>();
        services.AddOptions<InfraOptions>().PostConfigure<IServiceProvider>(TrafficRouting.Derive);
        services.TryAddSingleton(TrafficRouting.Open);
        services.TryAddSingleton(_ => EnvironmentClock.StartingNow());
        services.TryAddSingleton<FleetInventory>();
        services.TryAddSingleton(provider => new ProviderSet(
            provider.GetRequiredService<AlibabaCloud>(), Options(provider).Alibaba.Region, provider.GetRequiredService<FleetInventory>(), provider.GetRequiredService<EnvironmentClock>(), TimeProvider.System));
        services.TryAddSingleton<IStackStates>(provider => new FolderStates(Options(provider).StateDirectory, TimeProvider.System));
        services.TryAddSingleton(provider => new StackEngine(
            provider.GetRequiredService<IStackStates>(),
            Options(provider).StateDirectory,
            Options(provider).StackParallel,
            provider.GetRequiredService<ProviderSet>().Of,
            provider.GetRequiredService<EnvironmentClock>(),
            TimeProvider.System,
            ProviderSet.Check));
        services.TryAddSingleton(provider => new ProgramFolders(Options(provider).Stacks));
        services.TryAddSingleton(provider => new PulumiStacks(
            Options(provider), provider.GetRequiredService<IStackStates>(), provider.GetRequiredService<EnvironmentClock>(), TimeProvider.System, Logger<PulumiStacks>(provider)));
        services.TryAddSingleton(provider => new ChosenStacks(
            Options(provider), provider.GetRequiredService<StackEngine>(), provider.GetRequiredService<PulumiStacks>(), Logger<ChosenStacks>(provider)));
        services.TryAddSingleton<IStacks>(provider => provider.GetRequiredService<ChosenStacks>());
        services.TryAddSingleton(_ => new ProbeRunner(TimeProvider.System));
        services.TryAddSingleton(OpenMetrics);
        services.TryAddSingleton(provider => QuerySet.Of(Options(provider).Metrics));
        services.TryAddSingleton(provider => new TrafficMetrics(
            provider.GetRequiredService<IMetrics>(), provider.GetRequiredService<QuerySet>(), Options(provider).Metrics, provider.GetRequiredService<EnvironmentClock>()));
        services.TryAddSingleton(provider => new OrderMetrics(
            provider.GetRequiredService<IMetrics>(), provider.GetRequiredService<QuerySet>(), Options(provider).Metrics, provider.GetRequiredService<EnvironmentClock>()));
        services.TryAddSingleton(OpenAlibaba);
        services.TryAddSingleton<HostGroups>();
        services.TryAddSingleton<LoadGenerators>();
        services.TryAddSingleton<UnitInventory>();
        services.TryAddSingleton<ScaleDown>();
        services.TryAddSingleton<SimulationMark>();
        services.TryAddSingleton<WorldConnections>();
        services.TryAddSingleton(provider => new WebhookClient(
            TimeProvider.System, new WebhookAddresses(Options(provider).WebhookAllow, Options(provider).Cloud, Options(provider).OwnPort)));
        services.TryAddSingleton(provider => new RequestClient(
            new WebhookAddresses(Options(provider).WebhookAllow, Options(provider).Cloud, Options(provider).OwnPort), new RequestSecrets(Options(provider).Secrets)));
        return services;
    }

    private static IMetrics OpenMetrics(IServiceProvider provider)
    {
        var (options, environmentClock) = (Options(provider).Metrics, provider.GetRequiredService<EnvironmentClock>());
        return options.Prometheus is null ? new ScrapedMetrics(options, environmentClock, TimeProvider.System) : new PrometheusMetrics(options, environmentClock, TimeProvider.System);
    }

    private static AlibabaCloud OpenAlibaba(IServiceProvider provider)
    {
        var options = Options(provider).Alibaba;
        var calling = new OpenApiOptions { Endpoints = options.Endpoints.Where(pair => pair.Value is not null).ToImmutableDictionary(pair => pair.Key, pair => pair.Value!) };
        var (environmentClock, logger) = (provider.GetRequiredService<EnvironmentClock>(), provider.GetService<ILogger<AlibabaCloud>>());
        return provider.GetService<CredentialSource>() is { } credentials
            ? new AlibabaCloud(credentials, calling, environmentClock, TimeProvider.System, logger)
            : new AlibabaCloud(new CredentialOptions { Profile = options.Profile, Region = options.Region }, calling, environmentClock, TimeProvider.System, logger);
    }

    private static ILogger<T> Logger<T>(IServiceProvider provider) => provider.GetService<ILogger<T>>() ?? Microsoft.Extensions.Logging.Abstractions.NullLogger<T>.Instance;

    private static InfraOptions Options(IServiceProvider provider) => provider.GetRequiredService<IOptions<InfraOptions>>().Value;
}

/// <summary>What attributes cannot say of the options; every problem at once.</summary>
internal sealed class InfraOptionsValidator : IValidateOptions<InfraOptions>
{
    public ValidateOptionsResult Validate(string? name, InfraOptions options)
    {
        var diagnostics = new List<string>();
        if (options.Cloud is { } cloud && !IsHttp(cloud))
        {
            diagnostics.Add($"Cloud: '{cloud}' is no http or https address");
        }

        if (options.Cloud is null)
        {
            diagnostics.AddRange(from cluster in options.Clusters
                                 where cluster.Value is not { HasAddress: true }
                                 select $"Clusters.{cluster.Key}: there is no simulated cloud, so it needs an address; give Server, Kubeconfig or InCluster");
        }

        try
        {
            _ = new WebhookAddresses(options.WebhookAllow);
        }
        catch (FormatException wrong)
        {
            diagnostics.Add($"WebhookAllow: {wrong.Message}");
        }

        if (options.Stacks is { } folder && !Directory.Exists(folder))
        {
            diagnostics.Add($"Stacks: there is no folder '{folder}'");
        }

        diagnostics.AddRange(options.Pulumi.Check());
        diagnostics.AddRange(options.LoadTest.Check());
        if (options.LoadTest.Cluster is { } generators && !options.Clusters.ContainsKey(generators))
        {
            diagnostics.Add($"LoadTest.Cluster: there is no cluster '{generators}'; there are {string.Join(", ", options.Clusters.Keys.Order(StringComparer.Ordinal))}");
        }

        diagnostics.AddRange(from secret in options.Secrets
                             where secret.Value.Value.Length == 0 || secret.Value.Host.Length == 0
                             select $"Secrets.{secret.Key}: give its Value, and the Host that it is for");
        diagnostics.AddRange(options.Metrics.Check());
        if (!QuerySet.TrafficSets.Contains(options.Metrics.Traffic))
        {
            diagnostics.Add($"Metrics.Traffic: there is no set '{options.Metrics.Traffic}'{Suggest.Hint(options.Metrics.Traffic, QuerySet.TrafficSets)}; there are {string.Join(", ", QuerySet.TrafficSets)}");
        }

        if (options.Alibaba.Region.Length == 0 || options.Alibaba.Region.Any(letter => !char.IsAsciiLetterLower(letter) && !char.IsAsciiDigit(letter) && letter != '-'))
        {
            diagnostics.Add($"Alibaba.Region: '{options.Alibaba.Region}' is no region; it is written like cn-hangzhou");
        }

        foreach (var (place, address) in options.Alibaba.Endpoints)
        {
            if (place != "*" && !ApiProduct.All.Any(product => product.Code == place.Split('/')[0]))
            {
                diagnostics.Add($"Alibaba.Endpoints.{place}: there is no such product; there are {string.Join(", ", ApiProduct.All.Select(product => product.Code))}, and * for all");
            }

            if (address is null || !IsHttp(address) || address.AbsolutePath != "/")
            {
                diagnostics.Add($"Alibaba.Endpoints.{place}: '{address}' is no http or https address without a path");
            }
        }

        diagnostics.AddRange(TrafficRouting.Check(options));
        foreach (var (cluster, endpoint) in options.Clusters)
        {
            if (cluster.Length == 0)
            {
                diagnostics.Add("Clusters: a cluster has no id");
            }

            if (endpoint?.Server is { } server && !IsHttp(server))
            {
                diagnostics.Add($"Clusters.{cluster}: '{server}' is no http or https address");
            }

            if (endpoint?.Kubeconfig is { } file && ClusterAccess.Diagnose(file, endpoint.Context) is { } wrong)
            {
                diagnostics.Add($"Clusters.{cluster}: {wrong}");
            }

            if (endpoint is not null && new[] { endpoint.Server is not null, endpoint.Kubeconfig is not null, endpoint.InCluster }.Count(given => given) > 1)
            {
                diagnostics.Add($"Clusters.{cluster}: give one of Server, Kubeconfig and InCluster");
            }

            if (endpoint is { Context: not null, Kubeconfig: null })
            {
                diagnostics.Add($"Clusters.{cluster}: Context is a context of a kubeconfig; give Kubeconfig as well");
            }
        }

        return diagnostics.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(diagnostics);
    }

    private static bool IsHttp(Uri address) => address.IsAbsoluteUri && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps);
}
