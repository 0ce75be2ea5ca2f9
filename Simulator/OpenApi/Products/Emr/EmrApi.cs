using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.OpenApi.Gateway;
using Orchestrator.Simulator.OpenApi.Inventory;

namespace Orchestrator.Simulator.OpenApi.Products.Emr;

/// <summary>Big-data clusters, version 2021-03-20. Only groups of type TASK can shrink.</summary>
internal sealed class EmrApi(CloudInventory inventory)
{
    private const string Version = "2021-03-20";

    public IEnumerable<ApiAction> Actions =>
    [
        Action("CreateCluster", true, Create),
        Action("GetCluster", false, call => new JsonObject { ["Cluster"] = Cluster(Get(call)) }),
        Action("ListClusters", false, call => Answers.Slice(call, inventory.All(ItemKind.Emr).Where(one => one.Region == call.Region && (call.Find("ClusterName") is not { } name || one.Name == name) && Tags.Meets(call, one)).Select(Cluster), "Clusters")),
        Action("ListNodeGroups", false, call => Answers.Slice(call, GroupsOf(Get(call)).Where(group => call.Texts("NodeGroupIds") is var ids && (ids.Count == 0 || ids.Contains(group.Id))).Select(Group), "NodeGroups")),
        Action("ListNodes", false, ListNodes),
        Action("IncreaseNodes", true, Increase),
        Action("DecreaseNodes", true, Decrease),
        new ApiAction("emr", Version, "DeleteCluster", true, DeleteAsync),
    ];

    private static ApiAction Action(string name, bool changes, Func<ApiCall, JsonObject> answer) => new("emr", Version, name, changes, call => Task.FromResult(answer(call)));

    private CloudItem Get(ApiCall call) => inventory.Get(ItemKind.Emr, call.Need("ClusterId"), "ClusterId.NotFound", "cluster");

    private CloudItem GetGroup(ApiCall call, CloudItem cluster)
    {
        var group = inventory.Get(ItemKind.EmrGroup, call.Need("NodeGroupId"), "NodeGroupId.NotFound", "node group");
        return group.Text("ClusterId") == cluster.Id ? group : throw new ApiRefusal(404, "NodeGroupId.NotFound", $"The node group {group.Id} is not of {cluster.Id}.");
    }

    private IEnumerable<CloudItem> GroupsOf(CloudItem cluster) => inventory.All(ItemKind.EmrGroup).Where(group => group.Text("ClusterId") == cluster.Id);

    private IReadOnlyList<Machine> MachinesOf(CloudItem group) => [.. inventory.Machines.Where(machine => machine.Owner == group.Id)];

    private JsonObject Create(ApiCall call)
    {
        var attributes = call.Map("NodeAttributes") ?? throw ApiRefusal.Missing("NodeAttributes");
        string Attribute(string name) => ApiCall.TextOf(attributes[name]) ?? throw ApiRefusal.Missing($"NodeAttributes.{name}");
        inventory.Get(ItemKind.Vpc, Attribute("VpcId"), "InvalidVpcId.NotFound", "VPC");
        inventory.Get(ItemKind.SecurityGroup, Attribute("SecurityGroupId"), "InvalidSecurityGroupId.NotFound", "security group");
        if (call.Maps("Applications").Count == 0)
        {
            throw ApiRefusal.Missing("Applications");
        }

        var groups = call.Maps("NodeGroups").Select(Spec).ToList();
        if (!groups.Any(group => group.Type == "MASTER"))
        {
            throw ApiRefusal.Invalid("NodeGroups", "there is no group of type MASTER");
        }

        foreach (var need in groups.GroupBy(group => (group.Switch, group.Machine)))
        {
            RequireRoom(need.Key.Switch, need.Key.Machine, need.Sum(group => group.Count));
        }

        RequireRoom(groups[0].Switch, groups[0].Machine, groups.Where(group => group.Switch == groups[0].Switch).Sum(group => group.Count));
        var cluster = inventory.Create(
            call,
            ItemKind.Emr,
            call.Need("ClusterName"),
            new JsonObject { ["ClusterType"] = call.Need("ClusterType"), ["ReleaseVersion"] = call.Need("ReleaseVersion"), ["NodeAttributes"] = attributes.DeepClone(), ["DeployMode"] = call.Find("DeployMode") ?? "NORMAL", ["PaymentType"] = call.Find("PaymentType") ?? "PayAsYouGo", [Tags.Property] = Tags.Of(call) },
            (220, 280),
            "emr_quota_clusters",
            "c-" + inventory.NextId("emr")[4..]);
        foreach (var spec in groups)
        {
            var group = new CloudItem(
                inventory.NextId(ItemKind.EmrGroup), ItemKind.EmrGroup, call.Region, spec.Name, new JsonObject { ["ClusterId"] = cluster.Id, ["NodeGroupType"] = spec.Type, ["InstanceTypes"] = Answers.Texts([spec.Machine.Id]), ["VSwitchIds"] = Answers.Texts([spec.Switch.Id]), ["SecurityGroupId"] = Attribute("SecurityGroupId") }, inventory.Now, cluster.ReadyAt);
            inventory.Keep(group);
            inventory.Rent(call, spec.Count, spec.Machine, spec.Switch, group.Id, spec.Name, "emr", Attribute("SecurityGroupId"));
        }

        return new JsonObject { ["ClusterId"] = cluster.Id, ["OperationId"] = inventory.NextId("op") };
    }

