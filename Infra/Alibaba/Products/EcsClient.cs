using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Alibaba.Calling;

namespace Orchestrator.Infra.Alibaba.Products;

/// <param name="SecurityGroupType"><c>normal</c> or <c>enterprise</c>.</param>
public sealed record CreateSecurityGroupRequest(string SecurityGroupName, string VpcId, string ClientToken, string? SecurityGroupType = null, string? Description = null);

public sealed record SecurityGroupInfo(string SecurityGroupId, string? SecurityGroupName, string? VpcId);

/// <summary>A rule that lets traffic in.</summary>
/// <param name="IpProtocol"><c>TCP</c>, <c>UDP</c>, <c>ICMP</c>, <c>GRE</c> or <c>ALL</c>.</param>
/// <param name="PortRange"><c>8080/8080</c>; <c>-1/-1</c> for protocols without ports.</param>
public sealed record SecurityGroupRule(string IpProtocol, string PortRange, string SourceCidrIp, string? Policy = null, string? Priority = null, string? Description = null, string? SecurityGroupRuleId = null);

/// <param name="Amount">Machines, 1 to 100.</param>
public sealed record RunInstancesRequest(string ImageId, string InstanceType, string SecurityGroupId, string VSwitchId, int Amount, string ClientToken)
{
    /// <summary>Fewer than <see cref="Amount"/> may be made, but not fewer than this; null: all or none.</summary>
    public int? MinAmount { get; init; }

    public string? InstanceName { get; init; }

    /// <summary>Base64.</summary>
    public string? UserData { get; init; }

    public ImmutableArray<ApiTag>? Tag { get; init; }
}

/// <param name="Status"><c>Pending</c>, <c>Starting</c>, <c>Running</c>, <c>Stopping</c>, <c>Stopped</c>.</param>
/// <param name="Cpu">Virtual cores.</param>
/// <param name="Memory">MiB.</param>
public sealed record InstanceInfo(string InstanceId, string Status, string InstanceType, string ZoneId, int Cpu, int Memory, string? InstanceName)
{
    public InstanceNetwork? VpcAttributes { get; init; }

    /// <summary>In its network; null while it has none.</summary>
    public string? PrivateAddress => VpcAttributes?.PrivateIpAddress?.IpAddress is { IsDefaultOrEmpty: false } addresses ? addresses[0] : null;
}

public sealed record InstanceNetwork(string VpcId, string VSwitchId, AddressList? PrivateIpAddress);

public sealed record AddressList(ImmutableArray<string> IpAddress);

/// <param name="CpuCoreCount">Virtual cores.</param>
/// <param name="MemorySize">GiB.</param>
public sealed record InstanceTypeInfo(string InstanceTypeId, int CpuCoreCount, double MemorySize, string InstanceTypeFamily);

/// <summary>What became of one instance of a call for many.</summary>
/// <param name="Code"><c>200</c>, or the reason.</param>
public sealed record InstanceResponse(string InstanceId, string Code, string? Message, string? PreviousStatus, string? CurrentStatus);

/// <summary>Elastic Compute Service: security groups and instances.</summary>
public sealed class EcsClient(OpenApiClient client, string region) : ProductClient(client, region, sendsRegion: true)
{
    /// <summary>Instances that one call stops or deletes at most.</summary>
    public const int LargestBatch = 100;

    private static readonly ApiOperation regions = ApiOperation.Rpc(ApiProduct.Ecs, "DescribeRegions");
    private static readonly ApiOperation zones = ApiOperation.Rpc(ApiProduct.Ecs, "DescribeZones");
    private static readonly ApiOperation types = ApiOperation.Rpc(ApiProduct.Ecs, "DescribeInstanceTypes");
    private static readonly ApiOperation available = ApiOperation.Rpc(ApiProduct.Ecs, "DescribeAvailableResource");
    private static readonly ApiOperation createGroup = ApiOperation.Rpc(ApiProduct.Ecs, "CreateSecurityGroup", ApiRepeat.WithToken);
    private static readonly ApiOperation describeGroup = ApiOperation.Rpc(ApiProduct.Ecs, "DescribeSecurityGroupAttribute");
    private static readonly ApiOperation describeGroups = ApiOperation.Rpc(ApiProduct.Ecs, "DescribeSecurityGroups");
    private static readonly ApiOperation deleteGroup = ApiOperation.Rpc(ApiProduct.Ecs, "DeleteSecurityGroup");
    private static readonly ApiOperation authorize = ApiOperation.Rpc(ApiProduct.Ecs, "AuthorizeSecurityGroup");
    private static readonly ApiOperation revoke = ApiOperation.Rpc(ApiProduct.Ecs, "RevokeSecurityGroup");
    private static readonly ApiOperation run = ApiOperation.Rpc(ApiProduct.Ecs, "RunInstances", ApiRepeat.WithToken);
    private static readonly ApiOperation describe = ApiOperation.Rpc(ApiProduct.Ecs, "DescribeInstances");
    private static readonly ApiOperation status = ApiOperation.Rpc(ApiProduct.Ecs, "DescribeInstanceStatus");
    private static readonly ApiOperation start = ApiOperation.Rpc(ApiProduct.Ecs, "StartInstances");
    private static readonly ApiOperation stop = ApiOperation.Rpc(ApiProduct.Ecs, "StopInstances");
    private static readonly ApiOperation delete = ApiOperation.Rpc(ApiProduct.Ecs, "DeleteInstances", ApiRepeat.WithToken);

