using Orchestrator.Workflows.Execution;

namespace Orchestrator.Server.Monitoring;

/// <summary>Health for a load balancer, metrics for Prometheus.</summary>
internal static class MonitoringApi
{
    public static void MapMonitoring(this IEndpointRouteBuilder app)
    {
        app.MapGet("/health/live", () => TypedResults.Text("live")).WithTags("monitoring").WithSummary("The process answers.");
        app.MapGet("/health/ready", ReadyAsync).WithTags("monitoring").WithSummary("The journal can be read and runs go on.");
        app.MapGet("/metrics", (MetricsPage metrics) => TypedResults.Text(metrics.Write(), "text/plain; version=0.0.4")).WithTags("monitoring")
            .WithSummary("Measurements in Prometheus' text format.");
    }

    private static async Task<IResult> ReadyAsync(Engine engine, IHostApplicationLifetime lifetime, CancellationToken cancellationToken)
    {
        if (!lifetime.ApplicationStarted.IsCancellationRequested || lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw new Api.ProblemException(StatusCodes.Status503ServiceUnavailable, "not-ready", "The server starts or stops.");
        }

        if (engine.Trouble is { } trouble)
        {
            throw new Api.ProblemException(StatusCodes.Status503ServiceUnavailable, "not-ready", trouble);
        }

        await engine.ListAsync(new Workflows.Journals.RunQuery { Limit = 1 }, cancellationToken);
        return TypedResults.Text("ready");
    }
}
