namespace Orchestrator.Infra.Traffic;

/// <summary>Destinations (<c>home</c>, unit ids) and what the router calls them.</summary>
/// <param name="named">Backends by destination, where the pattern does not fit.</param>
/// <param name="pattern">The backend of every other destination, <c>*</c> standing for its id. <c>*</c> alone: they have the same name.</param>
internal sealed class BackendNames(IReadOnlyDictionary<string, string> named, string pattern)
{
    private readonly Dictionary<string, string> _destinations = named.ToDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);
    private readonly string _before = pattern[..pattern.IndexOf('*', StringComparison.Ordinal)];
    private readonly string _after = pattern[(pattern.IndexOf('*', StringComparison.Ordinal) + 1)..];

    public string BackendOf(string destination) => named.TryGetValue(destination, out var backend) ? backend : _before + destination + _after;

    /// <summary>Null: no destination has it.</summary>
    public string? DestinationOf(string backend)
    {
        if (_destinations.TryGetValue(backend, out var destination))
        {
            return destination;
        }

        if (backend.Length <= _before.Length + _after.Length || !backend.StartsWith(_before, StringComparison.Ordinal) || !backend.EndsWith(_after, StringComparison.Ordinal))
        {
            return null;
        }

        // One that is named otherwise does not have the pattern's name too.
        var found = backend[_before.Length..^_after.Length];
        return named.ContainsKey(found) ? null : found;
    }
}
