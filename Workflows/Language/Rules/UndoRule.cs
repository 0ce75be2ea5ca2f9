using Orchestrator.Text;
using Orchestrator.Workflows.Language.Diagnostics;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Rules;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Workflows.Language.Rules;

/// <summary>A step that changes the world says how to take it back, or that nothing does.</summary>
internal sealed class UndoRule : IRunbookRule
{
    public IEnumerable<Diagnostic> Check(Runbook runbook, RuleContext context) =>
        from step in runbook.Steps.Flatten().OfType<RunStep>()
        where step is { Undo: null, Irreversible: false } && context.Catalog.Activities[step.Activity].Effect != Effect.None
        select context.Error(step.Position, DiagnosticCodes.NeedsUndo, $"step {step.Id} changes something ({step.Activity}) and says no way back: give it undo, or irreversible: true where there is none");
}
