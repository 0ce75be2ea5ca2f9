using System.Collections.Immutable;
using Orchestrator.Activities.Inspect;
using Orchestrator.Activities.Journaling;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Guarding;
using Orchestrator.Fleet.Inspection;
using Orchestrator.Fleet.Units;
using Orchestrator.Infra.Metrics;
using Orchestrator.Infra.Probes;
using TrafficReading = Orchestrator.Infra.Metrics.TrafficReading;

namespace Orchestrator.Activities.Shift;

/// <summary>Watches what has moved for a while before the next wave begins.</summary>
internal sealed class WaveSoak(ProfileSet profiles, FleetFacts facts, TrafficMetrics metrics, ProbeRunner probes)
{
    private static readonly TimeSpan ProbeDeadline = TimeSpan.FromSeconds(5);

    /// <summary>Kubernetes cuts the times of conditions down to it.</summary>
    private static readonly TimeSpan WholeSecond = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Counts from the wave's confirmation, so that an attempt that was cut short waits only for the rest. The guards are asked at each report interval, at least once; one that fails ends
    /// the soak at once, one that is unknown only when it still is at the end.
    /// </summary>
    /// <returns>The guards that turned; empty: the next wave may go.</returns>
    public async Task<ImmutableArray<GuardResult>> SoakAsync(
        ShiftWork work, ShiftPlanned plan, int hop, WaveConfirmed last, IReadOnlySet<string> moved, int mayBeUnready, CancellationToken cancellationToken)
    {
        var interval = TimeSpan.FromSeconds(profiles[plan.To].Colocation.MetricReportIntervalSeconds);
        var until = last.At + (work.Arguments.Soak ?? (2 * interval));
        while (true)
        {
            var rest = until - work.Context.Clock.GetUtcNow();
            var turned = WaveGuards.Turned(await ReadAsync(work, plan, hop, last.Wave, moved, mayBeUnready, ends: rest <= TimeSpan.Zero, cancellationToken));
            if (rest <= TimeSpan.Zero || turned.Any(guard => guard.Outcome == GuardOutcome.Failed))
            {
                return turned;
            }

            work.Context.Progress(null, $"{plan.To.Id()}: wave {last.Wave} of {plan.Waves.Length} is watched for {rest.TotalSeconds:0} s more");
            await Task.Delay(rest < interval ? rest : interval, work.Context.Clock, cancellationToken);
        }
    }

    /// <param name="ends">The last reading: units are probed.</param>
    private async Task<WaveFacts> ReadAsync(
        ShiftWork work, ShiftPlanned plan, int hop, int wave, IReadOnlySet<string> moved, int mayBeUnready, bool ends, CancellationToken cancellationToken)
    {
        var survey = await work.Driver.SurveyAsync(cancellationToken);
        var nodes = survey.Nodes.Where(node => moved.Contains(node.Name)).ToImmutableArray();
        var (reading, unknown) = work.Arguments is { P99Objective: null, ErrorObjective: null } ? (null, null) : await TrafficAsync(cancellationToken);
        if (ends)
        {
            await ProbeAsync(work, plan, hop, wave, cancellationToken);
        }

        return new WaveFacts
        {
            From = plan.From,
            To = plan.To,
            Unready = [.. nodes.Where(node => !node.Ready).Select(node => node.Name)],
            MayBeUnready = mayBeUnready,
            Conditions =
            [
                .. nodes.SelectMany(node => node.Conditions
                    .Where(condition => condition.Since is not { } since || since + WholeSecond > plan.At)
                    .Select(condition => $"{node.Name}: {condition.Type}{(condition.Reason.Length > 0 ? $" ({condition.Reason})" : "")}")),
            ],
            Pressure = GuardFactsReader.Pressure(survey, TimeSpan.FromSeconds(Math.Max(
                profiles[plan.From].Colocation.MetricReportIntervalSeconds, profiles[plan.To].Colocation.MetricReportIntervalSeconds)), null, null),
            P99Objective = work.Arguments.P99Objective,
            P99 = reading?.P99,
            ErrorObjective = work.Arguments.ErrorObjective / 100,
            ErrorRate = reading?.ErrorRate,
            TrafficUnknown = unknown,
            Inspections = await TurnedUnitsAsync(work, plan, cancellationToken),
        };
    }

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

    /// <summary>Inspects the units of the cluster; one whose verdict is another than the last is recorded, so that no traffic goes to a unit that has turned.</summary>
    private async Task ProbeAsync(ShiftWork work, ShiftPlanned plan, int hop, int wave, CancellationToken cancellationToken)
    {
        var (view, _) = await facts.ReadAsync(cancellationToken);
        foreach (var unit in view.Units.Values.Where(unit => unit.Cluster == plan.Cluster && unit.Phase.IsAlive() && !unit.Endpoints.IsEmpty && (unit.Inspected || !unit.Findings.IsEmpty)))
        {
            var checks = await probes.RunAsync(UnitTargets.Of(unit.Id, unit.Endpoints, []), new ProbeOptions { Deadline = ProbeDeadline, Timeout = ProbeDeadline / 2 }, cancellationToken);
            var verdict = Verdict.Of(checks);
            if (verdict.Ready != unit.Inspected)
            {
                await work.Context.RecordAsync(
                    HopKeys.Inspected(HopKeys.Wave(hop, wave), unit.Id, work.Context.Attempt),
                    new UnitInspected(unit.Id, verdict.Ready, verdict.Checks, verdict.Lines) { At = work.Context.Clock.GetUtcNow() },
                    cancellationToken);
            }
        }
    }

    /// <summary>Units of the cluster whose last inspection since the plan, by whichever step, did not pass.</summary>
    private async Task<ImmutableArray<string>> TurnedUnitsAsync(ShiftWork work, ShiftPlanned plan, CancellationToken cancellationToken)
    {
        var (view, _) = await facts.ReadAsync(cancellationToken);
        var last = new SortedDictionary<string, UnitInspected>(StringComparer.Ordinal);
        await foreach (var recorded in work.Context.FactsAsync(cancellationToken))
        {
            if (recorded.At >= plan.At && FactRecording.Read(recorded.Fact) is UnitInspected inspected)
            {
                last[inspected.Unit] = inspected;
            }
        }

        return
        [
            .. last.Values
                .Where(inspected => !inspected.Passed && view.Units.GetValueOrDefault(inspected.Unit)?.Cluster == plan.Cluster)
                .Select(inspected => $"{inspected.Unit}: {(inspected.Findings.IsEmpty ? "did not pass" : inspected.Findings[0])}"),
        ];
    }
}
