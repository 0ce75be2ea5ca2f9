namespace Orchestrator.Fleet.Files;

/// <summary>Finds the name that somebody probably meant.</summary>
internal static class Suggestion
{
    /// <summary>" Did you mean 'x'?" for the nearest candidate within a third of the name's length, else the list of all.</summary>
    public static string For(string given, IReadOnlyCollection<string> candidates)
    {
        // A long name was hardly mistyped, and to compare it with many takes long.
        var nearest = given.Length > 200 ? default : candidates
            .Where(candidate => Math.Abs(candidate.Length - given.Length) <= Math.Max(2, given.Length / 3))
            .Take(500)
            .Select(candidate => (candidate, distance: Distance(given, candidate)))
            .OrderBy(pair => pair.distance)
            .ThenBy(pair => pair.candidate, StringComparer.Ordinal)
            .FirstOrDefault();
        return nearest.candidate is { } name && nearest.distance <= Math.Max(2, given.Length / 3)
            ? $"did you mean '{name}'?"
            : $"one of: {string.Join(", ", candidates)}";
    }

    // Optimal string alignment: insertions, deletions, replacements and swapped neighbours cost 1 each; letter case costs nothing.
    private static int Distance(string a, string b)
    {
        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            table[i, 0] = i;
        }

        for (var j = 0; j <= b.Length; j++)
        {
            table[0, j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = table[i - 1, j - 1] + (Same(a[i - 1], b[j - 1]) ? 0 : 1);
                table[i, j] = Math.Min(replaced, Math.Min(table[i - 1, j], table[i, j - 1]) + 1);
                if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1]))
                {
                    table[i, j] = Math.Min(table[i, j], table[i - 2, j - 2] + 1);
                }
            }
        }

        return table[a.Length, b.Length];
    }

    private static bool Same(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}
