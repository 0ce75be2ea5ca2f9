using System.Collections.Frozen;

namespace Orchestrator.Infra.Alibaba.Calling;

/// <summary>A product of the cloud, its API's version, and where its endpoints are.</summary>
/// <param name="Code">As it stands in endpoints and in RAM actions: <c>ecs</c>.</param>
/// <param name="Version">The date that names the API's version.</param>
public sealed record ApiProduct(string Code, string Version)
{
    private FrozenSet<string> CentralRegions { get; init; } = [];

    private string? Central { get; init; }

    private FrozenDictionary<string, string> Special { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>How RAM calls the product in an action of a policy, as in <c>ecs:RunInstances</c>.</summary>
    public string RamCode { get; private init; } = Code;

    public static ApiProduct Ecs { get; } = new("ecs", "2014-05-26") { Special = Host("cn-hangzhou", "ecs-cn-hangzhou.aliyuncs.com") };

    public static ApiProduct Vpc { get; } = new("vpc", "2016-04-28") { Special = Host("cn-hangzhou", "vpc.aliyuncs.com") };

    public static ApiProduct Ess { get; } = new("ess", "2022-02-22")
    {
        Central = "ess.aliyuncs.com",
        CentralRegions = ["cn-qingdao", "cn-beijing", "cn-hangzhou", "cn-shanghai", "cn-shenzhen", "cn-hongkong", "ap-southeast-1", "us-east-1", "us-west-1"],
    };

    public static ApiProduct Alb { get; } = new("alb", "2020-06-16");

    public static ApiProduct Rds { get; } = new("rds", "2014-08-15")
    {
        Central = "rds.aliyuncs.com",
        CentralRegions = ["cn-qingdao", "cn-beijing", "cn-hangzhou", "cn-shanghai", "cn-shenzhen", "cn-heyuan", "cn-hongkong", "ap-southeast-1", "us-east-1", "us-west-1"],
    };

    /// <summary>Tair and Redis.</summary>
    public static ApiProduct Redis { get; } = new("r-kvstore", "2015-01-01") { RamCode = "kvstore" };

    /// <summary>Container Service for Kubernetes (ACK).</summary>
    public static ApiProduct Cs { get; } = new("cs", "2015-12-15");

    public static ApiProduct Emr { get; } = new("emr", "2021-03-20")
    {
        Central = "emr.aliyuncs.com",
        CentralRegions = ["cn-beijing", "cn-hangzhou", "cn-shanghai"],
    };

    public static ApiProduct Quotas { get; } = new("quotas", "2020-05-10") { Central = "quotas.aliyuncs.com" };

    public static ApiProduct Sts { get; } = new("sts", "2015-04-01");

    /// <summary>Every product there is a client for.</summary>
    public static IReadOnlyList<ApiProduct> All { get; } = [Ecs, Vpc, Ess, Alb, Rds, Redis, Cs, Emr, Quotas, Sts];

    /// <summary>The public host of the product in a region, such as <c>ecs.cn-beijing.aliyuncs.com</c>.</summary>
    public string HostIn(string region) =>
        Special.TryGetValue(region, out var special) ? special
        : Central is not null && (CentralRegions.Count == 0 || CentralRegions.Contains(region)) ? Central
        : $"{Code}.{region}.aliyuncs.com";

    private static FrozenDictionary<string, string> Host(string region, string host) => new[] { KeyValuePair.Create(region, host) }.ToFrozenDictionary();
}
