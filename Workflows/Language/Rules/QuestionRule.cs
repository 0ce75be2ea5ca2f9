using System.Text.Json;
using Orchestrator.Text;
using Orchestrator.Workflows.Language.Diagnostics;
using Orchestrator.Workflows.Model.Rules;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Workflows.Language.Rules;

/// <summary>People who are asked to approve are asked something.</summary>
internal sealed class QuestionRule : IRunbookRule
{
    public IEnumerable<Diagnostic> Check(Runbook runbook, RuleContext context) =>
        from approval in runbook.Steps.Flatten().OfType<ApprovalStep>()
        where approval.Question is LiteralTemplate { Value: var question } && IsBlank(question)
        select context.Error(
            approval.Question.Position,
            DiagnosticCodes.EmptyQuestion,
            $"step {approval.Id} asks for an approval without a question: say in title what is to be decided, as in title: \"Go for the peak?\"");

    private static bool IsBlank(JsonElement question) =>
        question.ValueKind is JsonValueKind.Null || (question.ValueKind is JsonValueKind.String && string.IsNullOrWhiteSpace(question.GetString()));
}
