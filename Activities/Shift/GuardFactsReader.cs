using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Activities.Journaling;
using Orchestrator.Activities.Traffic;
using Orchestrator.Fleet.Capacity;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Files;
using Orchestrator.Fleet.Guarding;
using Orchestrator.Fleet.Units;
using Orchestrator.Fleet.Views;
using Orchestrator.Infra.Clusters;
using Orchestrator.Infra.Metrics;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.People;
using TrafficReading = Orchestrator.Infra.Metrics.TrafficReading;

namespace Orchestrator.Activities.Shift;

/// <summary>Gathers what the guards of one move need to know: from the cluster, the traffic router, metrics, the journal and the runbook. What only other moves ask for is not read.</summary>
internal sealed class GuardFactsReader(FleetDefinition fleet, ProfileSet profiles, FleetFacts facts, TrafficDivider divider, TrafficMetrics metrics)
{
    /// <summary>How far ahead the forecast of a state's online demand looks: a promotion's night.</summary>
    private static readonly TimeSpan ForecastAhead = TimeSpan.FromHours(8);

    /// <summary>How far back the traffic counts when calm is asked for.</summary>
    private static readonly TimeSpan TrafficBack = TimeSpan.FromMinutes(10);

    /// <summary>Batch that does not get less takes at least so long.</summary>
    private static readonly TimeSpan LongestDrain = TimeSpan.FromDays(1);

    public async Task<GuardFacts> ReadAsync(ShiftWork work, ShiftPlanned plan, ClusterSurvey survey, CancellationToken cancellationToken)
    {
        var (arguments, driver, context) = (work.Arguments, work.Driver, work.Context);
        var asked = Guards.For(plan.From, plan.To).Select(guard => guard.Name).ToImmutableHashSet();
        var now = context.Clock.GetUtcNow();
        var (view, traffic) = await facts.ReadAsync(cancellationToken);
        var (reading, unknown) = asked.Contains("traffic") || asked.Contains("pressure") ? await TrafficAsync(cancellationToken) : (null, null);
        var routed = asked.Contains("traffic-weight") ? await divider.ReadAsync(cancellationToken) : null;
        var units = view.Units.Values.Where(unit => unit.Cluster == plan.Cluster && unit.Phase.IsAlive()).ToImmutableArray();
        var definition = fleet.Find(plan.Cluster);
        return new GuardFacts
        {
            Now = now,
            Lease = new LeaseFacts(context.FencingToken, work.Lease.Token),
            PlannedProfileDigest = plan.ProfileDigest,
            CurrentProfileDigest = await driver.ProfilesDigestAsync(cancellationToken),
            Nodes = new ReadinessFacts(
                [.. survey.Nodes.Select(node => new NodeReadiness(node.Name, node.Ready, node.MetricAge) { Cordoned = !node.Schedulable })],
                TimeSpan.FromSeconds(profiles[plan.From].Colocation.MetricReportIntervalSeconds)) { MaxUnavailable = work.MaxUnavailable },
            BrokenInvariants = [.. Invariants.Check(view, profiles).Select(broken => broken.Message)],
            HostProbes = Tally.Of(survey.Nodes, node => node.Host.Missing() is { } missing ? $"{node.Name} ({missing})" : null),
            Koordinator = asked.Contains("koordinator") ? await KoordinatorAsync(profiles[plan.To], survey, driver, cancellationToken) : null,
            Quotas = asked.Contains("quotas") ? await QuotasAsync(survey, driver, definition?.ReservePercent ?? 0, cancellationToken) : null,
            Images = Tally.Of(survey.Nodes, node => fleet.Images.All(node.Images.Contains) ? null : node.Name),
            Inspections = Tally.Of(units, unit => unit.Inspected ? null : unit.Id),
            Checkpoints = asked.Contains("checkpoints") && await driver.CheckpointsAsync(cancellationToken) is var (with, without) ? new Tally(with, without) : null,
            Forecast = definition is null ? null : new ForecastFacts(
                definition.Demand.OnlineCpuMilli.PeakBetween(now, now + ForecastAhead),
                survey.Nodes.Sum(node => node.CpuMilli),
                definition.ReservePercent,
                profiles[plan.To].BatchFloorPercent),
            Capacity = new CapacityFacts(
                fleet.AdmittedTraffic.PeakBetween(now, now + ForecastAhead),
                CapacityForecast.Home(fleet),
                view.Units.Values.Where(unit => unit.Phase.IsAlive()).Sum(unit => unit.Hosts * CapacityForecast.Host(fleet, unit.Kind))),
            Proven = ProvenCapacity.Of(view, fleet.AdmittedTraffic.PeakBetween(now, now + ForecastAhead)),
            Approvers = asked.Contains("approvals") ? await ApproversAsync(arguments, context, cancellationToken) : null,
            Preauthorised = arguments.Preauthorised,
            Pressure = Pressure(survey, TimeSpan.FromSeconds(profiles[plan.From].Colocation.MetricReportIntervalSeconds), reading?.P99, arguments.P99Objective),
            DrainLeft = asked.Contains("drain") ? await DrainLeftAsync(plan, survey, driver, context, cancellationToken) : null,
            Traffic = reading is not null && traffic.Add(now, reading.Demand).Highest(TrafficBack) is { } highest ? new TrafficFacts(highest.Share * 100, highest.For) : null,
            TrafficUnknown = unknown,
            QueueLag = asked.Contains("queue-lag") ? await driver.OldestWaitingBatchAsync(cancellationToken) : null,
            OnlinePods = (await driver.PodsAsync(UnitPods.Selector, cancellationToken, Counts(arguments, survey, context))).Count,
            // Weights that are asked for and not in force say nothing of where the traffic goes.
            TrafficWeight = routed is { InForce: true } ? units.Sum(unit => routed.ByDestination.GetValueOrDefault(unit.Id)) : null,
            HostsHeldByUnits = units.Sum(unit => unit.Hosts),
        };
    }

