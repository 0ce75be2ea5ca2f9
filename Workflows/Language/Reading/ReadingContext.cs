using Orchestrator.Text;
using Orchestrator.Text.Yaml;
using Orchestrator.Workflows.Language.Expressions;
using Orchestrator.Workflows.Language.Problems;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Workflows.Language.Reading;

/// <summary>What the parts of one reading share.</summary>
internal sealed class ReadingContext(SourceText source, ProblemList problems, ActivityCatalog catalog, Func<string, Runbook?> findRunbook, RunbookLibrary library, EvaluationBudget budget)
{
    public SourceText Source { get; } = source;

    public ProblemList Problems { get; } = problems;

    public ActivityCatalog Catalog { get; } = catalog;

    public RunbookLibrary Library { get; } = library;

    public EvaluationBudget Budget { get; } = budget;

    /// <summary>False when the reading has spent its budget, which is one problem at the place where it happened.</summary>
    public bool MayGoOn(Place place)
    {
        Budget.ThrowIfCancelled();
        if (!Budget.IsSpent)
        {
            return true;
        }

        if (!toldSpent)
        {
            toldSpent = true;
            Error(place, ProblemCodes.TooExpensive, $"from here on nothing was checked: {Budget.Reason}; write less, or cheaper expressions");
        }

        return false;
    }

    private bool toldSpent;

    /// <summary>A child runbook by name, read without its own children; null when unknown or broken.</summary>
    public Func<string, Runbook?> FindRunbook { get; } = findRunbook;

    /// <summary>Each expression as it was parsed, with a map from an offset in its code to a place in the file.</summary>
    public Dictionary<ExpressionTemplate, ParsedExpression> Expressions { get; } = new(ReferenceEqualityComparer.Instance);

    public void Error(Place place, string code, string message) => Problems.Error(place, code, message);

    /// <summary>A name that does not exist, with the edit to the nearest one that does.</summary>
    public void Error(Place place, string code, string message, string name, IEnumerable<string> known) => Problems.Add(
        new Problem(Problems.File, place, Severity.Error, code, message) { Mend = Problems.MaySuggest && Suggest.Nearest(name, known) is { } near ? Replace(place, name, near) : null });

    /// <summary>Null where the file writes the name in another way than it reads, with escapes or over several lines.</summary>
    private Mend? Replace(Place place, string name, string by)
    {
        if (place.Line > Source.LineCount)
        {
            return null;
        }

        var rest = Source.Line(place.Line)[Math.Min(place.Column - 1, Source.Line(place.Line).Length)..];
        var quote = rest.StartsWith('"') || rest.StartsWith('\'') ? 1 : 0;
        return name.Length > 0 && rest[quote..].StartsWith(name)
            ? new Mend(place with { Column = place.Column + quote }, place with { Column = place.Column + quote + name.Length }, by)
            : null;
    }
}

internal sealed record ParsedExpression(Expression Expression, Func<int, Place> PlaceOf);
