using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.Endpoints;
using Orchestrator.Simulator.OpenApi.Gateway;
using Orchestrator.Simulator.OpenApi.Inventory;

namespace Orchestrator.Simulator.OpenApi.Products.Rds;

/// <summary>Databases, version 2014-08-15. A database is a real TCP listener on loopback that answers PING.</summary>
internal sealed class RdsApi(CloudInventory inventory)
{
    private const string Version = "2014-08-15";

    public IEnumerable<ApiAction> Actions =>
    [
        Action("CreateDBInstance", true, Create),
        Action("DescribeDBInstanceAttribute", false, call => new JsonObject { ["Items"] = new JsonObject { ["DBInstanceAttribute"] = new JsonArray(Instance(Get(call), whole: true)) } }),
        Action("DescribeDBInstances", false, Describe),
        Action("DescribeDBInstanceNetInfo", false, DescribeNetwork),
        Action("ModifySecurityIps", true, ModifySecurityIps),
        Action("DescribeDBInstanceIPArrayList", false, call => new JsonObject { ["Items"] = new JsonObject { ["DBInstanceIPArray"] = new JsonArray(new JsonObject { ["DBInstanceIPArrayName"] = "default", ["SecurityIPList"] = Get(call).Text("SecurityIPList") }) } }),
        Action("ModifyDBInstanceDescription", true, Rename),
        Action("ModifyDBInstanceSpec", true, ModifySpec),
        new ApiAction("rds", Version, "DeleteDBInstance", true, DeleteAsync),
    ];

    private static ApiAction Action(string name, bool changes, Func<ApiCall, JsonObject> answer) => new("rds", Version, name, changes, call => Task.FromResult(answer(call)));

    private CloudItem Get(ApiCall call) => inventory.Get(ItemKind.Database, call.Need("DBInstanceId"), "InvalidDBInstanceId.NotFound", "DB instance");

    private CloudItem GetRunning(ApiCall call)
    {
        var item = Get(call);
        return item.IsReady(inventory.Now) && !item.IsChanging(inventory.Now) ? item
            : throw new ApiRefusal(403, "OperationDenied.DBInstanceStatus", "The operation is not permitted due to status of instance.");
    }

    private JsonObject Create(ApiCall call)
    {
        var engine = call.Need("Engine");
        if (engine is not ("MySQL" or "PostgreSQL" or "SQLServer" or "MariaDB"))
        {
            throw new ApiRefusal(400, "InvalidEngine.Malformed", $"The specified Engine {engine} is not valid.");
        }

        var storage = call.NeedNumber("DBInstanceStorage");
        if (storage is < 5 or > 64_000)
        {
            throw new ApiRefusal(400, "InvalidDBInstanceStorage.Malformed", "The specified DBInstanceStorage is not valid.");
        }

        var vswitch = inventory.Get(ItemKind.VSwitch, call.Texts("VSwitchId") is [var first, ..] ? first : throw ApiRefusal.Missing("VSwitchId"), "InvalidVSwitchId.NotFound", "vSwitch");
        if (call.Find("VPCId") is { } vpc && vpc != vswitch.Text("VpcId"))
        {
            throw ApiRefusal.Invalid("VPCId", $"{vswitch.Id} is in {vswitch.Text("VpcId")}");
        }

        var item = inventory.Create(
            call,
            ItemKind.Database,
            call.Find("DBInstanceDescription") ?? "",
            new JsonObject
            {
                ["Engine"] = engine,
                ["EngineVersion"] = call.Need("EngineVersion"),
                ["DBInstanceClass"] = call.Need("DBInstanceClass"),
                ["DBInstanceStorage"] = storage,
                ["SecurityIPList"] = call.Need("SecurityIPList"),
                ["PayType"] = call.Need("PayType"),
                ["VpcId"] = vswitch.Text("VpcId"),
                ["VSwitchId"] = vswitch.Id,
                ["ZoneId"] = call.Find("ZoneId") ?? vswitch.Text("ZoneId"),
                ["ZoneIdSlave1"] = call.Find("ZoneIdSlave1"),
                [Tags.Property] = Tags.Of(call),
            },
            (220, 260),
            "rds_quota_instances");
        item = item with { Tcp = new TcpEndpoint("SIMULATED DATABASE READY\r\n", () => inventory.Find(ItemKind.Database, item.Id)?.IsReady(inventory.Now) ?? false) };
        inventory.Keep(item);
        return new JsonObject { ["DBInstanceId"] = item.Id, ["ConnectionString"] = "127.0.0.1", ["Port"] = Port(item), ["OrderId"] = inventory.NextId("order") };
    }