    /// <summary>The traffic, or why it is unknown; of a reading that lacks something, what that is.</summary>
    private async Task<(TrafficReading? Reading, string? Unknown)> TrafficAsync(CancellationToken cancellationToken)
    {
        try
        {
            var reading = await metrics.ReadAsync(cancellationToken);
            return (reading, reading.Unknown.IsEmpty ? null : string.Join("; ", reading.Unknown));
        }
        catch (MetricsException exception)
        {
            return (null, exception.Message);
        }
    }

    /// <summary>
    /// Pods of a node that is gone run nowhere, whatever the API server still lists; neither do those of a dead node, which cannot be drained, where
    /// nodes that are not ready are left.
    /// </summary>
    private static Func<string, bool> Counts(ShiftClusterArguments arguments, ClusterSurvey survey, TaskContext context)
    {
        var ready = survey.Nodes.ToImmutableDictionary(node => node.Name, node => node.Ready, StringComparer.Ordinal);
        return name => name.Length == 0 || (ready.TryGetValue(name, out var alive) && (alive || !(arguments.LeaveUnready || context.Undo)));
    }

    /// <summary>The same facts just before the first node changes: with what the shift has brought about itself, and whether the cluster is still the run's.</summary>
    /// <param name="plan">The plan's key among the task's facts.</param>
    public static async Task<GuardFacts> RefreshAsync(
        GuardFacts facts, string plan, ShiftWork work, CancellationToken cancellationToken)
    {
        var (driver, context) = (work.Driver, work.Context);
        await driver.CheckLeaseAsync(work.Lease, cancellationToken);
        var quotas = await driver.QuotasAsync(cancellationToken);
        return facts with
        {
            Now = context.Clock.GetUtcNow(),
            CurrentProfileDigest = await driver.ProfilesDigestAsync(cancellationToken),
            WayBackStored = context.Recorded.ContainsKey(plan),
            BatchSubmissionsBlocked = quotas?.GetValueOrDefault(ClusterQuota.Batch)?.Frozen,
        };
    }

    /// <summary>Null: we may not read how it is installed.</summary>
    private static async Task<Tally?> KoordinatorAsync(Profile profile, ClusterSurvey survey, ClusterDriver driver, CancellationToken cancellationToken)
    {
        if (await driver.KoordinatorAsync(cancellationToken) is not { } found)
        {
            return null;
        }

        var least = Prerequisites.LeastKoordinator;
        List<string?> failing =
        [
            Old("koord-manager", found.Manager, found.ManagerVersion),
            Old("koordlet", found.Koordlet, found.KoordletVersion),
            found.Pending == 0 ? null : $"koordlet is still being replaced on {found.Pending} nodes",
            .. Prerequisites.Gates(profile).Select(gate => found.HasGate(gate.Gate) ? null : $"koordlet's gate {gate.Gate} is off, which carries {gate.Carries}"),
        ];
        if (profile.Degrade != DegradePolicy.Kill && found.HasGate(Prerequisites.MemoryEvictGate))
        {
            // On such a node koordlet would evict as soon as the profile comes into force.
            failing.AddRange(survey.Nodes
                .Where(node => node is { Usage: { } usage, MemoryMiB: > 0 } && usage.MemoryMiB * 100 > node.MemoryMiB * profile.Threshold.MemoryEvictThresholdPercent)
                .Select(node => string.Create(CultureInfo.InvariantCulture,
                    $"{node.Name} uses {node.Usage!.MemoryMiB * 100 / node.MemoryMiB} % of its memory, above {profile.Threshold.MemoryEvictThresholdPercent} % koordlet evicts batch")));
        }

        return Tally.Of(failing, one => one);

        string? Old(string what, string? image, Version? version) => (image, version) switch
        {
            (null, _) => $"{what} is not installed",
            (_, null) => $"{what} has the image {image}, whose version cannot be read; {least} is the least",
            var (_, known) => known >= least ? null : $"{what} is {known}, {least} is the least",
        };
    }

