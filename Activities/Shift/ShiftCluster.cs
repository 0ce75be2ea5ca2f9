using System.Collections.Immutable;
using Orchestrator.Activities.Journaling;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Files;
using Orchestrator.Fleet.Guarding;
using Orchestrator.Infra.Clusters;
using Orchestrator.Workflows;
using Orchestrator.Workflows.Journals;
using Orchestrator.Workflows.Tasks;

namespace Orchestrator.Activities.Shift;

/// <summary>
/// Moves a cluster's nodes to another co-location state: hop by hop along legal moves, each hop guarded, its way back stored
/// before the first node changes, and made in waves that are read back from the cluster. An attempt that was cut short
/// goes on with the hop and the wave that the journal shows as open.
/// </summary>
internal sealed class ShiftCluster(FleetInventory inventory, FleetDefinition fleet, ProfileSet profiles, GuardFactsReader guardFacts, WaveMover waves)
    : IActivity<ShiftClusterArguments, ShiftClusterResult>
{
    /// <summary>Guards that time alone may mend; a refusal by any other needs somebody to change something.</summary>
    private static readonly ImmutableHashSet<string> Passing = ["readiness", "traffic", "queue-lag", "online-drained", "drain", "pressure"];

    public async Task<ShiftClusterResult> ExecuteAsync(ShiftClusterArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        var driver = inventory.Find(arguments.Cluster) ?? throw Refuse(
            "unknown-cluster", $"there is no cluster '{arguments.Cluster}'; the fleet has {string.Join(", ", inventory.Clusters)}");
        Check(arguments, context);
        try
        {
            return await ShiftAsync(arguments, driver, context, cancellationToken);
        }
        catch (FencedException exception)
        {
            throw new ActivityFailedException(
                "fenced", $"{exception.Message}. Another run took the cluster over: wait until it has ended, then resume or undo this run.", retryable: false, exception);
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
        while (await PlanAsync(arguments, hops.Count + 1, driver, lease, waived, context, cancellationToken) is { } plan)
        {
            var number = hops.Count + 1;
            var nodes = plan.Waves.Sum(wave => wave.Length);
            if (!context.Recorded.ContainsKey(HopKeys.Done(number)))
            {
                await waves.MoveAsync(arguments, plan, number, driver, lease, context, cancellationToken);
                await context.RecordAsync(
                    HopKeys.Done(number), new ClusterShifted(plan.Cluster, plan.From, plan.To, nodes) { At = context.Clock.GetUtcNow() }, cancellationToken);
            }

            hops.Add(new ShiftHop { From = plan.From, To = plan.To, Nodes = nodes, Waves = plan.Waves.Length });
        }

        return new ShiftClusterResult
        {
            Cluster = arguments.Cluster,
            State = arguments.State,
            Moved = hops.Sum(hop => hop.Nodes),
            Hops = hops.ToImmutable(),
            Waived = waived.ToImmutable(),
        };
    }

    /// <summary>The plan of a hop, from the journal or new; null when every node is where it should be.</summary>
    private async Task<ShiftPlanned?> PlanAsync(
        ShiftClusterArguments arguments,
        int hop,
        ClusterDriver driver,
        ClusterLease lease,
        ImmutableSortedDictionary<string, string>.Builder waived,
        TaskContext context,
        CancellationToken cancellationToken)
    {
        if (context.Recorded.TryGetValue(HopKeys.Plan(hop), out var recorded))
        {
            return (ShiftPlanned)FactRecording.Read(recorded);
        }

        var survey = await driver.SurveyAsync(cancellationToken);
        // An undo goes back along the recorded way, which may be several moves long.
        if (ShiftPath.Next(arguments.Cluster, States(survey), arguments.State, arguments.Through || context.Undo) is not var (from, to))
        {
            return null;
        }

        var digest = await driver.ApplyProfilesAsync(SloControllerConfig.Render(profiles), $"{context.IdempotencyKey}/profiles", cancellationToken);
        var plan = new ShiftPlanned(arguments.Cluster, from, to, digest, Cut(arguments, survey, from)) { At = context.Clock.GetUtcNow() };
        var facts = await guardFacts.ReadAsync(arguments, plan, survey, driver, lease, context, cancellationToken);
        foreach (var guard in Passed(plan, Guards.Check(from, to, facts, arguments.Waive)).Where(guard => guard.Outcome == GuardOutcome.Waived))
        {
            waived[guard.Name] = arguments.Waive[guard.Name];
        }

        return await context.RecordAsync(HopKeys.Plan(hop), plan, cancellationToken);
    }

    private static ImmutableArray<GuardResult> Passed(ShiftPlanned plan, ImmutableArray<GuardResult> guards)
    {
        var refused = guards.Where(guard => !guard.Holds).ToImmutableArray();
        return refused.IsEmpty
            ? guards
            : throw new ActivityFailedException(new StepError(
                "guard-refused",
                $"{plan.Cluster}: {plan.From.Id()} to {plan.To.Id()} is refused by {string.Join("; by ", refused)}")
            {
                Retryable = refused.All(guard => Passing.Contains(guard.Name)),
                Detail = WorkflowJson.ToElement(refused),
            });
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

        if (Guards.CheckWaivers(arguments.Waive) is { IsEmpty: false } problems)
        {
            throw Refuse("bad-argument", $"waive: {string.Join("; ", problems)}");
        }

        if (context.FencingToken == 0)
        {
            throw Refuse("no-lock", $"the step holds no lock on cluster {arguments.Cluster}; give the runbook or the step locks: [\"cluster/{arguments.Cluster}\"]");
        }
    }

    private static ActivityFailedException Refuse(string code, string message) => new(code, message, retryable: false);
}
