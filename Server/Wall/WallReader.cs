using Orchestrator.Fleet.Capacity;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Demand;
using Orchestrator.Fleet.Units;
using Orchestrator.Fleet.Views;
using Orchestrator.Server.Api;
using Orchestrator.Server.Approvals;
using Orchestrator.Server.Decisions;
using Orchestrator.Server.Emergency;
using Orchestrator.Server.FleetViews;
using Orchestrator.Server.Identity;
using Orchestrator.Server.Environments;
using Orchestrator.Server.Runs;
using Orchestrator.Server.Schedules;
using Orchestrator.Server.Work;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Wall;

/// <summary>Puts the wall together from folds that are kept up to date anyway; asks no cluster and waits for none.</summary>
internal sealed class WallReader(
    FleetViewer viewer, ClusterSurveys surveys, OpenWork openWork, OpenApprovals approvals, Blockage blockage, RunViews views, EmergencyPlans plans, EmergencyTrigger trigger,
    EmergencyHold hold, DecisionInbox inbox, DueTriggers due, TrafficReadings readings, Engine engine, ProfileSet profiles, PromotionEnvironment environment)
{
    /// <summary>Most approvals that a wall shows.</summary>
    private const int MostApprovals = 100;

    /// <param name="person">Who looks; null when it is not known.</param>
    /// <param name="entitled">Judges for the person.</param>
    public async Task<WallResponse> ReadAsync(Person? person, Func<OpenApproval, Entitlement>? entitled, CancellationToken cancellationToken)
    {
        var now = environment.Time.GetUtcNow();
        var refused = await openWork.ReadAsync(
            runs => runs.SelectMany(run => run.Refused.Select(pair => (pair.Value.Cluster, run.Run, Path: pair.Key, pair.Value.Error, pair.Value.At))).ToLookup(one => one.Cluster), cancellationToken);
        var open = await openWork.ReadAsync(runs => runs.Count, cancellationToken);
        var observed = readings.Peek();
        var (view, position, invariants, shifts, traffic, units, away) = await viewer.ReadAsync(
            (projection, position) => (projection.View, position, projection.Invariants, Shifts: projection.Shifts.ToDictionary(), Traffic: Traffic(projection.View, projection.Ledger, observed, now), Units: Units(projection.View, projection.Ledger),
                Away: EmergencyPlan.Of(projection, position, EmergencyScope.All, environment.Fleet.Fleet, profiles, "", "")), cancellationToken);
        var broken = Invariants.Check(view, profiles);
        var clusters = new List<WallCluster>();
        // A cluster that nobody has surveyed yet has a lane all the same, with what its API shows.
        foreach (var id in view.Clusters.Keys.Union(environment.Fleet.Fleet.Clusters.Select(cluster => cluster.Id)))
        {
            var origin = shifts.GetValueOrDefault(id);
            var lights = broken.Where(violation => violation.Subject == id).Select(violation => new GuardLight($"invariant {violation.Name}", "red", violation.Message, null, null, null, null)).ToList();
            // A later move of the cluster passed its guards: what an earlier one was refused is past.
            lights.AddRange(refused[id].Where(one => origin is null || one.At >= origin.At).SelectMany(one => GuardLights.Refused(one.Run, one.Path, one.Error, one.At)));
            if (origin is not null)
            {
                var passed = await views.ReadAsync(origin.Run, run => GuardLights.Passed(origin, run.Find(origin.Path)).ToList(), cancellationToken) ?? [];
                lights.AddRange(passed.Where(light => lights.TrueForAll(red => red.Guard != light.Guard)));
            }

            clusters.Add(Cluster(id, view.Clusters.GetValueOrDefault(id), origin, lights, position));
        }

        return new WallResponse(
            position, now, environment.Simulated, environment.Speed, environment.Fleet.Fleet.Name, Peak(now), traffic, clusters, units,
            new SortedDictionary<string, int>(units.CountBy(unit => unit.Phase).ToDictionary(), StringComparer.Ordinal),
            await blockage.ListAsync(cancellationToken),
            [.. (await approvals.ListAsync(cancellationToken)).Take(MostApprovals).Select(approval => ApprovalResponse.Of(approval, entitled?.Invoke(approval)))],
            await EmergencyAsync(now, cancellationToken), open,
            new InvariantCount(invariants.Checked, invariants.Violations.Count, [.. broken.Select(violation => new InvariantResponse(violation.Name, violation.Subject, violation.Message))]))
        {
            Decisions = [.. (await inbox.ListAsync(person, entitled, cancellationToken)).Take(MostApprovals)],
            Unheld = await UnheldAsync(away, cancellationToken),
            Due = await due.AgainstHeldAsync(cancellationToken),
        };
    }

    /// <summary>What is away from home and no lock covers. A unit on a cluster is its cluster's too.</summary>
    private async Task<UnheldResponse> UnheldAsync(EmergencyPlan away, CancellationToken cancellationToken)
    {
        var held = away.Lines.IsEmpty ? [] : (await engine.LocksAsync(cancellationToken)).Where(view => view.Held).SelectMany(view => view.Resources).ToList();
        var lines = away.Lines.Where(line => !held.Exists(resource => LockView.Overlap(resource, line.Kind == "traffic" ? "traffic" : $"{line.Kind}/{line.Id}"))).ToList();
        return new UnheldResponse(lines, lines.Sum(line => line.CostPerHour), away.Currency);
    }

    private async Task<EmergencyState> EmergencyAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        await plans.RefreshAsync(cancellationToken);
        var held = await hold.ReadAsync(cancellationToken);
        if (plans.Latest is not { } plan)
        {
            return new EmergencyState("none", null, null, null, null, null, null, null, null, held);
        }

        var status = plan.Triggered is { } triggered && Guid.TryParse(triggered.Run, out var run) ? (await engine.FindAsync(new RunId(run), cancellationToken))?.Status : null;
        return new EmergencyState(
            trigger.State(plan), plan.Id, plan.Triggered?.By ?? plan.By, plan.Triggered?.At ?? plan.At, Math.Round((now - (plan.Triggered?.At ?? plan.At)).TotalSeconds, 1), trigger.ValidUntil(plan), trigger.Missing(plan), plan.Triggered?.Run,
            status is { } known ? Words.Of(known) : null, held);
    }

    private WallCluster Cluster(string id, ClusterView? cluster, ShiftOrigin? origin, IReadOnlyList<GuardLight> lights, long position)
    {
        var observed = surveys.Peek(id, position);
        var known = environment.Fleet.Fleet.Find(id);
        var asked = cluster?.Shift?.To ?? cluster?.State;
        return new WallCluster(
            id, known is null ? null : Words.Of(known.Kind), cluster?.State is { } state ? Words.Of(state) : null,
            cluster?.State is { } whole ? new SplitResponse(profiles[whole].Split.Online, profiles[whole].Split.Batch) : null, cluster?.Nodes ?? known?.NodeCount ?? 0,
            cluster?.NodesByState.ToDictionary(pair => Words.Of(pair.Key), pair => pair.Value) ?? [], cluster is null ? null : ClusterResponse.Of(cluster).Shift,
            origin is null ? null : new AskedState(Words.Of(origin.To), origin.At, origin.Run.ToString(), origin.Path.Value, origin.ProfileDigest),
            observed is null ? null : Observed(observed),
            observed?.Survey is { } survey && asked is { } wanted
                ? survey.Nodes.All(node => node.State == wanted) && (origin is null || observed.ProfilesDigest == origin.ProfileDigest) : null,
            lights);
    }

    private ObservedState Observed(ObservedCluster observed)
    {
        var nodes = observed.Survey?.Nodes ?? [];
        var ready = nodes.Count(node => node.Ready);
        return new ObservedState(
            observed.Survey?.At, Math.Round(surveys.AgeOf(observed).TotalSeconds, 1),
            observed.Survey?.NodesByState.ToDictionary(pair => Words.Of(pair.Key), pair => pair.Value) ?? [], nodes.Count(node => node.State is null),
            ready, nodes.Length - ready, observed.ProfilesDigest, observed.Error);
    }

    /// <summary>The curve's highest point, the next time that it comes.</summary>
    private PeakResponse Peak(DateTimeOffset now)
    {
        var highest = environment.Fleet.Fleet.AdmittedTraffic.Points.MaxBy(point => point.Value);
        var local = now.ToOffset(DayCurve.Offset);
        var today = new DateTimeOffset(local.Date, DayCurve.Offset) + highest.At;
        var next = today > local ? today : today.AddDays(1);
        return new PeakResponse(next, Math.Round((next - now).TotalSeconds), highest.Value, Math.Round((now - next.AddDays(-1)).TotalSeconds), next.AddDays(-1), "fleet-file");
    }

    /// <summary>The latest of what runs recorded and of what the wall has read itself.</summary>
    private WallTraffic Traffic(FleetView view, Ledger ledger, ObservedTraffic? observed, DateTimeOffset now)
    {
        var recorded = ledger.Traffic.Count == 0 ? (TrafficReading?)null : ledger.Traffic[^1];
        var own = observed is { Reading: { } reading } && (recorded is null || observed.At >= recorded.Value.At) ? reading : null;
        var (demand, read) = own is not null ? (own.Demand, (DateTimeOffset?)observed!.At) : (view.Demand, recorded?.At);
        var age = now - read;
        var cloud = view.Units.Values.Where(unit => unit.Kind == UnitKind.Cloud).Select(unit => unit.Id).ToList();
        var onCloud = own is { Demand: > 0 }
            ? (int)Math.Round(100 * cloud.Sum(unit => own.ByDestination.GetValueOrDefault(unit)) / own.Demand)
            : cloud.Sum(unit => view.Weights.GetValueOrDefault(unit));
        var peak = ledger.Traffic.Count == 0 ? (TrafficReading?)null : ledger.Traffic.MaxBy(reading => reading.Demand);
        var forecast = environment.Fleet.Fleet.AdmittedTraffic.Peak;
        return new WallTraffic(
            demand, read, age is { } known ? Math.Round(Math.Max(0, known.TotalSeconds), 1) : null, age is null || age > TrafficReadings.StaleAge * environment.Speed, observed?.Error,
            forecast > 0 ? Math.Round(demand / forecast, 4) : 0, view.Weights, onCloud,
            peak?.Demand ?? 0, peak?.At, peak is { } at ? OnCloud(ledger, at.At) : null);
    }

    private static int OnCloud(Ledger ledger, DateTimeOffset at) =>
        ledger.Balances.LastOrDefault(span => span.From <= at) is { } balance
            ? ledger.Units.Where(unit => unit.Kind == UnitKind.Cloud && unit.Planned <= at && (unit.Released is null || at < unit.Released)).Select(unit => unit.Unit).Distinct()
                .Sum(unit => balance.Weights.GetValueOrDefault(unit))
            : 0;

    /// <summary>Units that stand, and those released last night's or this one's: each name's last life.</summary>
    private static List<WallUnit> Units(FleetView view, Ledger ledger)
    {
        var lives = ledger.Units.GroupBy(unit => unit.Unit).ToDictionary(group => group.Key, group => group.Last(), StringComparer.Ordinal);
        return
        [
            .. view.Units.Values.Select(unit =>
            {
                var life = lives.GetValueOrDefault(unit.Id);
                return new WallUnit(
                    unit.Id, Words.Of(unit.Kind), unit.Cluster, Words.Of(unit.Phase), unit.Hosts, view.Weights.GetValueOrDefault(unit.Id), unit.Inspected, unit.Findings,
                    life?.Planned, life?.Ready, life is { Ready: { } ready } ? Math.Round((ready - life.Planned).TotalSeconds, 1) : null);
            }),
        ];
    }
}
