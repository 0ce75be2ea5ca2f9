using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Provisioning.Alicloud.Mapping;
using Orchestrator.Infra.Provisioning.Providers;

namespace Orchestrator.Infra.Provisioning.Alicloud.Databases;

/// <summary>
/// Caches (Tair, Redis): <c>CreateInstance</c>, <c>DescribeInstanceAttribute</c>, <c>ModifyInstanceSpec</c>, <c>ModifySecurityIps</c>, <c>DeleteInstance</c>. Who may connect is set
/// once it runs: its creation takes no list.
/// </summary>
internal sealed class CacheType : CloudType
{
    private static readonly ApiOperation create = ApiOperation.Rpc(ApiProduct.Redis, "CreateInstance", ApiRepeat.Safe);
    private static readonly ApiOperation describe = ApiOperation.Rpc(ApiProduct.Redis, "DescribeInstanceAttribute");
    private static readonly ApiOperation list = ApiOperation.Rpc(ApiProduct.Redis, "DescribeInstances");
    private static readonly ApiOperation rename = ApiOperation.Rpc(ApiProduct.Redis, "ModifyInstanceAttribute");
    private static readonly ApiOperation resize = ApiOperation.Rpc(ApiProduct.Redis, "ModifyInstanceSpec");
    private static readonly ApiOperation securityIps = ApiOperation.Rpc(ApiProduct.Redis, "ModifySecurityIps");
    private static readonly ApiOperation delete = ApiOperation.Rpc(ApiProduct.Redis, "DeleteInstance");

    public override string Token => "alicloud:kvstore/instance:Instance";

    public override FrozenSet<string> Inputs { get; } =
    [
        "dbInstanceName", "instanceName", "instanceClass", "instanceType", "engineVersion", "zoneId", "availabilityZone", "secondaryZoneId", "vswitchId", "securityIps", "paymentType", "instanceChargeType", "password", "privateIp",
        "port", "resourceGroupId", "tags",
    ];

    public override FrozenSet<string> Changeable { get; } = ["dbInstanceName", "instanceName", "instanceClass", "securityIps"];

    public override async Task<string> CreateAsync(CloudApi api, string name, JsonObject inputs, string token, CancellationToken cancellationToken)
    {
        var parameters = inputs.Take(
            ("dbInstanceName", "InstanceName"), ("instanceName", "InstanceName"), ("instanceClass", "InstanceClass"), ("engineVersion", "EngineVersion"), ("zoneId", "ZoneId"), ("availabilityZone", "ZoneId"),
            ("secondaryZoneId", "SecondaryZoneId"), ("vswitchId", "VSwitchId"), ("password", "Password"), ("privateIp", "PrivateIpAddress"), ("port", "Port"), ("resourceGroupId", "ResourceGroupId"));
        parameters["InstanceType"] = inputs.Text("instanceType") ?? "Redis";
        parameters["ChargeType"] = inputs.Text("paymentType") ?? inputs.Text("instanceChargeType") ?? "PostPaid";
        parameters["NetworkType"] = "VPC";
        if (inputs.Text("vswitchId") is { } vswitch)
        {
            var place = await VSwitches.ReadAsync(api, vswitch, cancellationToken);
            parameters["VpcId"] = place.Text("VpcId");
            parameters["ZoneId"] ??= place.Text("ZoneId");
        }

        parameters["Tag"] = inputs.Tags(token);
        parameters[nameof(Token)] = token;
        return CloudApi.Id(create, await api.CallAsync(create, parameters, cancellationToken), "InstanceId");
    }

    public override async Task CompleteAsync(CloudApi api, string id, JsonObject inputs, CancellationToken cancellationToken)
    {
        if (inputs.Texts("securityIps") is { Count: > 0 })
        {
            await PermitAsync(api, id, inputs, cancellationToken);
        }
    }

    public override async Task<string?> FindAsync(CloudApi api, string name, JsonObject inputs, string token, CancellationToken cancellationToken) =>
        InputReading.First((await api.CallAsync(list, new JsonObject { ["Tag"] = InputReading.TokenTag(token) }, cancellationToken))["Instances"]?["KVStoreInstance"])?.Text("InstanceId");

    public override async Task<ProviderResource?> ReadAsync(CloudApi api, string id, CancellationToken cancellationToken)
    {
        if (InputReading.First((await api.CallAsync(describe, new JsonObject { ["InstanceId"] = id }, cancellationToken))["Instances"]?["DBInstanceAttribute"]) is not { } cache || cache.Text("InstanceStatus") == "Released")
        {
            return null;
        }

        return new ProviderResource(
            id,
            cache.Text("InstanceStatus") == "Normal",
            cache.Show(
                ("ConnectionDomain", "connectionDomain"), ("Port", "port"), ("InstanceStatus", "status"), ("InstanceClass", "instanceClass"), ("InstanceName", "dbInstanceName"), ("EngineVersion", "engineVersion"), ("ZoneId", "zoneId")));
    }

    public override async Task UpdateAsync(CloudApi api, string id, JsonObject before, JsonObject inputs, string token, CancellationToken cancellationToken)
    {
        if (InputReading.Differs(before, inputs, "dbInstanceName", "instanceName"))
        {
            await api.CallAsync(rename, new JsonObject { ["InstanceId"] = id, ["InstanceName"] = inputs.Text("dbInstanceName") ?? inputs.Text("instanceName") }, cancellationToken);
        }

        if (InputReading.Differs(before, inputs, "securityIps"))
        {
            await PermitAsync(api, id, inputs, cancellationToken);
        }

        if (InputReading.Differs(before, inputs, "instanceClass"))
        {
            await api.CallAsync(resize, new JsonObject { ["InstanceId"] = id, ["InstanceClass"] = inputs.Need("instanceClass") }, cancellationToken);
        }
    }

    public override Task DeleteAsync(CloudApi api, string id, JsonObject inputs, string token, CancellationToken cancellationToken) =>
        api.CallAsync(delete, new JsonObject { ["InstanceId"] = id }, cancellationToken);

    private static Task<JsonObject> PermitAsync(CloudApi api, string id, JsonObject inputs, CancellationToken cancellationToken) =>
        api.CallAsync(
            securityIps,
            new JsonObject { ["InstanceId"] = id, ["SecurityIps"] = inputs.Texts("securityIps") is { Count: > 0 } networks ? string.Join(',', networks) : "127.0.0.1", ["ModifyMode"] = "Cover" },
            cancellationToken);
}
