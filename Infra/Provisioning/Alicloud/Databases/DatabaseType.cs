using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Provisioning.Alicloud.Mapping;
using Orchestrator.Infra.Provisioning.Providers;

namespace Orchestrator.Infra.Provisioning.Alicloud.Databases;

/// <summary>Databases (ApsaraDB RDS): <c>CreateDBInstance</c>, <c>DescribeDBInstanceAttribute</c>, <c>ModifyDBInstanceSpec</c>, <c>ModifySecurityIps</c>, <c>DeleteDBInstance</c>.</summary>
internal sealed class DatabaseType : CloudType
{
    private static readonly ApiOperation create = ApiOperation.Rpc(ApiProduct.Rds, "CreateDBInstance", ApiRepeat.WithToken);
    private static readonly ApiOperation describe = ApiOperation.Rpc(ApiProduct.Rds, "DescribeDBInstanceAttribute");
    private static readonly ApiOperation list = ApiOperation.Rpc(ApiProduct.Rds, "DescribeDBInstances");
    private static readonly ApiOperation rename = ApiOperation.Rpc(ApiProduct.Rds, "ModifyDBInstanceDescription");
    private static readonly ApiOperation resize = ApiOperation.Rpc(ApiProduct.Rds, "ModifyDBInstanceSpec");
    private static readonly ApiOperation securityIps = ApiOperation.Rpc(ApiProduct.Rds, "ModifySecurityIps");
    private static readonly ApiOperation delete = ApiOperation.Rpc(ApiProduct.Rds, "DeleteDBInstance");

    public override string Token => "alicloud:rds/instance:Instance";

    public override FrozenSet<string> Inputs { get; } =
    [
        "engine", "engineVersion", "instanceType", "instanceStorage", "dbInstanceStorageType", "instanceChargeType", "instanceName", "vswitchId", "vpcId", "zoneId", "zoneIdSlaveA", "zoneIdSlaveB", "securityIps", "category",
        "resourceGroupId", "tags",
    ];

    public override FrozenSet<string> Changeable { get; } = ["instanceName", "instanceType", "instanceStorage", "securityIps"];

    public override async Task<string> CreateAsync(CloudApi api, string name, JsonObject inputs, string token, CancellationToken cancellationToken)
    {
        var parameters = inputs.Take(
            ("engine", "Engine"), ("engineVersion", "EngineVersion"), ("instanceType", "DBInstanceClass"), ("instanceStorage", "DBInstanceStorage"), ("dbInstanceStorageType", "DBInstanceStorageType"),
            ("instanceName", "DBInstanceDescription"), ("vswitchId", "VSwitchId"), ("vpcId", "VPCId"), ("zoneId", "ZoneId"), ("zoneIdSlaveA", "ZoneIdSlave1"), ("zoneIdSlaveB", "ZoneIdSlave2"), ("category", "Category"),
            ("resourceGroupId", "ResourceGroupId"));
        parameters["PayType"] = inputs.Text("instanceChargeType") ?? "Postpaid";
        parameters["SecurityIPList"] = SecurityIps(inputs);
        parameters["DBInstanceNetType"] = "Intranet";
        parameters["InstanceNetworkType"] = "VPC";
        if (inputs.Text("vswitchId") is { } switches)
        {
            // One switch a zone, parted by commas; the first is the primary's.
            var place = await VSwitches.ReadAsync(api, switches.Split(',')[0], cancellationToken);
            parameters["VPCId"] ??= place.Text("VpcId");
            parameters["ZoneId"] ??= place.Text("ZoneId");
        }

        parameters["Tag"] = inputs.Tags(token);
        parameters["ClientToken"] = token;
        return CloudApi.Id(create, await api.CallAsync(create, parameters, cancellationToken), "DBInstanceId");
    }

    public override async Task<string?> FindAsync(CloudApi api, string name, JsonObject inputs, string token, CancellationToken cancellationToken) =>
        InputReading.First((await api.CallAsync(list, new JsonObject { ["Tags"] = new JsonObject { [CloudApi.TokenTag] = token }.ToJsonString() }, cancellationToken))["Items"]?["DBInstance"])?.Text("DBInstanceId");

    public override async Task<ProviderResource?> ReadAsync(CloudApi api, string id, CancellationToken cancellationToken)
    {
        if (InputReading.First((await api.CallAsync(describe, new JsonObject { ["DBInstanceId"] = id }, cancellationToken))["Items"]?["DBInstanceAttribute"]) is not { } database)
        {
            return null;
        }

        return new ProviderResource(
            id,
            database.Text("DBInstanceStatus") == "Running",
            database.Show(
                ("ConnectionString", "connectionString"), ("Port", "port"), ("DBInstanceStatus", "status"), ("Engine", "engine"), ("EngineVersion", "engineVersion"), ("DBInstanceClass", "instanceType"),
                ("DBInstanceStorage", "instanceStorage"), ("DBInstanceDescription", "instanceName"), ("ZoneId", "zoneId"), ("VpcId", "vpcId"), ("CreationTime", "createTime")));
    }

    public override async Task UpdateAsync(CloudApi api, string id, JsonObject before, JsonObject inputs, string token, CancellationToken cancellationToken)
    {
        if (InputReading.Differs(before, inputs, "instanceName"))
        {
            await api.CallAsync(rename, new JsonObject { ["DBInstanceId"] = id, ["DBInstanceDescription"] = inputs.Need("instanceName") }, cancellationToken);
        }

        if (InputReading.Differs(before, inputs, "securityIps"))
        {
            await api.CallAsync(securityIps, new JsonObject { ["DBInstanceId"] = id, ["SecurityIps"] = SecurityIps(inputs), ["ModifyMode"] = "Cover" }, cancellationToken);
        }

        // Last: while it changes its size the database takes no other change.
        if (InputReading.Differs(before, inputs, "instanceType", "instanceStorage"))
        {
            var parameters = inputs.Take(("instanceType", "DBInstanceClass"), ("instanceStorage", "DBInstanceStorage"));
            parameters["DBInstanceId"] = id;
            parameters["PayType"] = inputs.Text("instanceChargeType") ?? "Postpaid";
            await api.CallAsync(resize, parameters, cancellationToken);
        }
    }

    public override Task DeleteAsync(CloudApi api, string id, JsonObject inputs, string token, CancellationToken cancellationToken) =>
        api.CallAsync(delete, new JsonObject { ["DBInstanceId"] = id }, cancellationToken);

    private static string SecurityIps(JsonObject inputs) => inputs.Texts("securityIps") is { Count: > 0 } networks ? string.Join(',', networks) : "127.0.0.1";
}