    public async Task<ImmutableArray<string>> ListRegionsAsync(CancellationToken cancellationToken) =>
        [.. (await CallAsync(regions, [], cancellationToken))["Regions"]?["Region"]?.AsArray().Select(one => one!["RegionId"]!.GetValue<string>()) ?? []];

    public async Task<ImmutableArray<string>> ListZonesAsync(CancellationToken cancellationToken) =>
        [.. (await CallAsync(zones, [], cancellationToken))["Zones"]?["Zone"]?.AsArray().Select(one => one!["ZoneId"]!.GetValue<string>()) ?? []];

    /// <summary>The types that exist among those named.</summary>
    public async Task<ImmutableArray<InstanceTypeInfo>> DescribeInstanceTypesAsync(IEnumerable<string> names, CancellationToken cancellationToken) =>
        [.. (await CallAsync(types, new JsonObject { ["InstanceTypes"] = Texts(names) }, cancellationToken))["InstanceTypes"]?["InstanceType"]?.AsArray().Select(one => one.Deserialize(ProductJson.Default.InstanceTypeInfo)!) ?? []];

    /// <summary>The zones that have stock of the type now.</summary>
    public async Task<ImmutableArray<string>> ListZonesWithStockAsync(string instanceType, CancellationToken cancellationToken)
    {
        var answer = await CallAsync(available, new JsonObject { ["DestinationResource"] = "InstanceType", ["InstanceType"] = instanceType }, cancellationToken);
        return [.. answer["AvailableZones"]?["AvailableZone"]?.AsArray().OfType<JsonObject>().Where(zone => HasStock(zone, instanceType)).Select(zone => zone.Find("ZoneId") ?? "") ?? []];
    }

    public async Task<string> CreateSecurityGroupAsync(CreateSecurityGroupRequest request, CancellationToken cancellationToken) =>
        await NeedAsync(createGroup, JsonSerializer.SerializeToNode(request, ProductJson.Default.CreateSecurityGroupRequest)!.AsObject(), "SecurityGroupId", cancellationToken);

    /// <returns>The group's rules that let traffic in.</returns>
    public async Task<ImmutableArray<SecurityGroupRule>> DescribeSecurityGroupRulesAsync(string id, CancellationToken cancellationToken) =>
        [.. (await CallAsync(describeGroup, new JsonObject { ["SecurityGroupId"] = id, ["Direction"] = "ingress" }, cancellationToken))["Permissions"]?["Permission"]?.AsArray().Select(one => one.Deserialize(ProductJson.Default.SecurityGroupRule)!) ?? []];

    /// <param name="vpc">Null: of all networks.</param>
    public IAsyncEnumerable<SecurityGroupInfo> ListSecurityGroupsAsync(string? vpc, CancellationToken cancellationToken) =>
        PagesAsync(describeGroups, new JsonObject { ["VpcId"] = vpc }, 50, answer => answer["SecurityGroups"]?["SecurityGroup"], ProductJson.Default.SecurityGroupInfo, cancellationToken);

    public Task DeleteSecurityGroupAsync(string id, CancellationToken cancellationToken) =>
        CallAsync(deleteGroup, new JsonObject { ["SecurityGroupId"] = id }, cancellationToken);

    /// <summary>Rules that the group has already are no error.</summary>
    public Task AuthorizeAsync(string group, IEnumerable<SecurityGroupRule> rules, CancellationToken cancellationToken) =>
        CallAsync(authorize, new JsonObject { ["SecurityGroupId"] = group, ["Permissions"] = Rules(rules) }, cancellationToken);

    /// <summary>Rules that the group has not are no error.</summary>
    public Task RevokeAsync(string group, IEnumerable<SecurityGroupRule> rules, CancellationToken cancellationToken) =>
        CallAsync(revoke, new JsonObject { ["SecurityGroupId"] = group, ["Permissions"] = Rules(rules) }, cancellationToken);

