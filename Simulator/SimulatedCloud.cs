using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Fleet.Files;
using Orchestrator.Simulator.Balancing;
using Orchestrator.Simulator.Clusters;
using Orchestrator.Simulator.Clusters.Objects;
using Orchestrator.Simulator.Effects;
using Orchestrator.Simulator.Faults;
using Orchestrator.Simulator.OpenApi;
using Orchestrator.Simulator.Serving;

namespace Orchestrator.Simulator;

/// <summary>
/// A cloud that is not there: the Kubernetes API of every cluster in a fleet, Alibaba Cloud's OpenAPI, a traffic balancer, on
/// loopback and in this process. Every answer carries <c>X-Simulated: true</c>. Routes and faults: <c>docs/simulated-cloud.md</c>.
/// </summary>
public sealed class SimulatedCloud : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly EffectsLog _effects;
    private readonly OpenApiService _openApi;
    private readonly ConcurrentDictionary<string, SimulatedCluster> _clusters;
    private readonly CancellationTokenSource _stopping;

    private SimulatedCloud(
        WebApplication application, EffectsLog effects, OpenApiService openApi, ConcurrentDictionary<string, SimulatedCluster> clusters, CancellationTokenSource stopping, TimeProvider environmentClock, Uri baseAddress)
    {
        _application = application;
        _effects = effects;
        _openApi = openApi;
        _clusters = clusters;
        _stopping = stopping;
        Clock = environmentClock;
        BaseAddress = baseAddress;
    }

    /// <summary>Such as <c>http://127.0.0.1:41234/</c>: the endpoint of every product of the OpenAPI; a cluster's Kubernetes API is at <c>clusters/{id}/</c> below it.</summary>
    public Uri BaseAddress { get; }

    /// <summary>The environment clock.</summary>
    public TimeProvider Clock { get; }

    /// <summary>The Kubernetes API server of a cluster, as <c>KubernetesClientConfiguration.Host</c> takes it.</summary>
    public Uri ClusterAddress(string cluster) => new(BaseAddress, $"clusters/{Uri.EscapeDataString(cluster)}/");

    /// <summary>What was done to the cloud so far, in order.</summary>
    public IReadOnlyList<Effect> Effects => _effects.After(0);

    /// <exception cref="IOException">The port is taken, or the effects file cannot be written.</exception>
    public static async Task<SimulatedCloud> StartAsync(SimulatedCloudOptions options, CancellationToken cancellationToken)
    {
        var stopping = new CancellationTokenSource();
        var effects = new EffectsLog(options.EnvironmentClock, options.EffectsFile);
        var isUnit = (string _) => false;
        var loadOf = (string _, DateTimeOffset _) => 0.0;
        var balancer = new Balancer(unit => isUnit(unit), options.EnvironmentClock, effects);
        var loads = new GeneratedLoads(balancer);
        SimulatedCluster Open(ClusterDefinition definition) => new(definition, options, effects, balancer, loads, (destination, at) => loadOf(destination, at), stopping.Token);
        var clusters = new ConcurrentDictionary<string, SimulatedCluster>(options.Fleet.Clusters.Select(cluster => KeyValuePair.Create(cluster.Id, Open(cluster))));
        loads.IsGateway = address => clusters.Values.Any(cluster => cluster.Routes.IsGateway(address));
        var openApi = new OpenApiService(options, effects, balancer, clusters, Open);
        var backings = new Backings(options.Fleet, openApi, clusters);
        isUnit = backings.IsUnit;
        var flow = new TrafficFlow(options.Fleet, balancer, loads, backings.Of, () => backings.Version, options.EnvironmentClock);
        loadOf = flow.LoadOf;
        var application = Build(options);
        MapRoutes(application, options, effects, balancer, flow, openApi, clusters);
        try
        {
            await application.StartAsync(cancellationToken);
        }
        catch
        {
            effects.Dispose();
            stopping.Dispose();
            await application.DisposeAsync();
            throw;
        }

        var address = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new SimulatedCloud(application, effects, openApi, clusters, stopping, options.EnvironmentClock, new Uri(address + "/"));
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _application.DisposeAsync();
        await _openApi.DisposeAsync();
        foreach (var cluster in _clusters.Values)
        {
            await cluster.DisposeAsync();
        }

        _effects.Dispose();
        _stopping.Dispose();
    }

    private static WebApplication Build(SimulatedCloudOptions options)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, options.Port, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddRoutingCore();
        return builder.Build();
    }

    private static void MapRoutes(
        WebApplication application, SimulatedCloudOptions options, EffectsLog effects, Balancer balancer, TrafficFlow flow, OpenApiService openApi, ConcurrentDictionary<string, SimulatedCluster> clusters)
    {
        var faults = new FaultInjector(options.Seed, options.SystemClock, openApi.Gateway);
        application.Use((context, next) =>
        {
            context.Response.Headers["X-Simulated"] = "true";
            // What was until now counts by how things were: nothing changes but by a request.
            flow.CountUp();
            context.Response.Headers.Date = options.EnvironmentClock.GetUtcNow().ToString("r", CultureInfo.InvariantCulture);
            return faults.InvokeAsync(context, next);
        });
        application.Use(openApi.InvokeAsync);
        application.UseRouting();
        var apis = new ConcurrentDictionary<SimulatedCluster, ClusterApi>();
        application.Map("/clusters/{cluster}/{**path}", (RequestDelegate)(async context =>
        {
            var path = context.Request.RouteValues["path"] as string ?? "";
            var id = (string)context.Request.RouteValues["cluster"]!;
            await openApi.SettleAsync(id);
            await (clusters.TryGetValue(id, out var cluster)
                ? apis.GetOrAdd(cluster, one => new ClusterApi(one, options.SystemClock)).HandleAsync(context, path)
                : ClusterApi.WriteErrorAsync(context, StatusException.UnknownPath()));
        }));
        new BalancerRoutes(balancer, flow).Map(application);
        new GatewayRoutes(flow).Map(application);
        new FaultRoutes(faults, clusters, options.EnvironmentClock).Map(application);
        new SimulationRoutes(options, effects, clusters, openApi).Map(application);
    }
}
