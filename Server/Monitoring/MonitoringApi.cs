using Orchestrator.Workflows.Execution;

namespace Orchestrator.Server.Monitoring;

/// <summary>Health for a load balancer, metrics for Prometheus.</summary>
internal static class MonitoringApi
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

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

        // Reads wait for a store that is away; whoever asks here must not.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            await engine.ListAsync(new Workflows.Journals.RunQuery { Limit = 1 }, limit.Token);
            return TypedResults.Text("ready");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new Api.ProblemException(
                StatusCodes.Status503ServiceUnavailable, "not-ready", engine.Trouble ?? $"The journal has not answered within {Patience.TotalSeconds:0} s.");
        }
    }
}