    private JsonObject Describe(ApiCall call)
    {
        var found = inventory.All(ItemKind.Database)
            .Where(item => item.Region == call.Region && (call.Find("DBInstanceId") is not { } id || item.Id == id) && (call.Find("VpcId") is not { } vpc || item.Text("VpcId") == vpc) && Tags.Meets(call, item))
            .Select(item => Instance(item, whole: false)).ToList();
        var answer = Answers.Page(call, found, "Items", Answers.In("DBInstance"), size: 30, most: 100, total: "TotalRecordCount");
        answer.Remove("PageSize");
        answer["PageRecordCount"] = ((JsonArray)answer["Items"]!["DBInstance"]!).Count;
        return answer;
    }

    private JsonObject DescribeNetwork(ApiCall call)
    {
        var item = Get(call);
        var info = new JsonObject { ["ConnectionString"] = "127.0.0.1", ["Port"] = Port(item), ["IPType"] = "Private", ["ConnectionStringType"] = "Normal", ["VPCId"] = item.Text("VpcId"), ["VSwitchId"] = item.Text("VSwitchId") };
        return new JsonObject { ["InstanceNetworkType"] = "VPC", ["DBInstanceNetInfos"] = new JsonObject { ["DBInstanceNetInfo"] = new JsonArray(info) } };
    }

    private JsonObject ModifySecurityIps(ApiCall call)
    {
        var item = GetRunning(call);
        inventory.Change(call, item.With("SecurityIPList", call.Need("SecurityIps")), (0, 0), "");
        return [];
    }

    private JsonObject Rename(ApiCall call)
    {
        inventory.Change(call, Get(call) with { Name = call.Need("DBInstanceDescription") }, (0, 0), "");
        return [];
    }

    private JsonObject ModifySpec(ApiCall call)
    {
        var item = GetRunning(call);
        var changed = call.Find("DBInstanceClass") is { } size ? item.With("DBInstanceClass", size) : item;
        changed = call.FindNumber("DBInstanceStorage") is { } storage ? changed.With("DBInstanceStorage", storage) : changed;
        inventory.Change(call, changed, (120, 240), "");
        return [];
    }

    private async Task<JsonObject> DeleteAsync(ApiCall call)
    {
        var item = Get(call);
        await inventory.DeleteAsync(call, item.IsDeleting ? item : GetRunning(call), 12);
        return new JsonObject { ["RegionId"] = item.Region };
    }

    private static string? Port(CloudItem item) => item.Tcp?.Port.ToString(CultureInfo.InvariantCulture);

    private JsonObject Instance(CloudItem item, bool whole)
    {
        var answer = new JsonObject
        {
            ["DBInstanceId"] = item.Id,
            ["DBInstanceDescription"] = item.Name,
            ["DBInstanceStatus"] = item.Status(inventory.Now, "Creating", "Running", "DBInstanceClassChanging", "Deleting"),
            ["Engine"] = item.Text("Engine"),
            ["EngineVersion"] = item.Text("EngineVersion"),
            ["DBInstanceClass"] = item.Text("DBInstanceClass"),
            ["PayType"] = item.Text("PayType"),
            ["RegionId"] = item.Region,
            ["ZoneId"] = item.Text("ZoneId"),
            ["VpcId"] = item.Text("VpcId"),
            ["VSwitchId"] = item.Text("VSwitchId"),
            ["InstanceNetworkType"] = "VPC",
            ["DBInstanceNetType"] = "Intranet",
            ["DBInstanceType"] = "Primary",
            [whole ? "CreationTime" : "CreateTime"] = Answers.Time(item.CreatedAt),
        };
        // An address is there once there is something behind it.
        if (item.IsReady(inventory.Now))
        {
            answer["ConnectionString"] = "127.0.0.1";
            answer["Port"] = whole ? Port(item) : null;
        }

        if (whole)
        {
            answer["DBInstanceStorage"] = item.Properties["DBInstanceStorage"]!.DeepClone();
            answer["SecurityIPList"] = item.Text("SecurityIPList");
            answer["SlaveZones"] = item.Text("ZoneIdSlave1") is { } zone ? new JsonObject { ["SlaveZone"] = new JsonArray(new JsonObject { ["ZoneId"] = zone }) } : null;
        }

        return answer;
    }
}
