using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Fleet.Files;

namespace Orchestrator.Fleet.Imports;

/// <summary>Cuts a trace's nodes into clusters by model and size class. The same nodes give the same clusters.</summary>
internal static class TraceClusters
{
    private static readonly ImmutableArray<string> Zones = ["zone-a", "zone-b", "zone-c"];
    private static readonly ImmutableArray<string> Sizes = ["small", "medium", "large"];

    public static ImmutableArray<ClusterDefinition> Cut(IReadOnlyCollection<TraceNode> nodes, TraceImportOptions options)
    {
        var groups = nodes
            .GroupBy(node => new Group(node.Model, SizeOf(node)))
            .ToDictionary(group => group.Key, group => group.ToList());
        MergeTiny(groups, Math.Max(1, nodes.Count * options.LeastClusterPercent / 100));
        return
        [
            .. groups
                .OrderBy(group => group.Key.Id, StringComparer.Ordinal)
                .Select(group => ToCluster(group.Key.Id, group.Value, options)),
        ];
    }

    // A cluster of a few machines is nothing to run a promotion on: its nodes join the largest cluster of the same model,
    // or where that model has no other, the smallest of the same size class, or any.
    private static void MergeTiny(Dictionary<Group, List<TraceNode>> groups, int least)
    {
        while (groups.Count > 1)
        {
            var (tiny, nodes) = groups.OrderBy(group => group.Value.Count).ThenBy(group => group.Key.Id, StringComparer.Ordinal).First();
            if (nodes.Count >= least)
            {
                return;
            }

            groups.Remove(tiny);
            var home = groups
                .OrderByDescending(group => group.Key.Model == tiny.Model)
                .ThenByDescending(group => group.Key.Size == tiny.Size)
                .ThenBy(group => group.Key.Model == tiny.Model ? -group.Value.Count : group.Value.Count)
                .ThenBy(group => group.Key.Id, StringComparer.Ordinal)
                .First();
            home.Value.AddRange(nodes);
        }
    }

    private static ClusterDefinition ToCluster(string id, List<TraceNode> nodes, TraceImportOptions options)
    {
        var pools = nodes
            .GroupBy(node => (node.Model, node.CpuMilli, node.MemoryMiB, node.Gpu))
            .Select(group => new PoolDefinition
            {
                Name = PoolName(group.First()),
                Model = group.Key.Model,
                CpuMilli = group.Key.CpuMilli,
                MemoryMiB = group.Key.MemoryMiB,
                Gpu = group.Key.Gpu,
                Nodes = [.. group.Select(node => node.Name).Order(StringComparer.Ordinal)],
            })
            .OrderBy(pool => pool.Name, StringComparer.Ordinal)
            .ToImmutableArray();
        var cost = nodes.Sum(node => (node.CpuMilli / 1000m * options.CostPerCoreHour) + (node.Gpu * options.CostPerGpuHour));
        return new ClusterDefinition
        {
            Id = id,
            Kind = ClusterKind.Batch,
            Region = "trace",
            Zones = Zones,
            Pools = pools,
            CostPerNodeHour = decimal.Round(cost / nodes.Count, 2),
            ReservePercent = options.ReservePercent,
        };
    }

    private static string SizeOf(TraceNode node) => node.CpuMilli switch
    {
        <= 32_000 => Sizes[0],
        <= 64_000 => Sizes[1],
        _ => Sizes[2],
    };

    private static string PoolName(TraceNode node)
    {
        var gpus = node.Gpu > 0 ? string.Create(CultureInfo.InvariantCulture, $"-{node.Gpu}x") : "";
        return string.Create(CultureInfo.InvariantCulture, $"{Slug(node.Model)}-{node.CpuMilli}m-{node.MemoryMiB}mi{gpus}");
    }

    private static string Slug(string model)
    {
        var slug = string.Concat(model.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')).Trim('-');
        return slug.Length == 0 ? "cpu" : slug.Length > 32 ? slug[..32].TrimEnd('-') : slug;
    }

    private readonly record struct Group(string Model, string Size)
    {
        public string Id => $"{Slug(Model)}-{Size}";
    }
}
