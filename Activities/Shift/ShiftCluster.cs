using System.Collections.Immutable;
using Orchestrator.Activities.Journaling;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Files;
using Orchestrator.Fleet.Guarding;
using Orchestrator.Infra.Clusters;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Activities.Shift;

/// <summary>
/// Moves a cluster's nodes to another co-location state: hop by hop along legal moves, each hop guarded, its way back stored
/// before the first node changes, and made in waves that are read back from the cluster. An attempt that was cut short
/// goes on with the hop and the wave that the journal shows as open.
/// </summary>
internal sealed class ShiftCluster(FleetInventory inventory, FleetDefinition fleet, ProfileSet profiles, FleetFacts facts, GuardFactsReader guardFacts, WaveMover waves)
    : IActivity<ShiftClusterArguments, ShiftClusterResult>
{
    /// <summary>Guards that time alone may fix; a refusal by any other needs somebody to change something.</summary>
    private static readonly ImmutableHashSet<string> Passing = ["readiness", "traffic", "queue-lag", "online-drained", "drain", "pressure"];

    /// <summary>Guards that the shift sees to itself once the others hold: it stores the way back, and blocks batch submissions.</summary>
    private static readonly ImmutableHashSet<string> Own = ["way-back", "batch-submissions"];

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
        var lease = await driver.TakeLeaseAsync(context.FencingToken, context.Run.ToString(), cancellationToken);
        var hops = ImmutableArray.CreateBuilder<ShiftHop>();
        var waived = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        var left = ImmutableSortedDictionary<string, ColocationState>.Empty.WithComparers(StringComparer.Ordinal);
        var gone = ImmutableSortedSet.CreateBuilder<string>(StringComparer.Ordinal);
        var unlabelled = ImmutableSortedSet.CreateBuilder<string>(StringComparer.Ordinal);
        var refused = new HashSet<string>(StringComparer.Ordinal);
        var leaves = LeavesUnready(arguments, context);
        while (await PlanAsync(arguments, hops.Count + 1, left, refused, unlabelled, driver, lease, context, cancellationToken) is var (plan, facts))
        {
            var number = hops.Count + 1;
            if (!context.Recorded.ContainsKey(HopKeys.Wave(number, 1)))
            {
                waived.AddRange(await ClearAsync(arguments, plan, number, facts, driver, lease, context, cancellationToken));
            }

            // Those that took their label all the same go on with the others, and may be left behind once more.
            left = left.RemoveRange(plan.Waves.SelectMany(wave => wave));
            var mayLeave = leaves ? int.MaxValue : Guards.MayBeNotReady(fleet.Find(plan.Cluster)?.NodeCount ?? plan.Waves.Sum(wave => wave.Length)) - left.Count;
            var (behind, lost) = await waves.MoveAsync(arguments, plan, number, mayLeave, refused, driver, lease, context, cancellationToken);
            left = left.SetItems(behind.Select(node => KeyValuePair.Create(node, plan.From)));
            gone.UnionWith(plan.Gone);
            gone.UnionWith(lost);
            var moved = plan.Waves.Sum(wave => wave.Length) - behind.Length - lost.Length;
            if (!context.Recorded.ContainsKey(HopKeys.Done(number)))
            {
                await ThawAsync(plan.To, number, driver, lease, context, cancellationToken);
                await context.RecordAsync(
                    HopKeys.Done(number), new ClusterShifted(plan.Cluster, plan.From, plan.To, moved) { At = context.Clock.GetUtcNow() }, cancellationToken);
            }

            hops.Add(new ShiftHop { From = plan.From, To = plan.To, Nodes = moved, Waves = plan.Waves.Length });
        }

        if (hops.Count == 0)
        {
            // A degrade that was refused after its freeze left no node to move back.
            await ThawAsync(arguments.State, hop: 0, driver, lease, context, cancellationToken);
        }

        return new ShiftClusterResult
        {
            Cluster = arguments.Cluster,
            State = arguments.State,
            Moved = hops.Sum(hop => hop.Nodes),
            Hops = hops.ToImmutable(),
            LeftBehind = [.. left.Keys.Union(unlabelled).Order(StringComparer.Ordinal)],
            Gone = [.. gone],
            Left = context.Undo ? await WayBack.ReadAsync(arguments, left.Keys, gone, driver, context, cancellationToken) : [],
            Waived = waived.ToImmutable(),
        };
    }

    /// <summary>The plan of a hop, from the journal or new; null when every node is where it should be. A new one comes with the facts that its guards passed on.</summary>
    private async Task<(ShiftPlanned Plan, GuardFacts? Facts)?> PlanAsync(
        ShiftClusterArguments arguments,
        int hop,
        ImmutableSortedDictionary<string, ColocationState> left,
        HashSet<string> refused,
        ImmutableSortedSet<string>.Builder unlabelled,
        ClusterDriver driver,
        ClusterLease lease,
        TaskContext context,
        CancellationToken cancellationToken)
    {
        if (context.Recorded.TryGetValue(HopKeys.Plan(hop), out var recorded))
        {
            return ((ShiftPlanned)FactRecording.Read(recorded), null);
        }

        var whole = await driver.SurveyAsync(cancellationToken);
        var survey = whole;
        if (LeavesUnready(arguments, context))
        {
            // A way back holds good for what was lent: an empty cluster has none of it, and a machine that joined since, without a label, was never lent.
            unlabelled.UnionWith(whole.Nodes.Where(node => node.State is null).Select(node => node.Name));
            survey = whole with { Nodes = whole.Nodes.RemoveAll(node => node.State is null) };
            if (survey.Nodes.IsEmpty)
            {
                return null;
            }
        }

        // A node that was left behind without its label waits until it is ready again; one whose label was refused, until somebody tries the undo again.
        var moving = survey with
        {
            Nodes = survey.Nodes.RemoveAll(node => refused.Contains(node.Name) || !node.Ready && left.TryGetValue(node.Name, out var from) && node.State == from),
        };
        if (moving.Nodes.IsEmpty && !left.IsEmpty)
        {
            return null;
        }

        // An undo goes back along the recorded way, which may be several moves long.
        if (ShiftPath.Next(arguments.Cluster, States(moving), arguments.State, arguments.Through || context.Undo) is not var (from, to))
        {
            return null;
        }

        var digest = await driver.ApplyProfilesAsync(SloControllerConfig.Render(profiles), $"{context.IdempotencyKey}/profiles", cancellationToken);
        var plan = new ShiftPlanned(arguments.Cluster, from, to, digest, Cut(arguments, moving, from))
        {
            At = context.Clock.GetUtcNow(),
            Gone = await GoneAsync(arguments.Cluster, whole, cancellationToken),
        };
        var facts = await guardFacts.ReadAsync(arguments, plan, whole, driver, lease, context, cancellationToken);
        ThrowWhenRefused(plan, Asked(Guards.Check(from, to, facts, arguments.Waive), arguments, context).Where(guard => !Own.Contains(guard.Name)));
        await RecordFoundAsync(arguments.Cluster, survey, context, cancellationToken);
        return (await context.RecordAsync(HopKeys.Plan(hop), plan, cancellationToken), facts);
    }

    /// <summary>The way back, and whoever says so, goes on without nodes that are not ready; each is named in the result.</summary>
    private static bool LeavesUnready(ShiftClusterArguments arguments, TaskContext context) => arguments.LeaveUnready || context.Undo;

    /// <summary>The guards that count: dead nodes hold up no way back.</summary>
    private static IEnumerable<GuardResult> Asked(IEnumerable<GuardResult> guards, ShiftClusterArguments arguments, TaskContext context) =>
        LeavesUnready(arguments, context) ? guards.Where(guard => guard.Name != "readiness") : guards;

    /// <summary>Nodes that the journal counts and the cluster has no longer.</summary>
    private async Task<ImmutableArray<string>> GoneAsync(string cluster, ClusterSurvey survey, CancellationToken cancellationToken)
    {
        var (view, _) = await facts.ReadAsync(cancellationToken);
        return view.Clusters.GetValueOrDefault(cluster)?.Missing(
            survey.Nodes.Select(node => node.Name).ToImmutableHashSet(StringComparer.Ordinal),
            fleet.Find(cluster)?.ListNodes().Select(node => node.Name) ?? []) ?? [];
    }

    /// <summary>What is known of a cluster begins with its size: one that no survey has found before is found here.</summary>
    private async Task RecordFoundAsync(string cluster, ClusterSurvey survey, TaskContext context, CancellationToken cancellationToken)
    {
        if (context.Recorded.ContainsKey(HopKeys.Found) || fleet.Find(cluster) is not { } definition) return;
        var (view, _) = await facts.ReadAsync(cancellationToken);
        if (view.Clusters.ContainsKey(cluster)) return;

        var found = SurveyedCluster.Of(definition, survey.NodesByState) with { Nodes = survey.Nodes.Length };
        await context.RecordAsync(HopKeys.Found, new FleetSurveyed([found]) { At = context.Clock.GetUtcNow() }, cancellationToken);
    }

    /// <summary>
    /// Asks every guard, between the plan being durable and the first label: those that the shift sees to itself now as well, by what
    /// the journal and the cluster show of them.
    /// </summary>
    /// <param name="facts">Those the plan was made on; null in an attempt that found the plan in the journal, which reads all anew.</param>
    /// <returns>The guards that were waived, with the reasons.</returns>
    private async Task<IEnumerable<KeyValuePair<string, string>>> ClearAsync(
        ShiftClusterArguments arguments, ShiftPlanned plan, int hop, GuardFacts? facts, ClusterDriver driver, ClusterLease lease, TaskContext context, CancellationToken cancellationToken)
    {
        if (IsPeak(plan.To) && !IsPeak(plan.From))
        {
            await driver.FreezeBatchAsync(lease, $"{context.IdempotencyKey}/{HopKeys.Freeze(hop)}", cancellationToken);
        }

        facts ??= await guardFacts.ReadAsync(arguments, plan, await driver.SurveyAsync(cancellationToken), driver, lease, context, cancellationToken);
        facts = await GuardFactsReader.RefreshAsync(facts, HopKeys.Plan(hop), driver, lease, context, cancellationToken);
        var guards = Guards.Check(plan.From, plan.To, facts, arguments.Waive);
        ThrowWhenRefused(plan, Asked(guards, arguments, context));
        return guards.Where(guard => guard.Outcome == GuardOutcome.Waived).Select(guard => KeyValuePair.Create(guard.Name, arguments.Waive[guard.Name]));
    }

    /// <summary>Batch is admitted again wherever the cluster is no longer degraded, whoever froze it.</summary>
    private static Task ThawAsync(ColocationState state, int hop, ClusterDriver driver, ClusterLease lease, TaskContext context, CancellationToken cancellationToken) =>
        IsPeak(state) ? Task.CompletedTask : driver.ThawBatchAsync(lease, $"{context.IdempotencyKey}/{HopKeys.Thaw(hop)}", cancellationToken);

    private static bool IsPeak(ColocationState state) => state is ColocationState.PeakDegradeLossless or ColocationState.PeakDegradeLossy;

    private static void ThrowWhenRefused(ShiftPlanned plan, IEnumerable<GuardResult> guards)
    {
        var refused = guards.Where(guard => !guard.Holds).ToImmutableArray();
        if (!refused.IsEmpty)
        {
            throw new ActivityFailedException(new StepError(
                "guard-refused",
                $"{plan.Cluster}: {plan.From.Id()} to {plan.To.Id()} is refused by {string.Join("; by ", refused)}")
            {
                Retryable = refused.All(guard => Passing.Contains(guard.Name)),
                Detail = WorkflowJson.ToElement(refused),
            });
        }
    }

    private static IEnumerable<ColocationState> States(ClusterSurvey survey)
    {
        var unlabelled = survey.Nodes.Where(node => node.State is null).Select(node => node.Name).ToList();
        return unlabelled.Count == 0 && survey.Nodes.Length > 0
            ? survey.Nodes.Select(node => node.State!.Value)
            : throw Refuse("unlabelled-nodes", survey.Nodes.Length == 0
                ? $"cluster {survey.Cluster} has no nodes"
                : $"{unlabelled.Count} nodes of {survey.Cluster} carry no known {ColocationStates.LabelKey} ({string.Join(", ", unlabelled.Take(5))}…); "
                    + $"label them {ColocationState.OfflineOnly.Id()} once they run nothing but batch work");
    }

    /// <summary>The waves of the nodes that make this hop, each with its share of every zone and pool that the fleet file knows.</summary>
    private ImmutableArray<ImmutableArray<string>> Cut(ShiftClusterArguments arguments, ClusterSurvey survey, ColocationState from)
    {
        var known = fleet.Find(arguments.Cluster)?.ListNodes().ToDictionary(node => node.Name, StringComparer.Ordinal) ?? [];
        return Waves.Cut(
            survey.Nodes.Where(node => node.State == from).Select(node =>
                known.TryGetValue(node.Name, out var place) ? new WaveNode(node.Name, place.Zone, place.Pool.Name) : new WaveNode(node.Name, "", "")),
            Waves.Parse(arguments.Waves));
    }

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

        if (Guards.CheckWaivers(arguments.Waive) is { IsEmpty: false } diagnostics)
        {
            throw Refuse("bad-argument", $"waive: {string.Join("; ", diagnostics)}");
        }

        if (context.FencingToken == 0)
        {
            throw Refuse("no-lock", $"the step holds no lock on cluster {arguments.Cluster}; give the runbook or the step locks: [\"cluster/{arguments.Cluster}\"]");
        }
    }

    private static ActivityFailedException Refuse(string code, string message) => new(code, message, retryable: false);
}
