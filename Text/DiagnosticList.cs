using System.Collections.Immutable;

namespace Orchestrator.Text;

/// <summary>Gathers the diagnostics of one file. At most <see cref="Most"/> are kept.</summary>
public sealed class DiagnosticList(string file)
{
    public const int Most = 500;

    private readonly List<Diagnostic> diagnostics = [];

    public string File { get; } = file;

    public int Count => diagnostics.Count;

    /// <summary>What was meant is looked for in the first diagnostics only: with more, the file is of another kind.</summary>
    public bool MaySuggest => diagnostics.Count < 100;

    public bool HasErrors => diagnostics.Exists(diagnostic => diagnostic.Severity == Severity.Error);

    public bool Has(string code) => diagnostics.Exists(diagnostic => diagnostic.Code == code);

    public void Error(Position position, string code, string message) => Add(new Diagnostic(File, position, Severity.Error, code, message));

    public void Warning(Position position, string code, string message) => Add(new Diagnostic(File, position, Severity.Warning, code, message));

    public void Add(Diagnostic diagnostic)
    {
        if (diagnostics.Count < Most)
        {
            diagnostics.Add(diagnostic);
        }
    }

    /// <summary>In the order of the file, each once.</summary>
    public ImmutableArray<Diagnostic> ToImmutable() =>
        [.. diagnostics.Distinct().OrderBy(diagnostic => diagnostic.Position.Line).ThenBy(diagnostic => diagnostic.Position.Column)];
}
