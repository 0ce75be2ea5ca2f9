using System.Text.Json;
using Orchestrator.Text;
using Orchestrator.Workflows.Language.Expressions;
using Orchestrator.Workflows.Language.Diagnostics;
using Orchestrator.Workflows.Model.Rules;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Workflows.Language.Rules;

/// <summary>A loop whose list is known before anything runs, and empty: its steps never run.</summary>
internal sealed class EmptyLoopRule : IRunbookRule
{
    private static readonly ExpressionEvaluator Evaluator = new();

    public IEnumerable<Diagnostic> Check(Runbook runbook, RuleContext context) =>
        from loop in runbook.Steps.Flatten().OfType<ForEachStep>()
        // What reads inputs or results fails here, and is not known.
        where Evaluator.Evaluate(loop.Items, Scope.Empty, context.Budget).Value is { ValueKind: JsonValueKind.Array } items && items.GetArrayLength() == 0
        select context.Warning(
            loop.Items.Position,
            DiagnosticCodes.EmptyLoop,
            $"step {loop.Id} loops over an empty list, so its steps never run: give forEach a list, as in [ hz-batch-a, hz-batch-b ] or ${{ inputs.clusters }}");
}
