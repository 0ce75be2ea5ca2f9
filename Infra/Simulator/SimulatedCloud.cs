using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Infra.Simulator.Clusters;
using Orchestrator.Infra.Simulator.Effects;

namespace Orchestrator.Infra.Simulator;

/// <summary>
/// A cloud that is not there: the Kubernetes API of every cluster in a fleet, a resource provider, a traffic balancer, on loopback
/// and in this process. Every answer carries <c>X-Simulated: true</c>. Routes and faults: <c>docs/simulated-cloud.md</c>.
/// </summary>
public sealed class SimulatedCloud : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly EffectsLog _effects;
    private readonly CancellationTokenSource _stopping;

    private SimulatedCloud(WebApplication application, EffectsLog effects, CancellationTokenSource stopping, TimeProvider night, Uri baseAddress) =>
        (_application, _effects, _stopping, Clock, BaseAddress) = (application, effects, stopping, night, baseAddress);

    /// <summary>Such as <c>http://127.0.0.1:41234/</c>; a cluster's Kubernetes API is at <c>clusters/{id}/</c> below it.</summary>
    public Uri BaseAddress { get; }

    /// <summary>The night's clock.</summary>
    public TimeProvider Clock { get; }

    /// <summary>The Kubernetes API server of a cluster, as <c>KubernetesClientConfiguration.Host</c> takes it.</summary>
    public Uri ClusterAddress(string cluster) => new(BaseAddress, $"clusters/{Uri.EscapeDataString(cluster)}/");

    /// <exception cref="IOException">The port is taken, or the effects file cannot be written.</exception>
    public static async Task<SimulatedCloud> StartAsync(SimulatedCloudOptions options, CancellationToken cancellationToken)
    {
        var stopping = new CancellationTokenSource();
        var effects = new EffectsLog(options.Night, options.EffectsFile);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, options.Port, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddRoutingCore();
        var application = builder.Build();
        MapRoutes(application, options, effects, stopping.Token);
        await application.StartAsync(cancellationToken);
        var address = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new SimulatedCloud(application, effects, stopping, options.Night, new Uri(address + "/"));
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _application.DisposeAsync();
        _effects.Dispose();
        _stopping.Dispose();
    }

    private static void MapRoutes(WebApplication application, SimulatedCloudOptions options, EffectsLog effects, CancellationToken stopping)
    {
        application.Use((context, next) =>
        {
            context.Response.Headers["X-Simulated"] = "true";
            return next(context);
        });
        var clusters = options.Fleet.Clusters.ToDictionary(
            cluster => cluster.Id,
            cluster => new ClusterApi(new SimulatedCluster(cluster, options.Night, effects, options.WatchHistory) { Stopping = stopping }, options.Wall));
        application.Map("/clusters/{cluster}/{**path}", (RequestDelegate)(context =>
        {
            var id = (string)context.Request.RouteValues["cluster"]!;
            var path = context.Request.RouteValues["path"] as string ?? "";
            return clusters.TryGetValue(id, out var api)
                ? api.HandleAsync(context, path)
                : ClusterApi.WriteErrorAsync(context, StatusException.UnknownPath());
        }));
        new SimulationRoutes(options, effects).Map(application);
    }
}
