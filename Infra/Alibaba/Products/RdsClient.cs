using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Orchestrator.Infra.Alibaba.Calling;

namespace Orchestrator.Infra.Alibaba.Products;

/// <param name="DbInstanceClass">As <c>mysql.x8.4xlarge.2</c>.</param>
/// <param name="DbInstanceStorage">GiB.</param>
/// <param name="SecurityIpList">Networks that may connect, parted by commas.</param>
public sealed record CreateDbInstanceRequest(
    string Engine,
    string EngineVersion,
    [property: JsonPropertyName("DBInstanceClass")] string DbInstanceClass,
    [property: JsonPropertyName("DBInstanceStorage")] int DbInstanceStorage,
    [property: JsonPropertyName("VPCId")] string VpcId,
    string VSwitchId,
    [property: JsonPropertyName("SecurityIPList")] string SecurityIpList,
    string ClientToken)
{
    [JsonPropertyName("DBInstanceDescription")]
    public string? Description { get; init; }

    public string? ZoneId { get; init; }

    /// <summary>The zone of the standby; null: the same zone.</summary>
    public string? ZoneIdSlave1 { get; init; }

    public string PayType { get; init; } = "Postpaid";

    [JsonPropertyName("DBInstanceNetType")]
    public string NetType { get; init; } = "Intranet";

    public string InstanceNetworkType { get; init; } = "VPC";
}

/// <param name="DbInstanceStatus"><c>Creating</c>, <c>Running</c>, <c>Deleting</c>, <c>DBInstanceClassChanging</c> and others.</param>
public sealed record DbInstanceInfo(
    [property: JsonPropertyName("DBInstanceId")] string DbInstanceId,
    [property: JsonPropertyName("DBInstanceStatus")] string DbInstanceStatus,
    string Engine,
    string EngineVersion,
    [property: JsonPropertyName("DBInstanceClass")] string? DbInstanceClass,
    string? ConnectionString,
    string? Port,
    string? ZoneId)
{
    /// <summary>Its name, which the console shows.</summary>
    [JsonPropertyName("DBInstanceDescription")]
    public string? Description { get; init; }
}

/// <summary>Databases: ApsaraDB RDS.</summary>
public sealed class RdsClient(OpenApiClient client, string region) : ProductClient(client, region, sendsRegion: true)
{
    private static readonly ApiOperation create = ApiOperation.Rpc(ApiProduct.Rds, "CreateDBInstance", ApiRepeat.WithToken);
    private static readonly ApiOperation describe = ApiOperation.Rpc(ApiProduct.Rds, "DescribeDBInstanceAttribute");
    private static readonly ApiOperation list = ApiOperation.Rpc(ApiProduct.Rds, "DescribeDBInstances");
    private static readonly ApiOperation securityIps = ApiOperation.Rpc(ApiProduct.Rds, "ModifySecurityIps");
    private static readonly ApiOperation delete = ApiOperation.Rpc(ApiProduct.Rds, "DeleteDBInstance");

    public async Task<string> CreateInstanceAsync(CreateDbInstanceRequest request, CancellationToken cancellationToken) =>
        await NeedAsync(create, JsonSerializer.SerializeToNode(request, ProductJson.Default.CreateDbInstanceRequest)!.AsObject(), "DBInstanceId", cancellationToken);

    /// <summary>Its connection string and port are there once it runs.</summary>
    /// <exception cref="ApiException"><see cref="ApiErrorKind.NotFound"/>.</exception>
    public async Task<DbInstanceInfo> DescribeInstanceAsync(string id, CancellationToken cancellationToken) =>
        First((await CallAsync(describe, new JsonObject { ["DBInstanceId"] = id }, cancellationToken))["Items"]?["DBInstanceAttribute"], ProductJson.Default.DbInstanceInfo)
        ?? throw new ApiException(describe, new ApiError("InvalidDBInstanceId.NotFound", $"there is no database {id}", ApiErrorKind.NotFound, "Refresh what is known of the resource: it is gone, or in another region."));

    public IAsyncEnumerable<DbInstanceInfo> ListInstancesAsync(CancellationToken cancellationToken) =>
        PagesAsync(list, [], 50, answer => answer["Items"]?["DBInstance"], ProductJson.Default.DbInstanceInfo, cancellationToken);

    /// <summary>Replaces the networks that may connect.</summary>
    /// <param name="networks">Parted by commas.</param>
    public Task SetSecurityIpsAsync(string id, string networks, CancellationToken cancellationToken) =>
        CallAsync(securityIps, new JsonObject { ["DBInstanceId"] = id, ["SecurityIps"] = networks, ["ModifyMode"] = "Cover" }, cancellationToken);

    public Task DeleteInstanceAsync(string id, CancellationToken cancellationToken) => CallAsync(delete, new JsonObject { ["DBInstanceId"] = id }, cancellationToken);
}
