namespace Orchestrator.Text;

/// <summary>Something wrong in a file, with its place, the reason, and where there is one a way to mend it.</summary>
/// <param name="Code">Stable, upper-case with a number, as in <c>RB104</c>; listed in docs/runbooks.md.</param>
/// <param name="Message">What is wrong, and how to mend it.</param>
public sealed record Problem(string File, Place Place, Severity Severity, string Code, string Message)
{
    /// <summary>The edit that is most likely meant; null: there is none to offer.</summary>
    public Mend? Mend { get; init; }

    /// <summary>The declared input, or the unknown name, that this is about; null: none, or the problem is of the file.</summary>
    public string? Input { get; init; }

    /// <summary><c>file:line:column: error CODE: message</c>.</summary>
    public override string ToString() =>
        $"{File}:{Place.Line}:{Place.Column}: {(Severity == Severity.Error ? "error" : "warning")} {Code}: {Message}";
}

public enum Severity { Warning, Error }
