using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Storage.Locks;

/// <summary>Which rows of the lock table belong to a run or a tree of runs, and which may overlap. What it indexes of a row never changes.</summary>
internal sealed class LockIndex
{
    private readonly Dictionary<RunId, SortedSet<long>> byRun = [];
    private readonly Dictionary<RunId, SortedSet<long>> byRoot = [];
    private readonly Dictionary<string, SortedSet<long>> byName = new(StringComparer.Ordinal);

    // Names that end with a star are few; each is compared.
    private readonly Dictionary<string, SortedSet<long>> byPattern = new(StringComparer.Ordinal);

    public IReadOnlyCollection<long> OfRun(RunId run) => byRun.TryGetValue(run, out var rows) ? rows : [];

    /// <summary>Of all runs of the tree.</summary>
    public IReadOnlyCollection<long> OfRoot(RunId root) => byRoot.TryGetValue(root, out var rows) ? rows : [];

    public void Clear()
    {
        byRun.Clear();
        byRoot.Clear();
        byName.Clear();
        byPattern.Clear();
    }

    public void Add(LockRow row)
    {
        Add(byRun, row.Run, row.Sequence);
        Add(byRoot, row.Root, row.Sequence);
        foreach (var name in row.Resources) Add(Of(name), name, row.Sequence);
    }

    public void Remove(LockRow row)
    {
        Remove(byRun, row.Run, row.Sequence);
        Remove(byRoot, row.Root, row.Sequence);
        foreach (var name in row.Resources) Remove(Of(name), name, row.Sequence);
    }

    /// <summary>The rows of which a resource overlaps one of these, in the order of their sequence.</summary>
    public SortedSet<long> Overlapping(IEnumerable<string> resources)
    {
        var found = new SortedSet<long>();
        foreach (var name in resources)
        {
            if (!IsPattern(name))
            {
                if (byName.TryGetValue(name, out var same)) found.UnionWith(same);
            }
            else
            {
                foreach (var (other, rows) in byName)
                {
                    if (LockView.Overlap(name, other)) found.UnionWith(rows);
                }
            }

            foreach (var (other, rows) in byPattern)
            {
                if (LockView.Overlap(name, other)) found.UnionWith(rows);
            }
        }

        return found;
    }

    private Dictionary<string, SortedSet<long>> Of(string name) => IsPattern(name) ? byPattern : byName;

    private static bool IsPattern(string name) => name.EndsWith('*');

    private static void Add<T>(Dictionary<T, SortedSet<long>> index, T key, long sequence) where T : notnull
    {
        if (!index.TryGetValue(key, out var rows)) index[key] = rows = [];
        rows.Add(sequence);
    }

    private static void Remove<T>(Dictionary<T, SortedSet<long>> index, T key, long sequence) where T : notnull
    {
        if (!index.TryGetValue(key, out var rows)) return;
        rows.Remove(sequence);
        if (rows.Count == 0) index.Remove(key);
    }
}
