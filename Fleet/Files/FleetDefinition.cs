using System.Collections.Immutable;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Demand;

namespace Orchestrator.Fleet.Files;

/// <summary>The machines there are, what work asks of them through the day, and what they cost: a fleet file, read.</summary>
public sealed record FleetDefinition
{
    /// <summary>What the big-data unit's stack runs unless it is told otherwise.</summary>
    public static ImmutableArray<string> StandardImages { get; } = ["registry.example.com/trading:1.0.0"];

    public required string Name { get; init; }

    /// <summary>ISO 4217 code of every amount in the file, as in <c>CNY</c>.</summary>
    public required string Currency { get; init; }

    /// <summary>When a night on the simulated cloud begins unless somebody says otherwise; null: now.</summary>
    public DateTimeOffset? Start { get; init; }

    /// <summary>At least one; ids unique.</summary>
    public required ImmutableArray<ClusterDefinition> Clusters { get; init; }

    /// <summary>Requests a second that customers send through the day, all destinations together.</summary>
    public required DayCurve Traffic { get; init; }

    /// <summary>Requests a second that the entry lets in; the rest is turned away there. Null: all are let in.</summary>
    public double? EntryLimit { get; init; }

    /// <summary>Requests a second that come to the destinations: the traffic, cut flat at the entry's limit.</summary>
    public DayCurve AdmittedTraffic => EntryLimit is { } limit ? Traffic.CutAt(limit) : Traffic;

    /// <summary>What the application does with a core.</summary>
    public ApplicationProfile Application { get; init; } = new();

    /// <summary>
    /// CPU of home on machines that are in no cluster of the fleet, in thousandths of a core. Default (null): none where there is an online cluster; where there is none, a quarter more
    /// than the day's peak needs.
    /// </summary>
    public double? HomeCpuMilli { get; init; }

    /// <summary><see cref="HomeCpuMilli"/> with its default.</summary>
    public double HomeCpuOutside =>
        HomeCpuMilli ?? (Clusters.Any(cluster => cluster.Kind == ClusterKind.Online) ? 0 : AdmittedTraffic.Peak * 1.25 / Application.RequestsPerCore * 1_000);

    /// <summary>Container images of online work, which a node must hold before it is lent. Default <see cref="StandardImages"/>.</summary>
    public ImmutableArray<string> Images { get; init; } = StandardImages;

    /// <summary>What a rented host of a cloud unit is and costs.</summary>
    public CloudTerms Cloud { get; init; } = new();

    /// <summary>What machines of one's own would cost. Default null: not known, so no report compares with them.</summary>
    public OwnedTerms? Owned { get; init; }

    /// <summary>Where the gateway is that divides the traffic, unless settings say otherwise: the first online cluster, else the first.</summary>
    public ClusterDefinition GatewayCluster => Clusters.FirstOrDefault(cluster => cluster.Kind == ClusterKind.Online) ?? Clusters[0];

    /// <summary>The cluster with that id, or null.</summary>
    public ClusterDefinition? Find(string cluster) => Clusters.FirstOrDefault(candidate => candidate.Id == cluster);
}

/// <summary>Terms of rented machines, used where a runbook does not say otherwise.</summary>
public sealed record CloudTerms
{
    /// <summary>In the fleet's currency. Default 4.8.</summary>
    public decimal CostPerHostHour { get; init; } = 4.8m;

    /// <summary>Thousandths of a core. Default 32,000, as the unit's program rents them (<c>ecs.g7.8xlarge</c>).</summary>
    public long HostCpuMilli { get; init; } = 32_000;

    /// <summary>MiB. Default 131,072.</summary>
    public long HostMemoryMiB { get; init; } = 131_072;

    /// <summary>Of a unit's database, with its standby. Default null: not known, so costs that hold one say so.</summary>
    public decimal? DatabaseCostPerHour { get; init; }

    /// <summary>Of a unit's cache. Default null: not known.</summary>
    public decimal? CacheCostPerHour { get; init; }

    /// <summary>Of a unit's load balancer. Default null: not known.</summary>
    public decimal? BalancerCostPerHour { get; init; }

    /// <summary>Where the prices are from, for whoever reads a report, as in <c>price list of 2026-10-01</c>. Default null: not said.</summary>
    public string? PriceSource { get; init; }

    /// <summary>Prices an hour of what a cloud unit has beside its hosts, by <see cref="UnitResources"/>; what is not known is left out.</summary>
    public ImmutableSortedDictionary<string, decimal> ResourcePrices => new (string Resource, decimal? Price)[]
    {
        (UnitResources.Database, DatabaseCostPerHour), (UnitResources.Cache, CacheCostPerHour), (UnitResources.Balancer, BalancerCostPerHour),
    }.Where(one => one.Price is not null).ToImmutableSortedDictionary(one => one.Resource, one => one.Price!.Value, StringComparer.Ordinal);
}

