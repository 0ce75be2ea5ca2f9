using System.Collections.Immutable;
using Orchestrator.Activities.Journaling;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Files;
using Orchestrator.Fleet.Guarding;
using Orchestrator.Infra.Clusters;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Shift;

/// <summary>
/// Moves a cluster's nodes to another co-location state: hop by hop along legal moves, each hop guarded, its way back stored
/// before the first node changes, and made in waves that are read back from the cluster. An attempt that was cut short
/// goes on with the hop and the wave that the journal shows as open.
/// </summary>
internal sealed class ShiftCluster(FleetInventory inventory, FleetDefinition fleet, HopPlanner planner, HopGuards guards, WaveMover waves, HopReturn back)
    : IActivity<ShiftClusterArguments, ShiftClusterResult>
{
    public async Task<ShiftClusterResult> ExecuteAsync(ShiftClusterArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        Check(arguments, context);
        try
        {
            var driver = inventory.Find(arguments.Cluster) ?? throw Refuse(
                "unknown-cluster", $"there is no cluster '{arguments.Cluster}'; the fleet has {string.Join(", ", inventory.Clusters)}");
            return await ShiftAsync(arguments, driver, context, cancellationToken);
        }
        catch (FencedException exception)
        {
            throw new ActivityFailedException(
                "fenced", $"{exception.Message}. Another run took the cluster over: wait until it has ended, then resume or undo this run.", retryable: false, exception);
        }
        catch (ClusterDeniedException exception)
        {
            throw new ActivityFailedException("denied", $"{exception.Message}. Ask whoever runs {exception.By} to allow it, or change what it objects to.", retryable: false, exception);
        }
        catch (ClusterUnreachableException exception)
        {
            throw new ActivityFailedException("cluster-unreachable", $"{exception.Message}. Check the cluster's API server, then try again.", inner: exception);
        }
    }

    private async Task<ShiftClusterResult> ShiftAsync(ShiftClusterArguments arguments, ClusterDriver driver, TaskContext context, CancellationToken cancellationToken)
    {
        var work = new ShiftWork(arguments, driver, await driver.TakeLeaseAsync(context.FencingToken, context.Run.ToString(), cancellationToken), context);
        var hops = ImmutableArray.CreateBuilder<ShiftHop>();
        var waived = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        for (var number = 1; ; number++)
        {
            if (context.Recorded.TryGetValue(HopKeys.Turned(number), out var turned))
            {
                await FinishReturnAsync(work, number, (WaveTurned)FactRecording.Read(turned), cancellationToken);
                continue;
            }

            if (await planner.PlanAsync(work, number, cancellationToken) is not var (plan, facts))
            {
                break;
            }

            if (!context.Recorded.ContainsKey(HopKeys.Wave(number, 1)))
            {
                waived.AddRange(await guards.ClearAsync(work, plan, number, facts, cancellationToken));
            }

            hops.Add(await HopAsync(work, plan, number, cancellationToken));
        }

        if (hops.Count == 0)
        {
            // A degrade that was refused after its freeze left no node to move back.
            await ThawAsync(work, arguments.State, hop: 0, cancellationToken);
        }

        return new ShiftClusterResult
        {
            Cluster = arguments.Cluster,
            State = arguments.State,
            Moved = hops.Sum(hop => hop.Nodes),
            Hops = hops.ToImmutable(),
            LeftBehind = [.. work.Left.Keys.Union(work.Unlabelled).Order(StringComparer.Ordinal)],
            Gone = [.. work.Gone],
            Left = context.Undo ? await WayBack.ReadAsync(arguments, work.Left.Keys, work.Gone, driver, context, cancellationToken) : [],
            Killed = BatchKill.Total(work),
            Requeue = hops.Any(hop => hop.From == ColocationState.PeakDegradeLossy) ? await BatchKill.RequeuedAsync(work, cancellationToken) : null,
            Waived = waived.ToImmutable(),
        };
    }

    private async Task<ShiftHop> HopAsync(ShiftWork work, ShiftPlanned plan, int number, CancellationToken cancellationToken)
    {
        // Those that took their label all the same go on with the others, and may be left behind once more.
        foreach (var node in plan.Waves.SelectMany(wave => wave))
        {
            work.Left.Remove(node);
        }

        var size = fleet.Find(plan.Cluster)?.NodeCount ?? plan.Waves.Sum(wave => wave.Length) + plan.Unavailable.Length;
        var mayLeave = work.LeavesUnready ? int.MaxValue : work.MaxUnavailable.Of(size) - work.Left.Keys.Union(plan.Unavailable).Count();
        var (behind, lost) = await waves.MoveAsync(work, plan, number, mayLeave, cancellationToken);
        foreach (var node in plan.Unavailable.Except(behind))
        {
            work.Left.Remove(node);
        }

        foreach (var node in behind)
        {
            work.Left[node] = plan.From;
        }

        work.Gone.UnionWith(plan.Gone);
        work.Gone.UnionWith(lost);
        var moved = plan.Waves.Sum(wave => wave.Length) + plan.Unavailable.Length - behind.Length - lost.Length;
        if (!work.Context.Recorded.ContainsKey(HopKeys.Done(number)))
        {
            await ThawAsync(work, plan.To, number, cancellationToken);
            await work.Context.RecordAsync(
                HopKeys.Done(number), new ClusterShifted(plan.Cluster, plan.From, plan.To, moved) { At = work.Context.Clock.GetUtcNow() }, cancellationToken);
        }

        return new ShiftHop { From = plan.From, To = plan.To, Nodes = moved, Waves = plan.Waves.Length };
    }

    /// <summary>An earlier attempt's hop that was to go back and was cut short on its way fails the step once it is back; one that was back already is closed, and the shift begins anew.</summary>
    private async Task FinishReturnAsync(ShiftWork work, int number, WaveTurned turned, CancellationToken cancellationToken)
    {
        if (!work.Context.Recorded.ContainsKey(HopKeys.Back(number, "done")))
        {
            var left = await back.FinishAsync(work, number, turned, cancellationToken);
            throw HopReturn.Failure(
                $"{turned.Cluster}: after wave {turned.Wave} to {turned.To.Id()}: {string.Join("; ", turned.Guards)}. What had moved is back in {turned.From.Id()}{(left.IsEmpty ? "" : $", but for {string.Join(", ", left)}")}: try again to begin anew", []);
        }
    }

    /// <summary>Batch is admitted again wherever the cluster is no longer degraded, whoever froze it.</summary>
    private static Task ThawAsync(ShiftWork work, ColocationState state, int hop, CancellationToken cancellationToken) =>
        ShiftWork.IsPeak(state) ? Task.CompletedTask : work.Driver.ThawBatchAsync(work.Lease, work.Key(HopKeys.Thaw(hop)), cancellationToken);

    private static void Check(ShiftClusterArguments arguments, TaskContext context)
    {
        try
        {
            Waves.Parse(arguments.Waves);
        }
        catch (FormatException exception)
        {
            throw Refuse("bad-argument", $"waves: {exception.Message}");
        }

        try
        {
            MaxUnavailable.Parse(arguments.MaxUnavailable);
        }
        catch (FormatException exception)
        {
            throw Refuse("bad-argument", $"maxUnavailable: {exception.Message}");
        }

        if (arguments.ErrorObjective is < 0 or > 100)
        {
            throw Refuse("bad-argument", "errorObjective: it is a share in percent; give one from 0 to 100, as in 1.5");
        }

        if (Guards.CheckWaivers(arguments.Waive) is { IsEmpty: false } diagnostics)
        {
            throw Refuse("bad-argument", $"waive: {string.Join("; ", diagnostics)}");
        }

        if (context.FencingToken == 0)
        {
            throw Refuse("no-lock", $"the step holds no lock on cluster {arguments.Cluster}; give the runbook or the step locks: [\"cluster/{arguments.Cluster}\"]");
        }
    }

    private static ActivityFailedException Refuse(string code, string message) => ShiftWork.Refuse(code, message);
}
