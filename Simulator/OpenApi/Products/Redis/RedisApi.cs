using System.Text.Json.Nodes;
using Orchestrator.Simulator.Endpoints;
using Orchestrator.Simulator.OpenApi.Gateway;
using Orchestrator.Simulator.OpenApi.Inventory;

namespace Orchestrator.Simulator.OpenApi.Products.Redis;

/// <summary>Caches, version 2015-01-01. A cache is a real TCP listener on loopback that answers PING.</summary>
internal sealed class RedisApi(CloudInventory inventory)
{
    private const string Version = "2015-01-01";

    public IEnumerable<ApiAction> Actions =>
    [
        Action("CreateInstance", true, Create) with { TokenName = "Token" },
        Action("DescribeInstanceAttribute", false, call => new JsonObject { ["Instances"] = new JsonObject { ["DBInstanceAttribute"] = new JsonArray(Instance(Get(call), whole: true)) } }),
        Action("DescribeInstances", false, Describe),
        Action("ModifyInstanceAttribute", true, Rename),
        Action("ModifyInstanceSpec", true, ModifySpec),
        Action("ModifySecurityIps", true, ModifySecurityIps),
        new ApiAction("kvstore", Version, "DeleteInstance", true, DeleteAsync),
    ];

    private static ApiAction Action(string name, bool changes, Func<ApiCall, JsonObject> answer) => new("kvstore", Version, name, changes, call => Task.FromResult(answer(call)));

    private CloudItem Get(ApiCall call) => inventory.Get(ItemKind.Cache, call.Need("InstanceId"), "InvalidInstanceId.NotFound", "instance");

    private CloudItem GetNormal(ApiCall call)
    {
        var item = Get(call);
        return item.IsReady(inventory.Now) && !item.IsChanging(inventory.Now) ? item
            : throw new ApiRefusal(400, "IncorrectDBInstanceState", "Current DB instance state does not support this operation.");
    }

    private JsonObject Create(ApiCall call)
    {
        var vswitch = inventory.Get(ItemKind.VSwitch, call.Need("VSwitchId"), "InvalidVSwitchId.NotFound", "vSwitch");
        var zone = call.Find("ZoneId") ?? vswitch.Text("ZoneId");
        if (zone != vswitch.Text("ZoneId"))
        {
            throw ApiRefusal.Invalid("ZoneId", $"{vswitch.Id} is in {vswitch.Text("ZoneId")}");
        }

        var item = inventory.Create(
            call,
            ItemKind.Cache,
            call.Find("InstanceName") ?? "",
            new JsonObject
            {
                ["InstanceClass"] = call.Need("InstanceClass"),
                ["InstanceType"] = call.Find("InstanceType") ?? "Redis",
                ["EngineVersion"] = call.Find("EngineVersion") ?? "5.0",
                ["ChargeType"] = call.Find("ChargeType") ?? "PostPaid",
                ["VpcId"] = vswitch.Text("VpcId"),
                ["VSwitchId"] = vswitch.Id,
                ["ZoneId"] = zone,
                ["SecurityIPList"] = "127.0.0.1",
                [Tags.Property] = Tags.Of(call),
            },
            (100, 140),
            "kvstore_quota_instances");
        item = item with { Tcp = new TcpEndpoint(greeting: null, () => inventory.Find(ItemKind.Cache, item.Id)?.IsReady(inventory.Now) ?? false) };
        inventory.Keep(item);
        return new JsonObject
        {
            ["InstanceId"] = item.Id,
            ["InstanceName"] = item.Name,
            ["InstanceStatus"] = "Creating",
            ["ConnectionDomain"] = "127.0.0.1",
            ["Port"] = item.Tcp.Port,
            ["ChargeType"] = item.Text("ChargeType"),
            ["RegionId"] = item.Region,
            ["ZoneId"] = zone,
            ["VpcId"] = item.Text("VpcId"),
            ["VSwitchId"] = vswitch.Id,
            ["NetworkType"] = "VPC",
        };
    }

    private JsonObject Describe(ApiCall call)
    {
        var ids = call.Texts("InstanceIds");
        return Answers.Page(
            call,
            inventory.All(ItemKind.Cache).Where(item => item.Region == call.Region && (ids.Count == 0 || ids.Contains(item.Id)) && (call.Find("VpcId") is not { } vpc || item.Text("VpcId") == vpc) && Tags.Meets(call, item)).Select(item => Instance(item, whole: false)),
            "Instances",
            Answers.In("KVStoreInstance"),
            most: 50);
    }

    private JsonObject Rename(ApiCall call)
    {
        var item = GetNormal(call);
        inventory.Change(call, item with { Name = call.Find("InstanceName") ?? item.Name }, (0, 0), "");
        return [];
    }

    private JsonObject ModifySpec(ApiCall call)
    {
        inventory.Change(call, GetNormal(call).With("InstanceClass", call.Need("InstanceClass")), (60, 120), "");
        return [];
    }

    private JsonObject ModifySecurityIps(ApiCall call)
    {
        inventory.Change(call, GetNormal(call).With("SecurityIPList", call.Need("SecurityIps")), (0, 0), "");
        return [];
    }

    private async Task<JsonObject> DeleteAsync(ApiCall call)
    {
        var item = Get(call);
        await inventory.DeleteAsync(call, item.IsDeleting ? item : GetNormal(call), 12);
        return [];
    }

    private JsonObject Instance(CloudItem item, bool whole)
    {
        var answer = new JsonObject
        {
            ["InstanceId"] = item.Id,
            ["InstanceName"] = item.Name,
            ["InstanceStatus"] = item.Status(inventory.Now, "Creating", "Normal", "Changing", "Released"),
            ["InstanceClass"] = item.Text("InstanceClass"),
            ["InstanceType"] = item.Text("InstanceType"),
            ["EngineVersion"] = item.Text("EngineVersion"),
            ["ChargeType"] = item.Text("ChargeType"),
            ["RegionId"] = item.Region,
            ["ZoneId"] = item.Text("ZoneId"),
            ["VpcId"] = item.Text("VpcId"),
            ["VSwitchId"] = item.Text("VSwitchId"),
            ["NetworkType"] = "VPC",
            ["SecurityIPList"] = whole ? item.Text("SecurityIPList") : null,
            ["CreateTime"] = Answers.Time(item.CreatedAt),
        };
        if (item.IsReady(inventory.Now))
        {
            answer["ConnectionDomain"] = "127.0.0.1";
            answer["Port"] = item.Tcp?.Port;
        }

        return answer;
    }
}
