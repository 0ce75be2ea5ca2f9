using System.Collections.Immutable;

namespace Orchestrator.Infra.Metrics.Scraping;

/// <summary>The labels of a series, sorted by name. Equal when they hold the same names and values.</summary>
internal sealed class Labels : IEquatable<Labels>
{
    private readonly KeyValuePair<string, string>[] _pairs;
    private readonly int _hash;

    private Labels(KeyValuePair<string, string>[] sorted)
    {
        _pairs = sorted;
        var hash = new HashCode();
        foreach (var (name, value) in sorted)
        {
            hash.Add(name, StringComparer.Ordinal);
            hash.Add(value, StringComparer.Ordinal);
        }

        _hash = hash.ToHashCode();
    }

    public static Labels None { get; } = new([]);

    /// <summary>A label that is empty is one that is not there.</summary>
    public static Labels Of(IEnumerable<KeyValuePair<string, string>> pairs) =>
        pairs.Where(pair => pair.Value.Length > 0).OrderBy(pair => pair.Key, StringComparer.Ordinal).ToArray() is { Length: > 0 } some ? new Labels(some) : None;

    /// <summary>Empty where there is no such label.</summary>
    public string this[string name]
    {
        get
        {
            foreach (var pair in _pairs)
            {
                if (pair.Key == name)
                {
                    return pair.Value;
                }
            }

            return "";
        }
    }

    public Labels With(string name, string value) => Of(_pairs.Where(pair => pair.Key != name).Append(KeyValuePair.Create(name, value)));

    public Labels Only(IReadOnlyCollection<string> names) => Of(_pairs.Where(pair => names.Contains(pair.Key)));

    public Labels Without(IReadOnlyCollection<string> names) => Of(_pairs.Where(pair => !names.Contains(pair.Key)));

    public ImmutableSortedDictionary<string, string> ToDictionary() => _pairs.ToImmutableSortedDictionary(StringComparer.Ordinal);

    public bool Equals(Labels? other) => other is not null && _hash == other._hash && _pairs.AsSpan().SequenceEqual(other._pairs);

    public override bool Equals(object? obj) => Equals(obj as Labels);

    public override int GetHashCode() => _hash;

    public override string ToString() => $"{{{string.Join(", ", _pairs.Select(pair => $"{pair.Key}=\"{pair.Value}\""))}}}";
}
