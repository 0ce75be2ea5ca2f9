namespace Orchestrator.Server.Api;

/// <summary>One page of a list.</summary>
/// <param name="Next">Give it as <c>cursor</c> for the next page; null: this is the last.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>Pages over lists that are in memory, by position.</summary>
internal static class Paging
{
    public const int DefaultLimit = 50;
    public const int MaxLimit = 1000;

    /// <summary>A page ends when it has so many bytes of JSON, however few its items are; one item is always given.</summary>
    public const long MostBytes = 1024 * 1024;

    public static int Limit(int? limit) => limit switch
    {
        null => DefaultLimit,
        >= 1 and <= MaxLimit => limit.Value,
        _ => throw ProblemException.BadRequest($"limit must be 1 to {MaxLimit}, not {limit}."),
    };

    /// <summary>How many of the items a page has room for, at least one.</summary>
    public static int Fitting<T>(IReadOnlyList<T> items, Func<T, long> size)
    {
        var (count, bytes) = (0, 0L);
        while (count < items.Count && ((bytes += size(items[count])) <= MostBytes || count == 0)) count++;
        return count;
    }

    public static Page<TOut> Of<T, TOut>(IReadOnlyList<T> all, string? cursor, int? limit, Func<T, TOut> map) => While(all, cursor, limit, map, () => true);

    /// <summary>
    /// A page that ends early where going on would cost too much: <paramref name="may"/> is asked after each item, and one that it says no to is
    /// left for the next page, unless it is the first.
    /// </summary>
    public static Page<TOut> While<T, TOut>(IReadOnlyList<T> all, string? cursor, int? limit, Func<T, TOut> map, Func<bool> may)
    {
        var from = 0;
        if (cursor is not null && (!int.TryParse(cursor, out from) || from < 0))
        {
            throw ProblemException.BadRequest($"'{cursor}' is no cursor of this list; take it from the page before.");
        }

        var size = Limit(limit);
        var items = new List<TOut>();
        foreach (var item in all.Skip(from).Take(size))
        {
            var mapped = map(item);
            var more = may();
            if (more || items.Count == 0) items.Add(mapped);
            if (!more) break;
        }

        return new Page<TOut>(items, from + items.Count < all.Count ? (from + items.Count).ToString(System.Globalization.CultureInfo.InvariantCulture) : null);
    }
}
