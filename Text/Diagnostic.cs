namespace Orchestrator.Text;

/// <summary>Something wrong in a file, with its place, the reason, and where there is one a way to fix it.</summary>
/// <param name="Code">Stable, upper-case with a number, as in <c>RB104</c>; listed in docs/runbooks.md.</param>
/// <param name="Message">What is wrong, and how to fix it.</param>
public sealed record Diagnostic(string File, Position Position, Severity Severity, string Code, string Message)
{
    /// <summary>The edit that is most likely meant; null: there is none to offer.</summary>
    public Fix? Fix { get; init; }

    /// <summary>The declared input, or the unknown name, that this is about; null: none, or the diagnostic is of the file.</summary>
    public string? Input { get; init; }

    /// <summary><c>file:line:column: error CODE: message</c>.</summary>
    public override string ToString() =>
        $"{File}:{Position.Line}:{Position.Column}: {(Severity == Severity.Error ? "error" : "warning")} {Code}: {Message}";
}

public enum Severity { Warning, Error }