/// <summary>Machines of one's own, with which a night without renting and lending is compared.</summary>
public sealed record OwnedTerms
{
    /// <summary>What a machine costs an hour, bought, housed and powered, whether it works or not. In the fleet's currency.</summary>
    public required decimal CostPerHostHour { get; init; }

    /// <summary>Thousandths of a core. Default: those of a rented host.</summary>
    public long? HostCpuMilli { get; init; }

    /// <summary>Hours that the machines stand for one promotion: 8,760 ÷ promotions a year.</summary>
    public required double HoursPerPromotion { get; init; }

    /// <summary>Where the figures are from. Default null: not said.</summary>
    public string? PriceSource { get; init; }
}

public enum ClusterKind
{
    /// <summary>Home of batch work; may be co-located, and lends nodes. Id <c>batch</c>.</summary>
    Batch,

    /// <summary>Home of online work; never shifted. Id <c>online</c>.</summary>
    Online,
}

public sealed record ClusterDefinition
{
    /// <summary>Lower-case letters, digits and hyphens.</summary>
    public required string Id { get; init; }

    public required ClusterKind Kind { get; init; }

    public required string Region { get; init; }

    /// <summary>At least one. Nodes of a pool without a zone of its own spread over them in turn.</summary>
    public required ImmutableArray<string> Zones { get; init; }

    public required ImmutableArray<PoolDefinition> Pools { get; init; }

    public required decimal CostPerNodeHour { get; init; }

    /// <summary>Share of capacity promised to nobody, 0 to 50. Default 5.</summary>
    public int ReservePercent { get; init; } = 5;

    public ClusterDemand Demand { get; init; } = ClusterDemand.None;

    /// <summary>Version of the simulated Koordinator. Default 1.8.0.</summary>
    public string Koordinator { get; init; } = StandardKoordinator;

    /// <summary>Default of <see cref="Koordinator"/>.</summary>
    public const string StandardKoordinator = "1.8.0";

    /// <summary>Feature gates of the simulated koordlet that are on, of <see cref="KnownGates"/>. Default <see cref="StandardGates"/>; on a plain install of Koordinator none is.</summary>
    public ImmutableArray<string> KoordletGates { get; init; } = StandardGates;

    /// <summary>What the shipped profiles rest on.</summary>
    public static ImmutableArray<string> StandardGates { get; } = [Prerequisites.MemoryGate, Prerequisites.NetworkGate];

    /// <summary>The gates of koordlet that its evictions of batch work are behind.</summary>
    public static ImmutableArray<string> EvictionGates { get; } = [Prerequisites.MemoryEvictGate, "BECPUEvict", "CPUAllocatableEvict", "MemoryAllocatableEvict"];

    /// <summary>All that a fleet file may name.</summary>
    public static ImmutableArray<string> KnownGates { get; } = [.. StandardGates, .. EvictionGates];

    public int NodeCount => Pools.Sum(pool => pool.Nodes.Length);

    /// <summary>Capacity of all nodes, in thousandths of a core.</summary>
    public long CpuMilli => Pools.Sum(pool => pool.CpuMilli * pool.Nodes.Length);

    /// <summary>Capacity of all nodes, in MiB.</summary>
    public long MemoryMiB => Pools.Sum(pool => pool.MemoryMiB * pool.Nodes.Length);

    /// <summary>Every node with its pool and zone, in the order of the file.</summary>
    public IEnumerable<NodeDefinition> ListNodes()
    {
        var index = 0;
        foreach (var pool in Pools)
        {
            foreach (var name in pool.Nodes)
            {
                yield return new NodeDefinition(name, pool, pool.Zone ?? Zones[index++ % Zones.Length]);
            }
        }
    }
}

/// <summary>Machines of one make.</summary>
public sealed record PoolDefinition
{
    /// <summary>Unique in its cluster.</summary>
    public required string Name { get; init; }

    /// <summary>The machine's model, as in <c>g7.4xlarge</c>, or an accelerator's as in <c>T4</c>. Empty: not told.</summary>
    public string Model { get; init; } = "";

    /// <summary>Of one node, in thousandths of a core.</summary>
    public required long CpuMilli { get; init; }

    /// <summary>Of one node, in MiB.</summary>
    public required long MemoryMiB { get; init; }

    /// <summary>Accelerators of one node. Default 0.</summary>
    public int Gpu { get; init; }

    /// <summary>Container images that the simulated machines of the pool have pulled already. Default (null): the fleet's.</summary>
    public ImmutableArray<string>? Images { get; init; }

    /// <summary>Where the whole pool stands; null: the cluster's zones in turn.</summary>
    public string? Zone { get; init; }

    /// <summary>Node names, unique in the fleet.</summary>
    public required ImmutableArray<string> Nodes { get; init; }
}

public sealed record NodeDefinition(string Name, PoolDefinition Pool, string Zone);
