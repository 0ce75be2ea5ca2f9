using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Runbooks.Yaml;
using Orchestrator.Workflows.Tasks;

namespace Orchestrator.Workflows.Runbooks.Reading;

/// <summary>What the parts of one reading share.</summary>
internal sealed class ReadingContext(SourceText source, ProblemList problems, ActivityCatalog catalog, Func<string, Runbook?> findRunbook, RunbookLibrary library)
{
    public SourceText Source { get; } = source;

    public ProblemList Problems { get; } = problems;

    public ActivityCatalog Catalog { get; } = catalog;

    public RunbookLibrary Library { get; } = library;

    /// <summary>A child runbook by name, read without its own children; null when unknown or broken.</summary>
    public Func<string, Runbook?> FindRunbook { get; } = findRunbook;

    /// <summary>Each expression as it was parsed, with a map from an offset in its code to a place in the file.</summary>
    public Dictionary<ExpressionTemplate, ParsedExpression> Expressions { get; } = new(ReferenceEqualityComparer.Instance);

    public void Error(Place place, string code, string message) => Problems.Error(place, code, message);
}

internal sealed record ParsedExpression(Expression Expression, Func<int, Place> PlaceOf);