    private void RequireRoom(CloudItem vswitch, MachineType type, int count)
    {
        if (inventory.RoomIn(vswitch, type.Id) < count)
        {
            throw new ApiRefusal(403, "OperationDenied.NoStock", $"The requested resource {type.Id} is sold out in zone {vswitch.Text("ZoneId")}, or {vswitch.Id} has no addresses left.");
        }
    }

    private (string Type, string Name, int Count, MachineType Machine, CloudItem Switch) Spec(JsonObject group)
    {
        string Part(string name) => ApiCall.TextOf(group[name]) ?? throw ApiRefusal.Missing($"NodeGroups.{name}");
        var count = ApiCall.NumberOf(group["NodeCount"], "NodeGroups.NodeCount") ?? throw ApiRefusal.Missing("NodeGroups.NodeCount");
        var type = Part("NodeGroupType");
        if (type is not ("MASTER" or "CORE" or "TASK") || count is < 1 or > 1_000)
        {
            throw ApiRefusal.Invalid("NodeGroups", "a type is MASTER, CORE or TASK, a count 1 to 1000");
        }

        var machine = MachineTypes.Get(ApiCall.TextsOf(group["InstanceTypes"], "NodeGroups.InstanceTypes") is [var first, ..] ? first : throw ApiRefusal.Missing("NodeGroups.InstanceTypes"));
        var vswitch = inventory.Get(ItemKind.VSwitch, ApiCall.TextsOf(group["VSwitchIds"], "NodeGroups.VSwitchIds") is [var one, ..] ? one : throw ApiRefusal.Missing("NodeGroups.VSwitchIds"), "InvalidVSwitchId.NotFound", "vSwitch");
        return (type, Part("NodeGroupName"), count, machine, vswitch);
    }

    private JsonObject Increase(ApiCall call)
    {
        var group = Idle(call, out _);
        var count = call.NeedNumber("IncreaseNodeCount");
        var vswitch = inventory.Get(ItemKind.VSwitch, group.Properties["VSwitchIds"]![0]!.ToString(), "InvalidVSwitchId.NotFound", "vSwitch");
        var type = MachineTypes.Get(group.Properties["InstanceTypes"]![0]!.ToString());
        if (count is < 1 or > 1_000)
        {
            throw ApiRefusal.Invalid("IncreaseNodeCount", "it is 1 to 1000");
        }

        RequireRoom(vswitch, type, count);
        var made = inventory.Rent(call, count, type, vswitch, group.Id, group.Name, "emr", group.Text("SecurityGroupId")!);
        inventory.Keep(group with { SettledAt = made.Max(machine => machine.ReadyAt) });
        return new JsonObject { ["OperationId"] = inventory.NextId("op") };
    }

