using System.Collections.Immutable;
using System.Text.Json;
using Orchestrator.Fleet.Capacity;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Files;
using Orchestrator.Fleet.Units;
using Orchestrator.Text;
using Orchestrator.Workflows.Language.Planning;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Server.Runbooks;

/// <summary>
/// Foresees the guard <c>capacity</c>: a plan that builds units and moves a cluster on to the stress test must come to as much as the day's forecast needs. Of units that a plan does not
/// build nothing is known before the run, so a plan that builds none is left to the guard; and where the guard is waived with a reason, so is this.
/// </summary>
internal static class CapacityCheck
{
    public const string Code = "PL107";

    public static IEnumerable<Diagnostic> Check(RunbookPlan plan, Runbook runbook, FleetDefinition fleet, string file)
    {
        var units = plan.Lines.Where(line => line is { Activity: "unit.provision", Skipped: false, Arguments: not null }).ToList();
        // What comes after a degrade is the way back, which asks for other guards.
        var move = plan.Lines.Where(line => line is { Activity: "cluster.shift", Skipped: false, Arguments: not null })
            .TakeWhile(line => !Goes(line.Arguments!.Value, "peak-degrade")).FirstOrDefault(line => Asks(line.Arguments!.Value));
        if (units.Count == 0 || move is null || units.Select(unit => Requests(unit.Arguments!.Value, fleet)).ToList() is var each && each.Contains(null))
        {
            return [];
        }

        var facts = new CapacityFacts(fleet.AdmittedTraffic.Peak, CapacityForecast.Home(fleet), each.Sum(one => one!.Value));
        return facts.Fits ? [] : [new Diagnostic(
            file, PositionOf(runbook, move.Path), Severity.Error, Code,
            $"{facts}: give the units more hosts, build a further unit, or waive the guard 'capacity' of this move with a reason")];
    }

    /// <summary>Whether the move asks for the guard, and nobody waives it.</summary>
    private static bool Asks(JsonElement arguments) =>
        Goes(arguments, ColocationState.StressTest.Id())
        && !(arguments.TryGetProperty("waive", out var waive)
            && (waive.ValueKind != JsonValueKind.Object || (waive.TryGetProperty("capacity", out var reason) && !string.IsNullOrWhiteSpace(reason.ToString()))));

    private static bool Goes(JsonElement arguments, string state) => arguments.TryGetProperty("to", out var to) && to.ValueKind == JsonValueKind.String && to.GetString() == state;

    /// <summary>Null: not known before the run.</summary>
    private static double? Requests(JsonElement arguments, FleetDefinition fleet)
    {
        if (!arguments.TryGetProperty("kind", out var name) || name.ValueKind != JsonValueKind.String || !arguments.TryGetProperty("hosts", out var hosts) || !hosts.TryGetIntSafe(out var count))
        {
            return null;
        }

        var kind = name.GetString() == UnitKind.Cloud.Id() ? UnitKind.Cloud : UnitKind.BigData;
        if (count == 0)
        {
            if (!arguments.TryGetProperty("percentOfPeak", out var percent) || percent.ValueKind != JsonValueKind.Number)
            {
                return null;
            }

            count = CapacityForecast.HostsFor(fleet, kind, fleet.AdmittedTraffic.Peak, percent.GetDouble());
        }

        return count * CapacityForecast.Host(fleet, kind);
    }

    private static bool TryGetIntSafe(this JsonElement element, out int value)
    {
        value = 0;
        return element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out value);
    }

    /// <summary>The step's place; keys of iterations are no steps of the text.</summary>
    private static Position PositionOf(Runbook runbook, string path)
    {
        var steps = runbook.Steps;
        var position = new Position(1, 1);
        foreach (var id in path.Split('/'))
        {
            if (steps.FirstOrDefault(step => step.Id == id) is { } found)
            {
                position = found.Position;
                steps = Inner(found);
            }
        }

        return position;
    }

    private static ImmutableArray<Step> Inner(Step step) => step switch
    {
        SequenceStep sequence => sequence.Steps,
        ParallelStep parallel => [.. parallel.Branches.SelectMany(branch => branch.Steps)],
        ForEachStep each => each.Steps,
        IfStep choice => choice.Then.AddRange(choice.Else),
        RepeatStep repeat => repeat.Steps,
        TryStep attempt => [.. attempt.Steps, .. attempt.Catch, .. attempt.Finally],
        _ => [],
    };
}