    private static async Task<Tally?> QuotasAsync(ClusterSurvey survey, ClusterDriver driver, int reservePercent, CancellationToken cancellationToken)
    {
        if (await driver.QuotasAsync(cancellationToken) is not { } quotas)
        {
            return null;
        }

        var found = Tally.Of([ClusterQuota.Online, ClusterQuota.Batch], name => quotas.ContainsKey(name) ? null : name);
        var guaranteed = quotas.Values.Where(quota => quota.Name is ClusterQuota.Online or ClusterQuota.Batch).Sum(quota => quota.MinCpuMilli);
        var room = survey.Nodes.Sum(node => node.CpuMilli) * (100 - reservePercent) / 100;
        return guaranteed <= room ? found : found with
        {
            Failing = found.Failing.Add(string.Create(
                CultureInfo.InvariantCulture, $"guarantees of {guaranteed / 1000} cores where {room / 1000} are left beside the reserve")),
        };
    }

    /// <summary>
    /// Who approved: those that the evidence names, when an approval of this tree of runs was given by just these people. What a runbook says of
    /// itself counts for nothing.
    /// </summary>
    private static async Task<ImmutableArray<string>?> ApproversAsync(ShiftClusterArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        if (arguments.Evidence is not { } evidence)
        {
            return null;
        }

        var named = evidence.By.Select(approver => approver.User).ToHashSet(StringComparer.Ordinal);
        var given = evidence.Approved && named.Count > 0
            ? (await context.ApprovalsAsync(cancellationToken)).FirstOrDefault(approval => named.SetEquals(approval.By.Select(decision => decision.By)))
            : null;
        return given is null
            ? []
            : [.. given.By.Where(decision => FourEyes.Check(context.StartedBy, decision.By, decision.OnBehalfOf, []) == EyesConflict.None).Select(decision => PersonId.Of(decision.By).Value).Distinct()];
    }

    /// <summary>Online CPU as the nodes' metrics have it: each is a mean over no less than a report interval.</summary>
    public static PressureFacts? Pressure(ClusterSurvey survey, TimeSpan interval, TimeSpan? p99, TimeSpan? objective)
    {
        var telling = survey.Nodes.Where(node => node is { Usage: not null, CpuMilli: > 0 } && node.MetricAge < 2 * interval).ToImmutableArray();
        return telling.IsEmpty
            ? null
            : new PressureFacts(100.0 * telling.Sum(node => node.Usage!.OnlineCpuMilli) / telling.Sum(node => node.CpuMilli), interval, p99, objective);
    }

    /// <summary>
    /// How long batch would take to drain by itself: what it uses beyond its share, at the rate at which its use falls between two readings of every node. Null: too few nodes tell.
    /// </summary>
    private async Task<TimeSpan?> DrainLeftAsync(ShiftPlanned plan, ClusterSurvey survey, ClusterDriver driver, TaskContext context, CancellationToken cancellationToken)
    {
        var percent = profiles[plan.To].Split.Batch;
        if (Beyond(survey, percent) <= 0)
        {
            return TimeSpan.Zero;
        }

        // Every node has reported anew by then.
        var interval = TimeSpan.FromSeconds(profiles[plan.From].Colocation.MetricReportIntervalSeconds);
        await Task.Delay(2 * interval, context.Clock, cancellationToken);
        var later = await driver.SurveyAsync(cancellationToken);
        var telling = survey.Nodes.Join(later.Nodes, node => node.Name, node => node.Name, (before, after) => (Before: before, After: after))
            .Where(pair => pair.Before is { Usage: not null, MetricAt: not null } && pair.After.Usage is not null && pair.After.MetricAt > pair.Before.MetricAt)
            .ToImmutableArray();
        if (telling.Length * 2 < later.Nodes.Length)
        {
            return null;
        }

        var rate = telling.Sum(pair => (pair.Before.Usage!.BatchCpuMilli - pair.After.Usage!.BatchCpuMilli) / (pair.After.MetricAt - pair.Before.MetricAt)!.Value.TotalSeconds);
        var left = Beyond(later, percent);
        return left <= 0 ? TimeSpan.Zero : rate <= 0 ? LongestDrain : TimeSpan.FromSeconds(Math.Min(LongestDrain.TotalSeconds, left / rate));
    }

    /// <summary>Thousandths of a core.</summary>
    private static double Beyond(ClusterSurvey survey, int percent) =>
        survey.Nodes.Where(node => node.Usage is not null).Sum(node => Math.Max(0, node.Usage!.BatchCpuMilli - (node.CpuMilli * percent / 100)));
}
