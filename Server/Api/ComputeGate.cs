namespace Orchestrator.Server.Api;

/// <summary>
/// Requests that compute (validations, plans, comparisons, calendars) share a processor with runs: only so many are worked on at once, and
/// the next are told to come again at once instead of waiting in a queue that grows.
/// </summary>
/// <param name="does">What the server does for those inside, for people.</param>
internal sealed class ComputeGate(string does = "checks, plans or compares") : IEndpointFilter
{
    /// <summary>Requests at once, of all such addresses together.</summary>
    public const int Most = 8;

    private int _inside;

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        ComputeMetrics.Inside.Add(1);
        try
        {
            if (Interlocked.Increment(ref _inside) <= Most) return await next(context);

            ComputeMetrics.Refused.Add(1);
            throw new ProblemException(
                StatusCodes.Status429TooManyRequests, "too-many-at-once", $"The server {does} for {Most} requests already, the most it does at once; ask again in a second.");
        }
        catch (OperationCanceledException) when (context.HttpContext.RequestAborted.IsCancellationRequested)
        {
            ComputeMetrics.Abandoned.Add(1);
            throw;
        }
        finally
        {
            Interlocked.Decrement(ref _inside);
            ComputeMetrics.Inside.Add(-1);
        }
    }
}

/// <summary>Marks an address as one that reads and evaluates runbooks or computes much, and says how that is bounded.</summary>
/// <param name="Gate">The gate it goes through; null: none, since it must never be refused.</param>
internal sealed record ComputeBound(ComputeGate? Gate);

internal static class ComputeGating
{
    private static readonly ComputeGate gate = new();

    // Of its own: however many plans are asked for, a run can be started.
    private static readonly ComputeGate starts = new("starts runs");

    /// <summary>It is answered with 429 while as many such requests are worked on as the server does at once.</summary>
    public static RouteHandlerBuilder Gated(this RouteHandlerBuilder builder) => builder.AddEndpointFilter(gate).WithMetadata(new ComputeBound(gate));

    /// <summary>As <see cref="Gated"/>, for those that start runs.</summary>
    public static RouteHandlerBuilder GatedAsStart(this RouteHandlerBuilder builder) => builder.AddEndpointFilter(starts).WithMetadata(new ComputeBound(starts));

    /// <summary>It reads one runbook within its budget and is never refused: the emergency trigger, and what shows it.</summary>
    public static RouteHandlerBuilder NeverGated(this RouteHandlerBuilder builder) => builder.WithMetadata(new ComputeBound(null));
}
