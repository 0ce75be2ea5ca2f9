namespace Orchestrator.Simulator.OpenApi.Inventory;

/// <param name="Kind">Of the items that count.</param>
internal sealed record ProductQuota(string Product, string Code, string Name, string Kind);

/// <summary>Quotas that the simulated cloud keeps. Their codes are made up; the real ones differ by account and are read from the Quota Center.</summary>
internal static class ProductQuotas
{
    public const int Default = 200;

    public static IReadOnlyList<ProductQuota> All { get; } =
    [
        new("vpc", "vpc_quota_vpcs", "networks", ItemKind.Vpc),
        new("vpc", "vpc_quota_vswitches", "switches", ItemKind.VSwitch),
        new("ecs", "ecs_quota_security_groups", "security groups", ItemKind.SecurityGroup),
        new("ess", "ess_quota_scaling_groups", "scaling groups", ItemKind.ScalingGroup),
        new("slb", "alb_quota_loadbalancers", "load balancers", ItemKind.LoadBalancer),
        new("slb", "alb_quota_servergroups", "server groups", ItemKind.ServerGroup),
        new("rds", "rds_quota_instances", "databases", ItemKind.Database),
        new("kvstore", "kvstore_quota_instances", "caches", ItemKind.Cache),
        new("cs", "cs_quota_clusters", "Kubernetes clusters", ItemKind.Cluster),
        new("emr", "emr_quota_clusters", "big-data clusters", ItemKind.Emr),
    ];
}
