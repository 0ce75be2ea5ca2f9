using Orchestrator.Text;
using Orchestrator.Workflows.Model.Rules;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Activities.Rules;

/// <summary>
/// Follows every cluster through the runbook and finds moves between co-location states that no guard would let pass.
/// A cluster starts as offline-only; after a survey or a child runbook its state is not known, and is taken as it comes.
/// </summary>
internal sealed class MovesRule : IRunbookRule
{
    public const string Code = "AC101";

    /// <summary>An error where every way to a step is illegal, a warning where some are.</summary>
    public IEnumerable<Diagnostic> Check(Runbook runbook, RuleContext context)
    {
        var findings = new MovesWalk().Walk(runbook);
        return findings.Select(finding => new Diagnostic(context.File, finding.Key.Position, finding.Value, Code, finding.Key.Message));
    }
}
