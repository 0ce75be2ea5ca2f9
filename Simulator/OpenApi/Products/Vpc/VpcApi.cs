using System.Net;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.OpenApi.Gateway;
using Orchestrator.Simulator.OpenApi.Inventory;

namespace Orchestrator.Simulator.OpenApi.Products.Vpc;

/// <summary>Networks and their switches, version 2016-04-28.</summary>
internal sealed class VpcApi(CloudInventory inventory)
{
    private const string Version = "2016-04-28";

    public IEnumerable<ApiAction> Actions =>
    [
        Action("CreateVpc", true, CreateVpc),
        Action("DescribeVpcAttribute", false, call => Vpc(GetVpc(call.Need("VpcId")))),
        Action("DescribeVpcs", false, call => Answers.Page(call, Those(call, ItemKind.Vpc, "VpcId").Select(Vpc), "Vpcs", Answers.In("Vpc"), most: 50)),
        Action("ModifyVpcAttribute", true, call => Rename(call, GetVpc(call.Need("VpcId")), "VpcName")),
        Action("DeleteVpc", true, DeleteVpcAsync),
        Action("CreateVSwitch", true, CreateVSwitch),
        Action("DescribeVSwitchAttributes", false, call => VSwitch(GetVSwitch(call.Need("VSwitchId")))),
        Action("DescribeVSwitches", false, call => Answers.Page(call, Those(call, ItemKind.VSwitch, "VSwitchId").Where(one => call.Find("VpcId") is not { } vpc || one.Text("VpcId") == vpc).Select(VSwitch), "VSwitches", Answers.In("VSwitch"), most: 50)),
        Action("ModifyVSwitchAttribute", true, call => Rename(call, GetVSwitch(call.Need("VSwitchId")), "VSwitchName")),
        Action("DeleteVSwitch", true, DeleteVSwitchAsync),
        Action("DescribeZones", false, call => new JsonObject { ["Zones"] = new JsonObject { ["Zone"] = new JsonArray([.. inventory.ZonesOf(call.Region).Select(zone => new JsonObject { ["ZoneId"] = zone, ["LocalName"] = zone })]) } }),
    ];

    private static ApiAction Action(string name, bool changes, Func<ApiCall, JsonObject> answer) => new("vpc", Version, name, changes, call => Task.FromResult(answer(call)));

    private static ApiAction Action(string name, bool changes, Func<ApiCall, Task<JsonObject>> answer) => new("vpc", Version, name, changes, answer);

    private CloudItem GetVpc(string id) => inventory.Get(ItemKind.Vpc, id, "InvalidVpcId.NotFound", "VPC");

    private CloudItem GetVSwitch(string id) => inventory.Get(ItemKind.VSwitch, id, "InvalidVSwitchId.NotFound", "vSwitch");

    private IEnumerable<CloudItem> Those(ApiCall call, string kind, string idName)
    {
        var ids = call.Texts(idName);
        var name = call.Find(kind == ItemKind.Vpc ? "VpcName" : "VSwitchName");
        return inventory.All(kind).Where(item => item.Region == call.Region && (ids.Count == 0 || ids.Contains(item.Id)) && (name is null || item.Name == name) && Tags.Meets(call, item));
    }

    private JsonObject CreateVpc(ApiCall call)
    {
        var cidr = call.Find("CidrBlock") ?? "172.16.0.0/12";
        if (Network(cidr).PrefixLength is < 8 or > 28)
        {
            throw new ApiRefusal(400, "InvalidCidrBlock", "The specified CIDR block has 8 to 28 bits.");
        }

        var name = call.Find("VpcName") ?? "";
        var vpc = inventory.Create(call, ItemKind.Vpc, name, new JsonObject { ["CidrBlock"] = cidr, ["Description"] = call.Find("Description") ?? "", [Tags.Property] = Tags.Of(call) }, (3, 6), "vpc_quota_vpcs");
        return new JsonObject { ["VpcId"] = vpc.Id, ["VRouterId"] = vpc.Id.Replace("vpc-", "vrt-", StringComparison.Ordinal), ["RouteTableId"] = vpc.Id.Replace("vpc-", "vtb-", StringComparison.Ordinal), ["ResourceGroupId"] = "rg-simulated" };
    }

    private JsonObject CreateVSwitch(ApiCall call)
    {
        var vpc = GetVpc(call.Need("VpcId"));
        if (!vpc.IsReady(inventory.Now))
        {
            throw new ApiRefusal(400, "IncorrectVpcStatus", "Current VPC status does not support this operation.");
        }

        var zone = call.Need("ZoneId");
        if (!inventory.ZonesOf(call.Region).Contains(zone))
        {
            throw new ApiRefusal(404, "InvalidZoneId.NotFound", $"Specified zone {zone} is not found in {call.Region}.");
        }

        var cidr = call.Need("CidrBlock");
        var network = Network(cidr);
        var around = Network(vpc.Text("CidrBlock")!);
        if (network.PrefixLength is < 16 or > 29 || !around.Contains(network.BaseAddress) || network.PrefixLength < around.PrefixLength)
        {
            throw new ApiRefusal(400, "InvalidParameter", $"Specified CIDR block {cidr} is not valid in VPC: it is within {around} and has 16 to 29 bits.");
        }

        if (inventory.All(ItemKind.VSwitch).FirstOrDefault(other => other.Text("VpcId") == vpc.Id && !other.IsDeleting && Overlap(Network(other.Text("CidrBlock")!), network)) is { } over)
        {
            throw new ApiRefusal(400, "InvalidCidrBlock.Overlapped", $"Specified CIDR block {cidr} overlaps with that of {over.Id}.");
        }

        var name = call.Find("VSwitchName") ?? "";
        var made = inventory.Create(call, ItemKind.VSwitch, name, new JsonObject { ["VpcId"] = vpc.Id, ["ZoneId"] = zone, ["CidrBlock"] = cidr, ["Description"] = call.Find("Description") ?? "", [Tags.Property] = Tags.Of(call) }, (2, 5), "vpc_quota_vswitches");
        return new JsonObject { ["VSwitchId"] = made.Id };
    }

