using System.Collections.Immutable;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.Store;

/// <summary>Resources that a run holds or waits for at one of its steps.</summary>
/// <param name="Resources">Names, each of which may end in <c>*</c>.</param>
/// <param name="Token">Fencing token, rising over all locks; 0 while it waits.</param>
/// <param name="At">When it was asked for, on the environment clock.</param>
/// <param name="WaitsFor">The runs in its way, nearest in the queue last; empty when it is held.</param>
public sealed record LockView(
    RunId Run,
    StepPath Path,
    ImmutableArray<string> Resources,
    long Token,
    DateTimeOffset At,
    ImmutableArray<RunId> WaitsFor)
{
    /// <summary>True when the run holds the resources; false while it waits in the queue.</summary>
    public bool Held => Token > 0;

    /// <summary>Two names overlap when either, read as a pattern, matches the other.</summary>
    public static bool Overlap(string a, string b) => Matches(a, b) || Matches(b, a);

    private static bool Matches(string pattern, string name) =>
        pattern.EndsWith('*') ? name.AsSpan().StartsWith(pattern.AsSpan(0, pattern.Length - 1), StringComparison.Ordinal) : pattern == name;
}
