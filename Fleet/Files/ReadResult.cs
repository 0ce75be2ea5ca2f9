using System.Collections.Immutable;
using Orchestrator.Text;

namespace Orchestrator.Fleet.Files;

/// <summary>What a reader gave: a value, or every diagnostic it found.</summary>
/// <param name="Value">Null exactly when there are diagnostics.</param>
/// <param name="Diagnostics">With codes <c>FL…</c>, listed in docs/fleet.md; file by file in the order of their places.</param>
public sealed record ReadResult<T>(T? Value, ImmutableArray<Diagnostic> Diagnostics)
    where T : class
{
    /// <exception cref="FormatException">There are diagnostics; the message lists them, one a line.</exception>
    public T Required => Value ?? throw new FormatException(string.Join('\n', Diagnostics));

    internal static ReadResult<T> Of(T value) => new(value, []);

    /// <param name="files">Diagnostics of each file.</param>
    internal static ReadResult<T> Failed(params ReadOnlySpan<DiagnosticList> files)
    {
        var all = ImmutableArray.CreateBuilder<Diagnostic>();
        foreach (var diagnostics in files) all.AddRange(diagnostics.ToImmutable());
        return new(null, all.ToImmutable());
    }
}
