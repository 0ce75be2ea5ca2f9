using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Alibaba.Calling;

namespace Orchestrator.Infra.Alibaba.Products;

/// <param name="InstanceClass">As <c>redis.master.large.default</c>.</param>
/// <param name="Token">The action's client token; it has another name than elsewhere.</param>
public sealed record CreateRedisInstanceRequest(string InstanceName, string InstanceClass, string EngineVersion, string ZoneId, string VpcId, string VSwitchId, string Token)
{
    public string InstanceType { get; init; } = "Redis";

    public string NetworkType { get; init; } = "VPC";

    public string ChargeType { get; init; } = "PostPaid";

    public string? SecondaryZoneId { get; init; }
}

/// <param name="InstanceStatus"><c>Creating</c>, <c>Normal</c>, <c>Changing</c>, <c>Released</c> and others.</param>
public sealed record RedisInstanceInfo(string InstanceId, string? InstanceName, string InstanceStatus, string? InstanceClass, string? ConnectionDomain, int? Port, string? ZoneId);

/// <summary>Caches: Tair and Redis (<c>r-kvstore</c>).</summary>
public sealed class RedisClient(OpenApiClient client, string region) : ProductClient(client, region, sendsRegion: true)
{
    private static readonly ApiOperation create = ApiOperation.Rpc(ApiProduct.Redis, "CreateInstance", ApiRepeat.Safe);
    private static readonly ApiOperation describe = ApiOperation.Rpc(ApiProduct.Redis, "DescribeInstanceAttribute");
    private static readonly ApiOperation list = ApiOperation.Rpc(ApiProduct.Redis, "DescribeInstances");
    private static readonly ApiOperation rename = ApiOperation.Rpc(ApiProduct.Redis, "ModifyInstanceAttribute");
    private static readonly ApiOperation securityIps = ApiOperation.Rpc(ApiProduct.Redis, "ModifySecurityIps");
    private static readonly ApiOperation delete = ApiOperation.Rpc(ApiProduct.Redis, "DeleteInstance");

    /// <summary>Its token makes a second call give the first one's instance.</summary>
    public async Task<string> CreateInstanceAsync(CreateRedisInstanceRequest request, CancellationToken cancellationToken) =>
        await NeedAsync(create, JsonSerializer.SerializeToNode(request, ProductJson.Default.CreateRedisInstanceRequest)!.AsObject(), "InstanceId", cancellationToken);

    /// <exception cref="ApiException"><see cref="ApiErrorKind.NotFound"/>.</exception>
    public async Task<RedisInstanceInfo> DescribeInstanceAsync(string id, CancellationToken cancellationToken) =>
        First((await CallAsync(describe, new JsonObject { ["InstanceId"] = id }, cancellationToken))["Instances"]?["DBInstanceAttribute"], ProductJson.Default.RedisInstanceInfo)
        ?? throw new ApiException(describe, new ApiError("InvalidInstanceId.NotFound", $"there is no cache {id}", ApiErrorKind.NotFound, "Refresh what is known of the resource: it is gone, or in another region."));

    public IAsyncEnumerable<RedisInstanceInfo> ListInstancesAsync(CancellationToken cancellationToken) =>
        PagesAsync(list, [], 50, answer => answer["Instances"]?["KVStoreInstance"], ProductJson.Default.RedisInstanceInfo, cancellationToken);

    public Task RenameAsync(string id, string name, CancellationToken cancellationToken) =>
        CallAsync(rename, new JsonObject { ["InstanceId"] = id, ["InstanceName"] = name }, cancellationToken);

    /// <summary>Replaces the networks that may connect.</summary>
    /// <param name="networks">Parted by commas.</param>
    public Task SetSecurityIpsAsync(string id, string networks, CancellationToken cancellationToken) =>
        CallAsync(securityIps, new JsonObject { ["InstanceId"] = id, ["SecurityIps"] = networks, ["ModifyMode"] = "Cover" }, cancellationToken);

    public Task DeleteInstanceAsync(string id, CancellationToken cancellationToken) => CallAsync(delete, new JsonObject { ["InstanceId"] = id }, cancellationToken);
}
