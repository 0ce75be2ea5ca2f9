using Orchestrator.Text;
using Orchestrator.Text.Yaml;
using Orchestrator.Workflows.Language.Expressions;
using Orchestrator.Workflows.Language.Diagnostics;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Workflows.Language.Reading;

/// <summary>What the parts of one reading share.</summary>
internal sealed class ReadingContext(SourceText source, DiagnosticList diagnostics, ActivityCatalog catalog, Func<string, Runbook?> findRunbook, RunbookLibrary library, EvaluationBudget budget)
{
    public SourceText Source { get; } = source;

    public DiagnosticList Diagnostics { get; } = diagnostics;

    public ActivityCatalog Catalog { get; } = catalog;

    public RunbookLibrary Library { get; } = library;

    public EvaluationBudget Budget { get; } = budget;

    /// <summary>False when the reading has spent its budget, which is one diagnostic at the place where it happened.</summary>
    public bool MayGoOn(Position position)
    {
        Budget.ThrowIfCancelled();
        if (!Budget.IsSpent)
        {
            return true;
        }

        if (!toldSpent)
        {
            toldSpent = true;
            Error(position, DiagnosticCodes.TooExpensive, $"from here on nothing was checked: {Budget.Reason}; write less, or cheaper expressions");
        }

        return false;
    }

    private bool toldSpent;

    /// <summary>A child runbook by name, read without its own children; null when unknown or broken.</summary>
    public Func<string, Runbook?> FindRunbook { get; } = findRunbook;

    /// <summary>Each expression as it was parsed, with a map from an offset in its code to a place in the file.</summary>
    public Dictionary<ExpressionTemplate, ParsedExpression> Expressions { get; } = new(ReferenceEqualityComparer.Instance);

    public void Error(Position position, string code, string message) => Diagnostics.Error(position, code, message);

    /// <summary>A name that does not exist, with the edit to the nearest one that does.</summary>
    public void Error(Position position, string code, string message, string name, IEnumerable<string> known) => Diagnostics.Add(
        new Diagnostic(Diagnostics.File, position, Severity.Error, code, message) { Fix = Diagnostics.MaySuggest && Suggest.Nearest(name, known) is { } near ? Replace(position, name, near) : null });

    /// <summary>Null where the file writes the name in another way than it reads, with escapes or over several lines.</summary>
    private Fix? Replace(Position position, string name, string by)
    {
        if (position.Line > Source.LineCount)
        {
            return null;
        }

        var rest = Source.Line(position.Line)[Math.Min(position.Column - 1, Source.Line(position.Line).Length)..];
        var quote = rest.StartsWith('"') || rest.StartsWith('\'') ? 1 : 0;
        return name.Length > 0 && rest[quote..].StartsWith(name)
            ? new Fix(position with { Column = position.Column + quote }, position with { Column = position.Column + quote + name.Length }, by)
            : null;
    }
}

internal sealed record ParsedExpression(Expression Expression, Func<int, Position> PositionOf);