    private async Task<JsonObject> DeleteVpcAsync(ApiCall call)
    {
        var vpc = GetVpc(call.Need("VpcId"));
        Refuse(inventory.All(ItemKind.VSwitch), "VSwitch");
        Refuse(inventory.All(ItemKind.SecurityGroup), "SecurityGroup");
        Refuse(inventory.All(ItemKind.ServerGroup).Concat(inventory.All(ItemKind.LoadBalancer)), "LoadBalancer");
        await inventory.DeleteAsync(call, vpc);
        return [];

        void Refuse(IEnumerable<CloudItem> items, string what)
        {
            if (items.FirstOrDefault(item => item.Text("VpcId") == vpc.Id) is { } user)
            {
                throw new ApiRefusal(400, $"DependencyViolation.{what}", $"The specified VPC {vpc.Id} is used by {user.Id}.");
            }
        }
    }

    private async Task<JsonObject> DeleteVSwitchAsync(ApiCall call)
    {
        var vswitch = GetVSwitch(call.Need("VSwitchId"));
        var user = inventory.Machines.FirstOrDefault(machine => machine.VSwitch == vswitch.Id)?.Id
            ?? new[] { ItemKind.LoadBalancer, ItemKind.Database, ItemKind.Cache, ItemKind.ScalingGroup, ItemKind.Cluster, ItemKind.NodePool, ItemKind.Emr }
                .SelectMany(inventory.All).FirstOrDefault(item => item.Properties.ToJsonString().Contains($"\"{vswitch.Id}\"", StringComparison.Ordinal))?.Id;
        if (user is not null)
        {
            throw new ApiRefusal(400, "DependencyViolation", $"The specified vSwitch {vswitch.Id} is used by {user}.");
        }

        await inventory.DeleteAsync(call, vswitch);
        return [];
    }

    private JsonObject Rename(ApiCall call, CloudItem item, string nameName)
    {
        var changed = item with { Name = call.Find(nameName) ?? item.Name };
        changed = call.Find("Description") is { } description ? changed.With("Description", description) : changed;
        if (call.Find("CidrBlock") is { } cidr && cidr != item.Text("CidrBlock"))
        {
            Network(cidr);
            if (inventory.All(ItemKind.VSwitch).FirstOrDefault(one => one.Text("VpcId") == item.Id) is { } inside)
            {
                throw new ApiRefusal(400, "InvalidOperation.VSwitchExist", $"The CIDR block of {item.Id} cannot be changed: {inside.Id} is in it.");
            }

            changed = changed.With("CidrBlock", cidr);
        }

        if (changed.Name != item.Name || !JsonNode.DeepEquals(changed.Properties, item.Properties))
        {
            inventory.Change(call, changed, (0, 0), changed.Name);
        }

        return [];
    }

    private JsonObject Vpc(CloudItem vpc) => new()
    {
        ["VpcId"] = vpc.Id,
        ["VpcName"] = vpc.Name,
        ["RegionId"] = vpc.Region,
        ["Status"] = vpc.IsReady(inventory.Now) ? "Available" : "Pending",
        ["CidrBlock"] = vpc.Text("CidrBlock"),
        ["Description"] = vpc.Text("Description"),
        ["CreationTime"] = Answers.Time(vpc.CreatedAt),
        ["IsDefault"] = false,
        ["VRouterId"] = vpc.Id.Replace("vpc-", "vrt-", StringComparison.Ordinal),
        ["VSwitchIds"] = new JsonObject { ["VSwitchId"] = Answers.Texts(inventory.All(ItemKind.VSwitch).Where(one => one.Text("VpcId") == vpc.Id).Select(one => one.Id)) },
        ["Tags"] = new JsonObject { ["Tag"] = vpc.Properties["Tags"]?.DeepClone() },
    };

    private JsonObject VSwitch(CloudItem vswitch) => new()
    {
        ["VSwitchId"] = vswitch.Id,
        ["VSwitchName"] = vswitch.Name,
        ["VpcId"] = vswitch.Text("VpcId"),
        ["ZoneId"] = vswitch.Text("ZoneId"),
        ["CidrBlock"] = vswitch.Text("CidrBlock"),
        ["Description"] = vswitch.Text("Description"),
        ["Status"] = vswitch.IsReady(inventory.Now) ? "Available" : "Pending",
        ["CreationTime"] = Answers.Time(vswitch.CreatedAt),
        ["IsDefault"] = false,
        ["AvailableIpAddressCount"] = inventory.AddressesIn(vswitch),
    };

    private static IPNetwork Network(string cidr) =>
        IPNetwork.TryParse(cidr, out var network) && network.BaseAddress.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork
            ? network
            : throw new ApiRefusal(400, "InvalidCidrBlock.Malformed", $"Specified CIDR block {cidr} is not valid.");

    private static bool Overlap(IPNetwork one, IPNetwork other) => one.Contains(other.BaseAddress) || other.Contains(one.BaseAddress);
}
