using System.Collections.Immutable;

namespace Orchestrator.Fleet.Capacity;

/// <summary>Why figures of a report are not known, gathered while it is written.</summary>
internal sealed class Unknowns
{
    private readonly SortedDictionary<string, string> _reasons = new(StringComparer.Ordinal);

    /// <param name="figure">Its path in the report.</param>
    public void Add(string figure, string reason) => _reasons[figure] = reason;

    public string? Find(string figure) => _reasons.GetValueOrDefault(figure);

    public ImmutableSortedDictionary<string, string> Show() => _reasons.ToImmutableSortedDictionary(StringComparer.Ordinal);
}