    /// <returns>The ids of the new instances.</returns>
    public async Task<ImmutableArray<string>> RunInstancesAsync(RunInstancesRequest request, CancellationToken cancellationToken) =>
        [.. (await CallAsync(run, JsonSerializer.SerializeToNode(request, ProductJson.Default.RunInstancesRequest)!.AsObject(), cancellationToken))["InstanceIdSets"]?["InstanceIdSet"]?.AsArray().Select(one => one!.GetValue<string>()) ?? []];

    /// <summary>All instances of the region, or those of a network.</summary>
    public IAsyncEnumerable<InstanceInfo> ListInstancesAsync(string? vpc, CancellationToken cancellationToken) =>
        PagesAsync(describe, new JsonObject { ["VpcId"] = vpc }, 100, answer => answer["Instances"]?["Instance"], ProductJson.Default.InstanceInfo, cancellationToken, byToken: true);

    /// <summary>Those of the named instances that exist; at most <see cref="LargestBatch"/> names.</summary>
    public async Task<ImmutableArray<InstanceInfo>> DescribeInstancesAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        var answer = await CallAsync(describe, new JsonObject { ["InstanceIds"] = Texts(ids).ToJsonString(), ["MaxResults"] = LargestBatch }, cancellationToken);
        return [.. answer["Instances"]?["Instance"]?.AsArray().Select(one => one.Deserialize(ProductJson.Default.InstanceInfo)!) ?? []];
    }

    /// <summary>Status by id, for as many instances as are asked for: the cheapest way to look at them.</summary>
    public async Task<ImmutableDictionary<string, string>> DescribeStatusAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        var found = ImmutableDictionary.CreateBuilder<string, string>();
        foreach (var some in ids.Chunk(50))
        {
            var answer = await CallAsync(status, new JsonObject { ["InstanceId"] = Texts(some), ["PageSize"] = 50 }, cancellationToken);
            foreach (var one in answer["InstanceStatuses"]?["InstanceStatus"]?.AsArray().OfType<JsonObject>() ?? [])
            {
                found[one.Find("InstanceId") ?? ""] = one.Find("Status") ?? "";
            }
        }

        return found.ToImmutable();
    }

    public Task<ImmutableArray<InstanceResponse>> StartInstancesAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken) =>
        BatchAsync(start, new JsonObject { ["InstanceId"] = Texts(ids), ["BatchOptimization"] = "SuccessFirst" }, cancellationToken);

    /// <summary>Stops those that can be stopped; the others say why not.</summary>
    /// <param name="ids">At most <see cref="LargestBatch"/>.</param>
    /// <param name="stopCharging">They cost no more, and may find no stock when they are started again.</param>
    public Task<ImmutableArray<InstanceResponse>> StopInstancesAsync(IReadOnlyCollection<string> ids, bool force, bool stopCharging, CancellationToken cancellationToken) =>
        BatchAsync(
            stop,
            new JsonObject { ["InstanceId"] = Texts(ids), ["ForceStop"] = force, ["StoppedMode"] = stopCharging ? "StopCharging" : "KeepCharging", ["BatchOptimization"] = "SuccessFirst" },
            cancellationToken);

    /// <param name="ids">At most <see cref="LargestBatch"/>.</param>
    /// <param name="force">Running instances too.</param>
    public Task DeleteInstancesAsync(IReadOnlyCollection<string> ids, bool force, string clientToken, CancellationToken cancellationToken) =>
        CallAsync(delete, new JsonObject { ["InstanceId"] = Texts(ids), ["Force"] = force, ["ClientToken"] = clientToken }, cancellationToken);

    private async Task<ImmutableArray<InstanceResponse>> BatchAsync(ApiOperation operation, JsonObject parameters, CancellationToken cancellationToken) =>
        [.. (await CallAsync(operation, parameters, cancellationToken))["InstanceResponses"]?["InstanceResponse"]?.AsArray().Select(one => one.Deserialize(ProductJson.Default.InstanceResponse)!) ?? []];

    private static JsonArray Rules(IEnumerable<SecurityGroupRule> rules) => new([.. rules.Select(rule => JsonSerializer.SerializeToNode(rule, ProductJson.Default.SecurityGroupRule))]);

    private static bool HasStock(JsonObject zone, string type) =>
        zone["AvailableResources"]?["AvailableResource"]?.AsArray()
            .SelectMany(resource => resource?["SupportedResources"]?["SupportedResource"]?.AsArray() ?? [])
            .Any(resource => resource?["Value"]?.ToString() == type && resource["StatusCategory"]?.ToString() is "WithStock" or "ClosedWithStock") ?? false;
}
