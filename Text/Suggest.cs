namespace Orchestrator.Text;

/// <summary>Finds what somebody meant who wrote a name that does not exist.</summary>
public static class Suggest
{
    /// <summary>A longer name was hardly mistyped.</summary>
    private const int LongestName = 200;

    /// <summary>So many candidates are compared whole; of those after them only the ones that begin alike.</summary>
    private const int MostCompared = 500;

    private static bool StartsAlike(string a, string b) => a.Length > 2 && b.Length > 2 && string.Compare(a, 0, b, 0, 3, StringComparison.OrdinalIgnoreCase) == 0;

    /// <summary>The nearest known name, or null when none is near: at most a third of the letters wrong, missing, extra or swapped.</summary>
    public static string? Nearest(string name, IEnumerable<string> known)
    {
        if (name.Length > LongestName)
        {
            return null;
        }

        var best = default(string);
        var bestDistance = Math.Max(1, name.Length / 3) + 1;
        var seen = 0;
        foreach (var candidate in known)
        {
            if (Math.Abs(candidate.Length - name.Length) >= bestDistance || (++seen > MostCompared && !StartsAlike(name, candidate)))
            {
                continue;
            }

            var distance = Distance(name.ToLowerInvariant(), candidate.ToLowerInvariant());
            if (distance < bestDistance)
            {
                (best, bestDistance) = (candidate, distance);
            }
        }

        return best;
    }

    /// <summary>The end of a message: <c>; did you mean x?</c>, else <c>; known: a, b, c</c> where these are few, else nothing.</summary>
    public static string Hint(string name, IEnumerable<string> known)
    {
        var all = known as IReadOnlyCollection<string> ?? [.. known];
        if (Nearest(name, all) is { } nearest)
        {
            return $"; did you mean {nearest}?";
        }

        return all.Count is > 0 and <= 16 ? $"; known: {string.Join(", ", all)}" : "";
    }

    /// <summary>Edits between two texts; a swap of neighbours counts as one (optimal string alignment).</summary>
    private static int Distance(string a, string b)
    {
        var before = new int[b.Length + 1];
        var previous = new int[b.Length + 1];
        var current = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
        {
            previous[j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = a[i - 1] == b[j - 1] ? 0 : 1;
                current[j] = Math.Min(Math.Min(current[j - 1], previous[j]) + 1, previous[j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    current[j] = Math.Min(current[j], before[j - 2] + 1);
                }
            }

            (before, previous, current) = (previous, current, before);
        }

        return previous[b.Length];
    }
}
