using Orchestrator.Text;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Workflows.Model.Rules;

/// <summary>A check over a whole runbook that is sound in grammar, names and arguments. Implementations keep no state.</summary>
public interface IRunbookRule
{
    /// <summary>The problems found; made with <see cref="RuleContext.Error"/> and <see cref="RuleContext.Warning"/>.</summary>
    IEnumerable<Diagnostic> Check(Runbook runbook, RuleContext context);
}

/// <summary>What a rule may ask besides the runbook.</summary>
/// <param name="File">Name of the runbook's file.</param>
/// <param name="FindRunbook">A runbook by name for following child steps; null when it is not known or has problems itself.</param>
/// <param name="Budget">What the whole reading may spend on expressions; a rule that evaluates gives it along.</param>
public sealed record RuleContext(string File, ActivityCatalog Catalog, Func<string, Runbook?> FindRunbook, EvaluationBudget Budget)
{
    public Diagnostic Error(Position place, string code, string message) => new(File, place, Severity.Error, code, message);

    public Diagnostic Warning(Position place, string code, string message) => new(File, place, Severity.Warning, code, message);
}
