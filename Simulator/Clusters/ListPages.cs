using System.Globalization;
using Orchestrator.Simulator.Clusters.Objects;

namespace Orchestrator.Simulator.Clusters;

/// <summary>
/// Lists that are being read in pages: each is one moment's snapshot, as etcd serves it, kept until enough newer lists have pushed
/// it out; from then on its continue token is answered with 410.
/// </summary>
/// <param name="kept">How many lists.</param>
internal sealed class ListPages(int kept)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, Page> _lists = [];
    private long _last;

    public Page Start(StoredObject[] objects, long version, int? limit)
    {
        if (limit is not { } size || size <= 0 || objects.Length <= size)
        {
            return new Page(objects, version, Continue: null, Remaining: 0, objects, 0);
        }

        lock (_gate)
        {
            var id = ++_last;
            var whole = new Page(objects, version, Continue: null, Remaining: 0, objects, id);
            _lists[id] = whole;
            _lists.Remove(id - kept);
            return Cut(whole, 0, size);
        }
    }

    /// <exception cref="StatusException">410 <c>Expired</c> for a list that is no longer kept, 400 for what is no token.</exception>
    public Page Next(string token, int? limit)
    {
        var parts = token.Split('.');
        if (parts.Length != 2 || !long.TryParse(parts[0], CultureInfo.InvariantCulture, out var id) || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var from))
        {
            throw StatusException.BadRequest("continue key is not valid");
        }

        lock (_gate)
        {
            return _lists.TryGetValue(id, out var whole)
                ? Cut(whole, from, limit is > 0 ? limit.Value : int.MaxValue)
                : throw StatusException.Expired("The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.");
        }
    }

    private static Page Cut(Page whole, int from, int size)
    {
        var start = Math.Min(from, whole.All.Length);
        var end = (int)Math.Min((long)start + size, whole.All.Length);
        var remaining = whole.All.Length - end;
        var token = remaining > 0 ? string.Create(CultureInfo.InvariantCulture, $"{whole.List}.{end}") : null;
        return whole with { Objects = whole.All.AsMemory(start, end - start), Continue = token, Remaining = remaining };
    }

    public sealed record Page(ReadOnlyMemory<StoredObject> Objects, long Version, string? Continue, int Remaining, StoredObject[] All, long List);
}
