using Orchestrator.Server.Projections;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;

namespace Orchestrator.Server.Monitoring;

/// <summary>Health for a load balancer.</summary>
internal static class MonitoringApi
{
    private const int MostNamed = 20;
    private const int MostLooked = 200;

    private static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Answers <c>/health/live</c>, the process answers, and <c>/health/ready</c>, the journal can be read and runs go on, with a line for each run that is held and for each projection. Before routing: the first
    /// request that is routed puts all routes of the API together, and for that nobody who asks after a new node should wait.
    /// </summary>
    public static IApplicationBuilder UseHealth(this IApplicationBuilder app) => app.Use((context, next) =>
        !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method) ? next(context) : context.Request.Path.Value switch
        {
            "/health/live" => SayAsync(context, "live"),
            "/health/ready" => ReadyAsync(context),
            _ => next(context),
        });

    private static async Task ReadyAsync(HttpContext context)
    {
        var lifetime = context.RequestServices.GetRequiredService<IHostApplicationLifetime>();
        if (!lifetime.ApplicationStarted.IsCancellationRequested || lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw new Api.ProblemException(StatusCodes.Status503ServiceUnavailable, "not-ready", "The server starts or stops.");
        }

        var engine = context.RequestServices.GetRequiredService<Engine>();
        if (engine.Unavailable is { } unavailable)
        {
            throw new Api.ProblemException(StatusCodes.Status503ServiceUnavailable, "not-ready", unavailable);
        }

        // Reads wait for a store that is away; whoever asks here must not.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        limit.CancelAfter(WaitLimit);
        List<RunSummary> held;
        try
        {
            held = await HeldAsync(engine, limit.Token);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            throw new Api.ProblemException(
                StatusCodes.Status503ServiceUnavailable, "not-ready", engine.Unavailable ?? $"The journal has not answered within {WaitLimit.TotalSeconds:0} s.");
        }

        var lines = held.Take(MostNamed).Select(Say).Prepend("ready");
        if (held.Count > MostNamed) lines = lines.Append($"and {held.Count - MostNamed} more runs are held");
        // One that stopped goes on when somebody asks for it, so it must not keep the asker away.
        await SayAsync(context, string.Join('\n', lines.Concat(context.RequestServices.GetRequiredService<ProjectionSet>().Say())));
    }

    /// <summary>Runs that wait as a whole for an operator; the server is ready all the same. Among the newest incidents, of which there may be many.</summary>
    private static async Task<List<RunSummary>> HeldAsync(Engine engine, CancellationToken cancellationToken)
    {
        var incidents = await engine.ListAsync(new RunQuery { Statuses = [RunStatus.Incident], Limit = MostLooked }, cancellationToken);
        return [.. incidents.Runs.Where(run => run.Error is { } error && RunState.IsHold(error))];
    }

    private static string Say(RunSummary run) => $"run {run.Run} of {run.Runbook} is held: {run.Error!.Code}; see: runs show {run.Run}";

    private static Task SayAsync(HttpContext context, string word)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(word, context.RequestAborted);
    }
}
