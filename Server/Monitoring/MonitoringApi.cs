using Orchestrator.Workflows.Execution;

namespace Orchestrator.Server.Monitoring;

/// <summary>Health for a load balancer, metrics for Prometheus.</summary>
internal static class MonitoringApi
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Answers <c>/health/live</c>, the process answers, and <c>/health/ready</c>, the journal can be read and runs go on. Before routing: the first
    /// request that is routed puts all routes of the API together, and for that nobody who asks after a new node should wait.
    /// </summary>
    public static IApplicationBuilder UseHealth(this IApplicationBuilder app) => app.Use((context, next) =>
        !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method) ? next(context) : context.Request.Path.Value switch
        {
            "/health/live" => SayAsync(context, "live"),
            "/health/ready" => ReadyAsync(context),
            _ => next(context),
        });

    public static void MapMetrics(this IEndpointRouteBuilder app) =>
        app.MapGet("/metrics", (MetricsPage metrics) => TypedResults.Text(metrics.Write(), "text/plain; version=0.0.4")).WithTags("monitoring")
            .WithSummary("Measurements in Prometheus' text format.");

    private static async Task ReadyAsync(HttpContext context)
    {
        var lifetime = context.RequestServices.GetRequiredService<IHostApplicationLifetime>();
        if (!lifetime.ApplicationStarted.IsCancellationRequested || lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw new Api.ProblemException(StatusCodes.Status503ServiceUnavailable, "not-ready", "The server starts or stops.");
        }

        var engine = context.RequestServices.GetRequiredService<Engine>();
        if (engine.Trouble is { } trouble)
        {
            throw new Api.ProblemException(StatusCodes.Status503ServiceUnavailable, "not-ready", trouble);
        }

        // Reads wait for a store that is away; whoever asks here must not.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        limit.CancelAfter(Patience);
        try
        {
            await engine.ListAsync(new Workflows.Journals.RunQuery { Limit = 1 }, limit.Token);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            throw new Api.ProblemException(
                StatusCodes.Status503ServiceUnavailable, "not-ready", engine.Trouble ?? $"The journal has not answered within {Patience.TotalSeconds:0} s.");
        }

        await SayAsync(context, "ready");
    }

    private static Task SayAsync(HttpContext context, string word)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(word, context.RequestAborted);
    }
}
