using System.Collections.Immutable;

namespace Orchestrator.Text;

/// <summary>Gathers the problems of one file. At most <see cref="Most"/> are kept.</summary>
public sealed class ProblemList(string file)
{
    public const int Most = 500;

    private readonly List<Problem> problems = [];

    public string File { get; } = file;

    public int Count => problems.Count;

    /// <summary>What was meant is looked for in the first problems only: with more, the file is of another kind.</summary>
    public bool MaySuggest => problems.Count < 100;

    public bool HasErrors => problems.Exists(problem => problem.Severity == Severity.Error);

    public bool Has(string code) => problems.Exists(problem => problem.Code == code);

    public void Error(Place place, string code, string message) => Add(new Problem(File, place, Severity.Error, code, message));

    public void Warning(Place place, string code, string message) => Add(new Problem(File, place, Severity.Warning, code, message));

    public void Add(Problem problem)
    {
        if (problems.Count < Most)
        {
            problems.Add(problem);
        }
    }

    /// <summary>In the order of the file, each once.</summary>
    public ImmutableArray<Problem> ToImmutable() =>
        [.. problems.Distinct().OrderBy(problem => problem.Place.Line).ThenBy(problem => problem.Place.Column)];
}
