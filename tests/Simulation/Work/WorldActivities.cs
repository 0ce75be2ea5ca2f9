using System.Text.Json;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Simulation.Work;

/// <summary>What the steps of a simulation do to the world.</summary>
internal static class WorldActivities
{
    public static ActivityRegistry On(OutsideWorld world) => new(
    [
        new WorldActivity("world.apply", (arguments, context, lost) => ApplyAsync(world, arguments, context, lost)),
        new WorldActivity("world.revert", (arguments, context, lost) => RevertAsync(world, arguments, context, lost)),
        new WorldActivity("world.shift", (arguments, context, lost) => ShiftAsync(world, arguments, context, lost)),
    ]);

    private static async Task<JsonElement?> ApplyAsync(OutsideWorld world, JsonElement arguments, TaskContext context, CancellationToken lost)
    {
        await WorkAsync(world, arguments, context, lost);
        if (arguments.GetProperty("fact").GetBoolean()) await context.RecordAsync("seen", WorkflowJson.ToElement(context.Attempt), lost);
        var key = await world.AskAsync(() => world.Apply(context.IdempotencyKey));
        return WorkflowJson.ToElement(new { key });
    }

    private static async Task<JsonElement?> RevertAsync(OutsideWorld world, JsonElement arguments, TaskContext context, CancellationToken lost)
    {
        await Task.Delay(world.Takes(1), context.Clock, lost);
        if (world.Happens(0.1)) throw new ActivityFailedException("broken", "The way back broke.");
        // A step that gave no result may have had its effect all the same: its key is known without one.
        var of = arguments.GetProperty("of").GetString();
        var key = of ?? context.IdempotencyKey[..^"/undo".Length];
        if (world.Happens(0.1) && await world.AskAsync(() => world.Keep(key)) is { } why)
            return world.KeepsSilently ? null : WorkflowJson.ToElement(new { left = new[] { new { name = key, reason = why } } });

        await world.AskAsync(() => of is null ? world.RevertIfDone(key, context.IdempotencyKey) : world.Revert(of, context.IdempotencyKey));
        return null;
    }

    /// <summary>In two steps, the one that frees first: with nobody else at work the shares never exceed the whole.</summary>
    private static async Task<JsonElement?> ShiftAsync(OutsideWorld world, JsonElement arguments, TaskContext context, CancellationToken lost)
    {
        var (cluster, token) = (arguments.GetProperty("cluster").GetString()!, context.FencingToken);
        var guaranteed = arguments.GetProperty("guaranteed").GetInt32();
        try
        {
            var now = await world.AskAsync(() => world.Look(cluster, token));
            await WorkAsync(world, arguments, context, lost);
            if (now.Guaranteed > guaranteed)
            {
                await world.AskAsync(() => world.Set(cluster, token, guaranteed, null));
                await Task.Delay(world.Takes(1), context.Clock, lost);
                await world.AskAsync(() => world.Set(cluster, token, null, 100 - guaranteed));
            }
            else
            {
                await world.AskAsync(() => world.Set(cluster, token, null, 100 - guaranteed));
                await Task.Delay(world.Takes(1), context.Clock, lost);
                await world.AskAsync(() => world.Set(cluster, token, guaranteed, null));
            }

            return WorkflowJson.ToElement(new { cluster, guaranteed = now.Guaranteed });
        }
        catch (RefusedException refused)
        {
            throw new ActivityFailedException("stale-token", refused.Message, retryable: true, refused);
        }
    }

    private static async Task WorkAsync(OutsideWorld world, JsonElement arguments, TaskContext context, CancellationToken lost)
    {
        var most = arguments.GetProperty("seconds").GetDouble();
        await Task.Delay(world.Takes(most), context.Clock, lost);
        context.Progress(0.5, "half-way");
        if (world.Happens(0.15)) throw new ActivityFailedException("broken", "It broke.", retryable: !world.Happens(0.2));
        await Task.Delay(world.Takes(most), context.Clock, lost);
    }

    private sealed class WorldActivity(string name, Func<JsonElement, TaskContext, CancellationToken, Task<JsonElement?>> act)
        : RegisteredActivity(name, () => throw new NotSupportedException())
    {
        public override Task<JsonElement?> ExecuteAsync(IServiceProvider services, JsonElement arguments, TaskContext context, CancellationToken cancellationToken) =>
            act(arguments, context, cancellationToken);
    }
}
