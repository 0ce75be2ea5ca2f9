using Microsoft.AspNetCore.Http;
using Orchestrator.Fleet.Clock;
using Orchestrator.Infra.Metrics;
using Orchestrator.Infra.Settings;
using Orchestrator.Infra.Tests.Notifications;

namespace Orchestrator.Infra.Tests.Metrics;

/// <summary>A source of metrics that a test puts words into the mouth of.</summary>
internal sealed class Rig : IAsyncDisposable
{
    private readonly Receiver _server;
    private readonly IDisposable _metrics;

    private Rig(Receiver server, MetricsOptions options, IMetrics metrics, EnvironmentClock clock)
    {
        (_server, Metrics, _metrics) = (server, metrics, (IDisposable)metrics);
        Traffic = new TrafficMetrics(metrics, QuerySet.Of(options), options, clock);
        Orders = new OrderMetrics(metrics, QuerySet.Of(options), options, clock);
    }

    public OrderMetrics Orders { get; }

    public IMetrics Metrics { get; }

    public TrafficMetrics Traffic { get; }

    public IReadOnlyCollection<Received> Requests => _server.Requests;

    public static Task<Rig> PrometheusAsync(string body, int status = 200, string type = "application/json", Action<MetricsOptions>? with = null) => PrometheusAsync(Saying(body, status, type), with);

    public static Task<Rig> PrometheusAsync(RequestDelegate answer, Action<MetricsOptions>? with = null) => OpenAsync(answer, true, with);

    public static Task<Rig> ScrapedAsync(string body, int status = 200, string type = "text/plain; version=0.0.4", Action<MetricsOptions>? with = null) => OpenAsync(Saying(body, status, type), false, with);

    public static Task<Rig> ScrapedAsync(RequestDelegate answer, Action<MetricsOptions>? with = null) => OpenAsync(answer, false, with);

    public static RequestDelegate Saying(string body, int status = 200, string type = "text/plain") => context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        return context.Response.WriteAsync(body, context.RequestAborted);
    };

    public async ValueTask DisposeAsync()
    {
        _metrics.Dispose();
        await _server.DisposeAsync();
    }

    private static async Task<Rig> OpenAsync(RequestDelegate answer, bool server, Action<MetricsOptions>? with)
    {
        var receiver = await Receiver.StartAsync(answer);
        var clock = EnvironmentClock.StartingNow();
        var options = new MetricsOptions { Timeout = TimeSpan.FromSeconds(2), Spacing = TimeSpan.FromMilliseconds(100), Traffic = "envoy" };
        if (server)
        {
            options.Prometheus = receiver.Address;
        }
        else
        {
            options.Scrape.Add(new Uri(receiver.Address, "metrics").ToString());
        }

        with?.Invoke(options);
        return new Rig(receiver, options, server ? new PrometheusMetrics(options, clock, TimeProvider.System) : new ScrapedMetrics(options, clock, TimeProvider.System), clock);
    }
}
