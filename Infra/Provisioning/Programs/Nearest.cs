namespace Orchestrator.Infra.Provisioning.Programs;

/// <summary>Finds the name that somebody probably meant.</summary>
internal static class Nearest
{
    private const int LongestList = 12;

    /// <summary><c>; did you mean 'x'?</c> for a name that is near, the list of all for few, else nothing. Letter case counts for little.</summary>
    public static string Suggest(string given, IEnumerable<string> candidates)
    {
        var names = candidates.Order(StringComparer.Ordinal).ToArray();
        // A long name was hardly mistyped, and to compare it with many takes long.
        var near = given.Length > 200 ? null : names.MinBy(name => Distance(name.ToLowerInvariant(), given.ToLowerInvariant()));
        if (near is not null && Distance(near.ToLowerInvariant(), given.ToLowerInvariant()) <= Math.Max(2, given.Length / 4))
        {
            return $"; did you mean '{near}'?";
        }

        return names.Length is > 0 and <= LongestList ? $"; it has {string.Join(", ", names)}" : "";
    }

    /// <summary>Edits between two texts (Levenshtein).</summary>
    public static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (left[i - 1] == right[j - 1] ? 0 : 1)));
            }
        }

        return row[^1];
    }
}
