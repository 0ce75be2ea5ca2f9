using System.Collections.Immutable;

namespace Orchestrator.Fleet.Files;

/// <summary>Something wrong in a fleet file, a profile or a trace: its place, what is wrong, and how to mend it.</summary>
/// <param name="Line">From 1; 0 when the file as a whole is meant.</param>
/// <param name="Column">From 1; 0 when the file as a whole is meant.</param>
/// <param name="Code">Stable: <c>FL…</c>, listed in docs/fleet.md.</param>
/// <param name="Message">What is wrong, and how to mend it.</param>
public sealed record FileProblem(string File, int Line, int Column, string Code, string Message)
{
    /// <summary><c>file:line:column: error CODE: message</c>.</summary>
    public override string ToString() => $"{File}:{Line}:{Column}: error {Code}: {Message}";
}

/// <summary>What a reader gave: a value, or every problem it found.</summary>
/// <param name="Value">Null exactly when there are problems.</param>
public sealed record ReadResult<T>(T? Value, ImmutableArray<FileProblem> Problems)
    where T : class
{
    /// <exception cref="FormatException">There are problems; the message lists them, one a line.</exception>
    public T Required => Value ?? throw new FormatException(string.Join('\n', Problems));

    internal static ReadResult<T> Of(T value) => new(value, []);

    /// <param name="files">Problems of each file; they come out file by file in the order of their places.</param>
    internal static ReadResult<T> Failed(params IEnumerable<FileProblem>[] files) =>
        new(null, [.. files.SelectMany(problems => problems.OrderBy(problem => problem.Line).ThenBy(problem => problem.Column))]);
}
