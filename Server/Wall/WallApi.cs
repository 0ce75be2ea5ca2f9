using System.Runtime.CompilerServices;
using Orchestrator.Server.Approvals;
using Orchestrator.Server.FleetViews;
using Orchestrator.Server.Identity;
using Orchestrator.Server.Environments;
using Orchestrator.Server.Streams;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Wall;

/// <summary>The wall, once or live.</summary>
internal static class WallApi
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Still = TimeSpan.FromSeconds(15);

    public static void MapWall(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/wall", async (HttpContext http, WallReader wall, Delegations delegations, PromotionEnvironment environment, CancellationToken cancellationToken) =>
            await wall.ReadAsync(People.Find(http), await ApprovalsApi.EntitledAsync(http, delegations, environment, cancellationToken), cancellationToken))
            .WithTags("wall").WithSummary("The promotion night at a glance: time to the peak, clusters, units, traffic, what is blocked and on whom, approvals.");
        app.MapGet("/api/wall/stream", StreamAsync).WithTags("wall").WithSummary("The wall, live: event wall with all of it, at most two a second, whenever something has changed and every 15 s.")
            .Produces(StatusCodes.Status200OK, contentType: "text/event-stream");
    }

    private static async Task StreamAsync(
        HttpContext http, WallReader wall, Delegations delegations, PromotionEnvironment environment, Engine engine, ClusterSurveys surveys, Clocks clocks, IHostApplicationLifetime lifetime)
    {
        // Who asks is read once: the stream's own request says it, and what was delegated meanwhile shows after a reconnect.
        var entitled = await ApprovalsApi.EntitledAsync(http, delegations, environment, http.RequestAborted);
        await EventStream.WriteAsync(http, clocks.SystemClock, lifetime.ApplicationStopping, WallsAsync(wall, People.Find(http), entitled, engine, surveys, clocks.SystemClock));
    }

    private static async IAsyncEnumerable<StreamItem> WallsAsync(
        WallReader wall, Person? person, Func<OpenApproval, Entitlement>? entitled, Engine engine, ClusterSurveys surveys, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var timer = new PeriodicTimer(Tick, time);
        var (seen, shown, timestamp) = (-1L, -1L, time.GetTimestamp());
        do
        {
            var (position, number) = (engine.Position, surveys.Number);
            if (position == seen && number == shown && time.GetElapsedTime(timestamp) < Still)
            {
                continue;
            }

            (seen, shown, timestamp) = (position, number, time.GetTimestamp());
            yield return StreamItem.Of("wall", position, await wall.ReadAsync(person, entitled, cancellationToken), WallJson.Default.WallResponse);
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }
}