    private JsonObject Decrease(ApiCall call)
    {
        var group = Idle(call, out _);
        if (group.Text("NodeGroupType") != "TASK")
        {
            throw new ApiRefusal(400, "NodeGroupType.NotSupported", "Only node groups of type TASK can be decreased.");
        }

        var own = MachinesOf(group).Where(machine => machine.GoneAt is null).ToList();
        var ids = call.Texts("NodeIds");
        var count = call.FindNumber("DecreaseNodeCount") ?? 0;
        var leaving = ids.Count > 0 ? own.Where(machine => ids.Contains(machine.Id)).ToList() : [.. own.OrderByDescending(machine => machine.CreatedAt).Take(count)];
        if (ids.Count == 0 && (count < 1 || count > own.Count))
        {
            throw ApiRefusal.Invalid("DecreaseNodeCount", string.Create(CultureInfo.InvariantCulture, $"it is 1 to {own.Count}"));
        }

        inventory.Release(call, leaving);
        inventory.Keep(group with { SettledAt = inventory.Now + inventory.Delay(12, 12, group.Id) });
        return new JsonObject { ["OperationId"] = inventory.NextId("op") };
    }

    private CloudItem Idle(ApiCall call, out CloudItem cluster)
    {
        cluster = Get(call);
        var group = GetGroup(call, cluster);
        return cluster.IsReady(inventory.Now) && !group.IsChanging(inventory.Now) ? group
            : throw new ApiRefusal(400, "IncorrectStatus.NodeGroup", $"The cluster {cluster.Id} or its node group {group.Id} is being changed.");
    }

    private async Task<JsonObject> DeleteAsync(ApiCall call)
    {
        var cluster = Get(call);
        foreach (var group in GroupsOf(cluster).ToList())
        {
            inventory.Release(call, MachinesOf(group));
            await inventory.DeleteAsync(call, group, 12);
        }

        await inventory.DeleteAsync(call, cluster, 30);
        return [];
    }

    private JsonObject ListNodes(ApiCall call)
    {
        var wanted = call.Texts("NodeGroupIds");
        var nodes = GroupsOf(Get(call)).Where(group => wanted.Count == 0 || wanted.Contains(group.Id)).SelectMany(group => MachinesOf(group).Select(machine => new JsonObject
        {
            ["NodeId"] = machine.Id,
            ["NodeName"] = $"{group.Name}-{machine.Id}",
            ["NodeGroupId"] = group.Id,
            ["NodeGroupType"] = group.Text("NodeGroupType"),
            ["NodeState"] = machine.GoneAt is not null ? "Terminated" : machine.IsRunning(inventory.Now) ? "Running" : "Pending",
            ["InstanceType"] = machine.Type.Id,
            ["PrivateIp"] = machine.Address,
            ["ZoneId"] = machine.Zone,
        }));
        return Answers.Slice(call, nodes, "Nodes");
    }

    private JsonObject Cluster(CloudItem cluster) => new()
    {
        ["ClusterId"] = cluster.Id,
        ["ClusterName"] = cluster.Name,
        ["ClusterType"] = cluster.Text("ClusterType"),
        ["ClusterState"] = cluster.Status(inventory.Now, "STARTING", "RUNNING", "RUNNING", "TERMINATING"),
        ["ReleaseVersion"] = cluster.Text("ReleaseVersion"),
        ["DeployMode"] = cluster.Text("DeployMode"),
        ["PaymentType"] = cluster.Text("PaymentType"),
        ["RegionId"] = cluster.Region,
        ["NodeAttributes"] = cluster.Properties["NodeAttributes"]!.DeepClone(),
        ["CreateTime"] = cluster.CreatedAt.ToUnixTimeMilliseconds(),
    };

    private JsonObject Group(CloudItem group)
    {
        var machines = MachinesOf(group);
        var now = inventory.Now;
        return new JsonObject
        {
            ["NodeGroupId"] = group.Id,
            ["NodeGroupName"] = group.Name,
            ["NodeGroupType"] = group.Text("NodeGroupType"),
            ["NodeGroupState"] = group.Status(now, "CREATING", "CREATED", machines.Any(machine => machine.GoneAt is not null) ? "DECREASING" : "INCREASING", "TERMINATING"),
            ["RunningNodeCount"] = machines.Count(machine => machine.IsRunning(now)),
            ["InstanceTypes"] = group.Properties["InstanceTypes"]!.DeepClone(),
            ["VSwitchIds"] = group.Properties["VSwitchIds"]!.DeepClone(),
        };
    }
}
