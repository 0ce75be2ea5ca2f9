using System.Collections.Immutable;
using Orchestrator.Text;

namespace Orchestrator.Fleet.Files;

/// <summary>What a reader gave: a value, or every problem it found.</summary>
/// <param name="Value">Null exactly when there are problems.</param>
/// <param name="Problems">With codes <c>FL…</c>, listed in docs/fleet.md; file by file in the order of their places.</param>
public sealed record ReadResult<T>(T? Value, ImmutableArray<Problem> Problems)
    where T : class
{
    /// <exception cref="FormatException">There are problems; the message lists them, one a line.</exception>
    public T Required => Value ?? throw new FormatException(string.Join('\n', Problems));

    internal static ReadResult<T> Of(T value) => new(value, []);

    /// <param name="files">Problems of each file.</param>
    internal static ReadResult<T> Failed(params ReadOnlySpan<ProblemList> files)
    {
        var all = ImmutableArray.CreateBuilder<Problem>();
        foreach (var problems in files) all.AddRange(problems.ToImmutable());
        return new(null, all.ToImmutable());
    }
}
