using System.Collections.Immutable;
using Orchestrator.Activities.Journaling;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Files;
using Orchestrator.Fleet.Guarding;
using Orchestrator.Fleet.Units;
using Orchestrator.Fleet.Views;
using Orchestrator.Infra.Clusters;
using Orchestrator.Infra.Traffic;
using Orchestrator.Workflows.Tasks;

namespace Orchestrator.Activities.Shift;

/// <summary>Gathers what the guards of one move need to know: from the cluster, the balancer, the journal and the runbook.</summary>
internal sealed class GuardFactsReader(FleetDefinition fleet, ProfileSet profiles, FleetStanding standing, BalancerClient balancer)
{
    /// <summary>How far ahead the forecast of a state's online demand looks: a promotion's night.</summary>
    private static readonly TimeSpan ForecastAhead = TimeSpan.FromHours(8);

    /// <summary>How far back the traffic counts when calm is asked for.</summary>
    private static readonly TimeSpan TrafficBack = TimeSpan.FromMinutes(10);

    public async Task<GuardFacts> ReadAsync(
        ShiftClusterArguments arguments, ShiftPlanned plan, ClusterSurvey survey, ClusterDriver driver, ClusterLease lease, TaskContext context, CancellationToken cancellationToken)
    {
        var now = context.Clock.GetUtcNow();
        var (view, traffic) = await standing.ReadAsync(cancellationToken);
        var reading = await balancer.TrafficAsync(cancellationToken);
        var weights = await balancer.WeightsAsync(cancellationToken);
        var units = view.Units.Values.Where(unit => unit.Cluster == plan.Cluster && unit.Phase.IsAlive()).ToImmutableArray();
        var definition = fleet.Find(plan.Cluster);
        return new GuardFacts
        {
            Now = now,
            Lease = new LeaseFacts(context.FencingToken, lease.Token),
            PlannedProfileDigest = plan.ProfileDigest,
            CurrentProfileDigest = await driver.ProfilesDigestAsync(cancellationToken),
            Nodes = new ReadinessFacts(
                [.. survey.Nodes.Select(node => new NodeReadiness(node.Name, node.Ready, node.MetricAge))],
                TimeSpan.FromSeconds(profiles[plan.From].Colocation.MetricReportIntervalSeconds)),
            BrokenInvariants = [.. Invariants.Check(view, profiles).Select(broken => broken.Message)],
            // The plan goes to the journal right after the guards, and no node changes before it is durable there.
            WayBackStored = true,
            Inspections = new Tally(units.Count(unit => unit.Inspected), [.. units.Where(unit => !unit.Inspected).Select(unit => unit.Id)]),
            Forecast = definition is null ? null : new ForecastFacts(
                definition.Demand.OnlineCpuMilli.PeakBetween(now, now + ForecastAhead),
                survey.Nodes.Sum(node => node.CpuMilli),
                definition.ReservePercent,
                profiles[plan.To].BatchFloorPercent),
            Approvers = arguments.Evidence is { } evidence
                ? evidence.Approved ? [.. evidence.By.Select(approver => approver.User).Where(user => user != context.StartedBy)] : []
                : null,
            Preauthorised = arguments.Preauthorised,
            Traffic = traffic.Add(now, reading.Demand).Highest(TrafficBack) is { } highest ? new TrafficFacts(highest.Share * 100, highest.For) : null,
            OnlinePods = (await driver.PodsAsync(UnitPods.Selector, cancellationToken)).Count,
            TrafficWeight = units.Sum(unit => weights.GetValueOrDefault(unit.Id)),
            HostsHeldByUnits = units.Sum(unit => unit.Hosts),
        };
    }
}
