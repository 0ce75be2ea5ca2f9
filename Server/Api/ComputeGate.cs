namespace Orchestrator.Server.Api;

/// <summary>
/// Requests that compute (validations, plans, comparisons, calendars) share a processor with runs: only so many are worked on at once, and
/// the next are told to come again at once instead of waiting in a queue that grows.
/// </summary>
internal sealed class ComputeGate : IEndpointFilter
{
    /// <summary>Requests at once, of all such addresses together.</summary>
    public const int Most = 8;

    private int _inside;

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return Interlocked.Increment(ref _inside) <= Most
                ? await next(context)
                : throw new ProblemException(
                    StatusCodes.Status429TooManyRequests, "too-many-at-once", $"The server checks, plans or compares for {Most} requests already, the most it does at once; ask again in a second.");
        }
        finally
        {
            Interlocked.Decrement(ref _inside);
        }
    }
}

internal static class ComputeGating
{
    private static readonly ComputeGate gate = new();

    /// <summary>It is answered with 429 while as many such requests are worked on as the server does at once.</summary>
    public static RouteHandlerBuilder Gated(this RouteHandlerBuilder builder) => builder.AddEndpointFilter(gate);
}
