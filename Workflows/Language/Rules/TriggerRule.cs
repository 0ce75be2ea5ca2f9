using Orchestrator.Text;
using Orchestrator.Workflows.Language.Diagnostics;
using Orchestrator.Workflows.Model.Rules;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Workflows.Language.Rules;

/// <summary>A trigger gives no inputs, so a runbook that has one declares a default for each: better told now than at the hour of the fire.</summary>
internal sealed class TriggerRule : IRunbookRule
{
    public IEnumerable<Diagnostic> Check(Runbook runbook, RuleContext context) =>
        from input in runbook.Inputs
        where input.Default is null && !runbook.Triggers.IsEmpty
        select context.Error(input.Position, DiagnosticCodes.TriggerNeedsDefault, $"input {input.Name} has no default, and the trigger in line {runbook.Triggers[0].Position.Line} gives none: give it one");
}
