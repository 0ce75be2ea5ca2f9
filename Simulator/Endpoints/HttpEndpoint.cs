using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Orchestrator.Simulator.Endpoints;

internal sealed record HealthCheck(string Name, bool Healthy, string Detail);

/// <summary>How a trading unit is doing, as its own endpoint tells it.</summary>
internal sealed record UnitHealth(string Unit, int Instances, int Ready, IReadOnlyList<HealthCheck> Checks, string ImageDigest, string ConfigDigest)
{
    /// <summary>Of the instances that are ready, where they are machines.</summary>
    public double Cores { get; init; }

    public bool Healthy => Checks.All(check => check.Healthy);
}

/// <summary>A trading unit's front door: a real HTTP listener on loopback. It is there as long as its load balancer is.</summary>
internal sealed class HttpEndpoint : IAsyncDisposable
{
    private readonly WebApplication _application;

    private HttpEndpoint(WebApplication application, int port) => (_application, Port) = (application, port);

    public int Port { get; }

    /// <param name="health">Asked at every request.</param>
    public static async Task<HttpEndpoint> StartAsync(Func<UnitHealth> health, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        var application = builder.Build();
        application.Run(context => AnswerAsync(context, health()));
        await application.StartAsync(cancellationToken);
        var address = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new HttpEndpoint(application, new Uri(address).Port);
    }

    public async ValueTask DisposeAsync()
    {
        // No grace for what is open: a load balancer that is deleted drops its connections.
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _application.StopAsync(now.Token);
        await _application.DisposeAsync();
    }

    private static Task AnswerAsync(HttpContext context, UnitHealth health)
    {
        context.Response.Headers["X-Simulated"] = "true";
        return (context.Request.Method, context.Request.Path.Value) switch
        {
            ("GET" or "HEAD", "/healthz" or "/") => WriteAsync(context, health.Healthy ? 200 : 503, Deep(health)),
            ("GET", "/version") => WriteAsync(context, 200, new JsonObject
            {
                ["unit"] = health.Unit,
                ["image"] = health.ImageDigest,
                ["imageDigest"] = health.ImageDigest,
                ["configDigest"] = health.ConfigDigest,
                ["simulated"] = true,
            }),
            ("POST", "/order") when health.Healthy => WriteAsync(context, 201, new JsonObject
            {
                ["orderId"] = context.Request.Headers["Idempotency-Key"].FirstOrDefault() ?? Guid.NewGuid().ToString(),
                ["status"] = "accepted",
                ["synthetic"] = true,
                ["unit"] = health.Unit,
            }),
            ("POST", "/order") => WriteAsync(context, 503, new JsonObject { ["status"] = "rejected", ["reason"] = "the unit is not healthy" }),
            _ => WriteAsync(context, 404, new JsonObject { ["error"] = "no such path" }),
        };
    }

    private static JsonObject Deep(UnitHealth health) => new()
    {
        ["status"] = health.Healthy ? "ok" : "unhealthy",
        ["unit"] = health.Unit,
        ["instances"] = health.Instances,
        ["ready"] = health.Ready,
        ["checks"] = new JsonArray([.. health.Checks.Select(check => new JsonObject { ["name"] = check.Name, ["status"] = check.Healthy ? "ok" : "failing", ["detail"] = check.Detail })]),
        ["simulated"] = true,
    };

    private static Task WriteAsync(HttpContext context, int code, JsonObject body)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body.ToJsonString(), context.RequestAborted);
    }
}
