using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Api;

/// <summary>
/// Engines wait for a store that is away; people must not. A request that needs it is answered with 503 as soon as the store is known to
/// be in trouble, or after a few seconds in which it answers nobody. A stream that has begun stays open and goes on when the store is back.
/// </summary>
internal sealed class StoreGuard(RequestDelegate next, Engine engine, Clocks clocks)
{
    private static readonly TimeSpan pollInterval = TimeSpan.FromMilliseconds(200);

    // How long a request may take before the store is asked whether it is there, and how long that may take.
    private static readonly TimeSpan waitLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan timeoutWhileUnavailable = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan probeTimeout = TimeSpan.FromSeconds(2);

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint() is not { Metadata: var metadata } || metadata.GetMetadata<NeedsNoStore>() is not null || !context.Request.Path.StartsWithSegments("/api"))
        {
            await next(context);
            return;
        }

        var reads = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        if (Against(reads) is { } known) throw Away(known, reads ? "" : ", and nothing was done");

        var caller = context.RequestAborted;
        using var given = CancellationTokenSource.CreateLinkedTokenSource(caller);
        using var served = new CancellationTokenSource();
        context.RequestAborted = given.Token;
        var watching = WatchAsync(context, reads, given, served.Token);
        try
        {
            await next(context);
        }
        catch (Exception) when (given.IsCancellationRequested && !caller.IsCancellationRequested && !context.Response.HasStarted)
        {
            throw Away(await watching ?? Silent(), reads ? "" : ", and whether this was done is not known: look before you ask again");
        }
        finally
        {
            context.RequestAborted = caller;
            await served.CancelAsync();
            await watching;
        }
    }

    private static ProblemException Away(StoreUnavailable unavailable, string done)
    {
        var what = $"{char.ToUpperInvariant(unavailable.What[0])}{unavailable.What[1..]}";
        var since = unavailable.Since.UtcDateTime.ToString("HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);
        return new ProblemException(
            StatusCodes.Status503ServiceUnavailable, "store-away",
            unavailable.FilesGone ? $"{what}; noticed at {since} UTC, runs wait until then{done}." : $"{what}; away since {since} UTC, runs wait and nothing is lost{done}.")
        {
            Since = unavailable.Since,
        };
    }

    /// <summary>Takes the request's time away when the store is found to be away; gives why.</summary>
    private async Task<StoreUnavailable?> WatchAsync(HttpContext context, bool reads, CancellationTokenSource given, CancellationToken served)
    {
        try
        {
            var begun = clocks.SystemClock.GetTimestamp();
            while (true)
            {
                await Task.Delay(pollInterval, clocks.SystemClock, served);
                if (context.Response.HasStarted) return null;
                if (Against(reads) is { } known) return await GiveUpAsync(known);
                if (clocks.SystemClock.GetElapsedTime(begun) < (engine.StoreUnavailable is null ? waitLimit : timeoutWhileUnavailable)) continue;
                if (!await AnswersAsync(served)) return await GiveUpAsync(engine.StoreUnavailable ?? Silent());
                begun = clocks.SystemClock.GetTimestamp();
            }
        }
        catch (OperationCanceledException)
        {
            return null;
        }

        async Task<StoreUnavailable> GiveUpAsync(StoreUnavailable unavailable)
        {
            await given.CancelAsync();
            return unavailable;
        }
    }

    private StoreUnavailable? Against(bool reads) => engine.StoreUnavailable is { } unavailable && !(reads && unavailable.OnlyWrites) ? unavailable : null;

    private StoreUnavailable Silent() => new(
        $"the store has not answered for {probeTimeout.TotalSeconds:0} s; see whether it is well, and the network between",
        clocks.SystemClock.GetUtcNow() - probeTimeout, OnlyWrites: false);

    private async Task<bool> AnswersAsync(CancellationToken served)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(served);
        limit.CancelAfter(probeTimeout);
        try
        {
            await engine.ListAsync(new RunQuery { Limit = 1 }, limit.Token);
            return true;
        }
        catch (Exception) when (!served.IsCancellationRequested)
        {
            return false;
        }
    }
}

/// <summary>Marks addresses that answer while the store is away.</summary>
internal sealed class NeedsNoStore
{
    public static NeedsNoStore Mark { get; } = new();
}

internal static class StoreGuarding
{
    public static IApplicationBuilder UseStoreGuard(this IApplicationBuilder app) => app.UseMiddleware<StoreGuard>();

    /// <summary>It answers while the store is away.</summary>
    public static TBuilder WithoutStore<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(NeedsNoStore.Mark);
}
