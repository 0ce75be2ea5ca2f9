using System.Collections.Immutable;
using Orchestrator.Activities.Journaling;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Inspection;
using Orchestrator.Fleet.Units;
using Orchestrator.Infra.Probes;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Activities.Inspect;

/// <summary>
/// Probes a unit where it answers, over HTTP and TCP. Every attempt's verdict is recorded; a unit that is not ready fails the
/// step with the findings, and what gave no answer counts against it like a failure.
/// </summary>
internal sealed class InspectUnit(ProbeRunner probes, FleetFacts facts) : IActivity<InspectUnitArguments, InspectUnitResult>
{
    public async Task<InspectUnitResult> ExecuteAsync(InspectUnitArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        var (view, _) = await facts.ReadAsync(cancellationToken);
        var unit = view.Units.GetValueOrDefault(arguments.Unit);
        if (unit is null || !unit.Phase.IsAlive() || unit.Endpoints.IsEmpty)
        {
            throw new ActivityFailedException(
                "unknown-unit", $"there is no trading unit '{arguments.Unit}' to inspect; provision it first (unit.provision)", retryable: false);
        }

        var targets = UnitTargets.Of(unit.Id, unit.Endpoints, arguments.Checks);
        context.Progress(null, $"{targets.Length} targets");
        var checks = await probes.RunAsync(targets, new ProbeOptions { Deadline = arguments.Deadline, Timeout = arguments.Deadline / 2 }, cancellationToken);
        var verdict = Verdict.Of(checks);
        await context.RecordAsync(
            // Each attempt sees the unit anew: an earlier verdict does not stand for a later one.
            $"inspected/{context.Attempt}",
            new UnitInspected(unit.Id, verdict.Ready, verdict.Checks, verdict.Lines) { At = context.Clock.GetUtcNow() },
            cancellationToken);
        return verdict.Ready
            ? new InspectUnitResult { Unit = unit.Id, Ready = true, Checks = verdict.Checks, Passed = verdict.Passed, Findings = verdict.Lines }
            : throw new ActivityFailedException(new StepError(
                "not-ready",
                $"unit {unit.Id} is not ready: {(verdict.Checks == 0 ? "no check fits its endpoints" : string.Join("; ", verdict.Lines))}. Fix what is named, then try again; until then it takes no traffic.")
            {
                Detail = WorkflowJson.ToElement(verdict),
            });
    }
}
