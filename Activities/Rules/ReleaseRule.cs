using System.Collections.Immutable;
using Orchestrator.Text;
using Orchestrator.Workflows.Model.Rules;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Activities.Rules;

/// <summary>Finds units released by name although nothing before that step builds such a unit or looks for it.</summary>
internal sealed class ReleaseRule : IRunbookRule
{
    public const string Code = "AC103";

    public IEnumerable<Diagnostic> Check(Runbook runbook, RuleContext context)
    {
        var built = ImmutableHashSet<string>.Empty;
        foreach (var step in StepArguments.Runs(runbook.Steps))
        {
            switch (step.Activity)
            {
                case "fleet.survey":
                    // What stands from earlier runs is looked at before it is torn down.
                    yield break;
                case "unit.provision" when StepArguments.Find(step.With, "unit") is { } unit:
                    if (StepArguments.Constant(unit) is null)
                    {
                        yield break;
                    }

                    built = built.Add(StepArguments.Text(step.With, "unit") ?? "");
                    break;
                case "unit.release" or "unit.scale" when StepArguments.Text(step.With, "unit") is { } unit && !built.Contains(unit):
                    yield return context.Error(
                        step.Position,
                        Code,
                        $"nothing before this step provisions unit '{unit}'; provision it, or put a fleet.survey first when an earlier run built it");
                    break;
            }
        }
    }
}
