using System.Text.Json.Nodes;
using Orchestrator.Simulator.OpenApi.Gateway;
using Orchestrator.Simulator.OpenApi.Inventory;

namespace Orchestrator.Simulator.OpenApi.Products.Ecs;

/// <summary>Security groups and instances, version 2014-05-26.</summary>
internal sealed class EcsApi(CloudInventory inventory)
{
    private const string Version = "2014-05-26";
    private const int LargestBatch = 100;

    public IEnumerable<ApiAction> Actions =>
    [
        Action("DescribeRegions", false, _ => new JsonObject { ["Regions"] = new JsonObject { ["Region"] = new JsonArray([.. inventory.Regions.Select(region => new JsonObject { ["RegionId"] = region, ["LocalName"] = region, ["RegionEndpoint"] = $"ecs.{region}.aliyuncs.com", ["Status"] = "available" })]) } }),
        Action("DescribeZones", false, call => new JsonObject { ["Zones"] = new JsonObject { ["Zone"] = new JsonArray([.. inventory.ZonesOf(call.Region).Select(zone => new JsonObject { ["ZoneId"] = zone, ["LocalName"] = zone })]) } }),
        Action("DescribeInstanceTypes", false, DescribeTypes),
        Action("DescribeAvailableResource", false, DescribeAvailable),
        Action("CreateSecurityGroup", true, CreateGroup),
        Action("DescribeSecurityGroupAttribute", false, DescribeGroup),
        Action("DescribeSecurityGroups", false, call => Answers.Page(call, Groups(call).Select(Group), "SecurityGroups", Answers.In("SecurityGroup"), most: 100)),
        Action("ModifySecurityGroupAttribute", true, RenameGroup),
        Action("AuthorizeSecurityGroup", true, call => Permit(call, (rules, rule) => { if (!rules.Any(other => Same(other!, rule))) { rules.Add(rule); } })),
        Action("RevokeSecurityGroup", true, call => Permit(call, (rules, rule) => { if (rules.FirstOrDefault(other => Same(other!, rule)) is { } found) { rules.Remove(found); } })),
        new ApiAction("ecs", Version, "DeleteSecurityGroup", true, DeleteGroupAsync),
        Action("RunInstances", true, Run),
        Action("DescribeInstances", false, Describe),
        Action("DescribeInstanceStatus", false, DescribeStatus),
        Action("StartInstances", true, call => Batch(call, Start)),
        Action("StopInstances", true, call => Batch(call, machine => Stop(call, machine))),
        Action("DeleteInstances", true, Delete),
    ];

    private static ApiAction Action(string name, bool changes, Func<ApiCall, JsonObject> answer) => new("ecs", Version, name, changes, call => Task.FromResult(answer(call)));

    private static JsonObject DescribeTypes(ApiCall call)
    {
        var names = call.Texts("InstanceTypes");
        var family = call.Find("InstanceTypeFamily");
        var types = MachineTypes.All.Values
            .Where(type => (names.Count == 0 || names.Contains(type.Id)) && (family is null || type.Family == family)).OrderBy(type => type.Id, StringComparer.Ordinal);
        return Answers.Slice(
            call,
            types.Select(type => new JsonObject
            {
                ["InstanceTypeId"] = type.Id,
                ["InstanceTypeFamily"] = type.Family,
                ["CpuCoreCount"] = type.Cores,
                ["MemorySize"] = type.MemoryGiB,
                ["CpuArchitecture"] = type.Family.EndsWith('y') ? "ARM" : "X86",
            }),
            "InstanceTypes",
            Answers.In("InstanceType"),
            size: 100,
            counts: "NextToken");
    }

    private JsonObject DescribeAvailable(ApiCall call)
    {
        var wanted = call.Find("InstanceType");
        var zones = call.Find("ZoneId") is { } zone ? [zone] : inventory.ZonesOf(call.Region);
        var types = MachineTypes.All.Values.Where(type => wanted is null || type.Id == wanted).OrderBy(type => type.Id, StringComparer.Ordinal).ToList();
        return new JsonObject
        {
            ["AvailableZones"] = new JsonObject { ["AvailableZone"] = new JsonArray([.. zones.Select(Zone)]) },
        };

        JsonObject Zone(string id)
        {
            var supported = new JsonArray([.. types.Select(type => Supported(type.Id, inventory.StockIn(id, type.Id) > 0))]);
            var any = types.Any(type => inventory.StockIn(id, type.Id) > 0);
            return new JsonObject
            {
                ["ZoneId"] = id,
                ["RegionId"] = call.Region,
                ["Status"] = any ? "Available" : "SoldOut",
                ["StatusCategory"] = any ? "WithStock" : "WithoutStock",
                ["AvailableResources"] = new JsonObject { ["AvailableResource"] = new JsonArray(new JsonObject { ["Type"] = "InstanceType", ["SupportedResources"] = new JsonObject { ["SupportedResource"] = supported } }) },
            };
        }

        static JsonObject Supported(string type, bool stock) =>
            new() { ["Value"] = type, ["Status"] = stock ? "Available" : "SoldOut", ["StatusCategory"] = stock ? "WithStock" : "WithoutStock" };
    }

    private CloudItem GetGroup(string id) => inventory.Get(ItemKind.SecurityGroup, id, "InvalidSecurityGroupId.NotFound", "security group");

    private IEnumerable<CloudItem> Groups(ApiCall call)
    {
        var ids = call.Texts("SecurityGroupIds").Concat(call.Texts("SecurityGroupId")).ToHashSet();
        return inventory.All(ItemKind.SecurityGroup).Where(group => group.Region == call.Region
            && (ids.Count == 0 || ids.Contains(group.Id))
            && (call.Find("VpcId") is not { } vpc || group.Text("VpcId") == vpc)
            && (call.Find("SecurityGroupName") is not { } name || group.Name == name)
            && Tags.Meets(call, group));
    }

    private JsonObject CreateGroup(ApiCall call)
    {
        var vpc = call.Find("VpcId");
        if (vpc is not null)
        {
            inventory.Get(ItemKind.Vpc, vpc, "InvalidVpcId.NotFound", "VPC");
        }

        var type = call.Find("SecurityGroupType") ?? "normal";
        if (type is not ("normal" or "enterprise"))
        {
            throw ApiRefusal.Invalid("SecurityGroupType", "it is normal or enterprise");
        }

        var group = inventory.Create(
            call,
            ItemKind.SecurityGroup,
            call.Find("SecurityGroupName") ?? "",
            new JsonObject { ["VpcId"] = vpc, ["SecurityGroupType"] = type, ["Description"] = call.Find("Description") ?? "", ["Rules"] = new JsonArray(), [Tags.Property] = Tags.Of(call) },
            (0, 0),
            "ecs_quota_security_groups");
        return new JsonObject { ["SecurityGroupId"] = group.Id };
    }

    private JsonObject RenameGroup(ApiCall call)
    {
        var group = GetGroup(call.Need("SecurityGroupId"));
        var changed = call.Find("Description") is { } description ? group.With("Description", description) : group;
        inventory.Change(call, changed with { Name = call.Find("SecurityGroupName") ?? group.Name }, (0, 0), "");
        return [];
    }

    private JsonObject DescribeGroup(ApiCall call)
    {
        var group = GetGroup(call.Need("SecurityGroupId"));
        return new JsonObject
        {
            ["SecurityGroupId"] = group.Id,
            ["SecurityGroupName"] = group.Name,
            ["Description"] = group.Text("Description"),
            ["RegionId"] = group.Region,
            ["VpcId"] = group.Text("VpcId"),
            ["InnerAccessPolicy"] = group.Text("SecurityGroupType") == "enterprise" ? "Drop" : "Accept",
            ["Permissions"] = new JsonObject { ["Permission"] = group.Properties["Rules"]!.DeepClone() },
        };
    }

    private static JsonObject Group(CloudItem group) => new()
    {
        ["SecurityGroupId"] = group.Id,
        ["SecurityGroupName"] = group.Name,
        ["SecurityGroupType"] = group.Text("SecurityGroupType"),
        ["Description"] = group.Text("Description"),
        ["VpcId"] = group.Text("VpcId"),
        ["CreationTime"] = Answers.Time(group.CreatedAt),
    };

    private JsonObject Permit(ApiCall call, Action<JsonArray, JsonObject> change)
    {
        var group = GetGroup(call.Need("SecurityGroupId"));
        var written = call.Maps("Permissions");
        var rules = group.Properties["Rules"]!.DeepClone().AsArray();
        var before = rules.ToJsonString();
        foreach (var rule in written.Count > 0 ? written : [call.Parameters])
        {
            string Part(string name, string? otherwise = null) => ApiCall.TextOf(rule[name]) ?? otherwise ?? throw ApiRefusal.Missing(name);
            change(rules, new JsonObject
            {
                ["Direction"] = "ingress",
                ["IpProtocol"] = Part("IpProtocol").ToUpperInvariant(),
                ["PortRange"] = Part("PortRange"),
                ["SourceCidrIp"] = Part("SourceCidrIp", ""),
                ["SourceGroupId"] = Part("SourceGroupId", ""),
                ["Policy"] = Part("Policy", "Accept"),
                ["Priority"] = Part("Priority", "1"),
                ["NicType"] = Part("NicType", group.Text("VpcId") is null ? "internet" : "intranet"),
                ["Description"] = Part("Description", ""),
                ["CreateTime"] = Answers.Time(inventory.Now),
                ["SecurityGroupRuleId"] = inventory.NextId("sgr"),
            });
        }

        if (rules.ToJsonString() != before)
        {
            inventory.Keep(inventory.Change(call, group.With("Rules", rules), (0, 0), ""));
        }

        return [];
    }

    private static bool Same(JsonNode one, JsonObject other) =>
        new[] { "IpProtocol", "PortRange", "SourceCidrIp", "SourceGroupId", "Policy" }.All(name => string.Equals(one[name]?.ToString(), other[name]?.ToString(), StringComparison.OrdinalIgnoreCase));

    private async Task<JsonObject> DeleteGroupAsync(ApiCall call)
    {
        var group = GetGroup(call.Need("SecurityGroupId"));
        var user = inventory.Machines.FirstOrDefault(machine => machine.SecurityGroup == group.Id)?.Id
            ?? inventory.All(ItemKind.ScalingConfiguration).FirstOrDefault(one => one.Text("SecurityGroupId") == group.Id)?.Id;
        if (user is not null)
        {
            throw new ApiRefusal(403, "DependencyViolation", $"There is still instance(s) in the specified security group {group.Id}: {user}.");
        }

        await inventory.DeleteAsync(call, group, 0);
        return [];
    }

    private JsonObject Run(ApiCall call)
    {
        var amount = call.FindNumber("Amount") ?? 1;
        var least = call.FindNumber("MinAmount") ?? amount;
        if (amount is < 1 or > LargestBatch || least > amount)
        {
            throw ApiRefusal.Invalid("Amount", $"it is 1 to {LargestBatch}, and not below MinAmount");
        }

        var type = MachineTypes.Get(call.Need("InstanceType"));
        var vswitch = inventory.Get(ItemKind.VSwitch, call.Need("VSwitchId"), "InvalidVSwitchId.NotFound", "vSwitch");
        if (!vswitch.IsReady(inventory.Now))
        {
            throw new ApiRefusal(400, "IncorrectVSwitchStatus", "The current status of the vSwitch does not support this operation.");
        }

        var group = call.Texts("SecurityGroupIds") is [var first, ..] ? first : call.Need("SecurityGroupId");
        GetGroup(group);
        var image = call.Need("ImageId");
        var stock = inventory.StockIn(vswitch.Text("ZoneId")!, type.Id);
        if (stock < least)
        {
            throw new ApiRefusal(403, "OperationDenied.NoStock", $"The requested resource {type.Id} is sold out in zone {vswitch.Text("ZoneId")}.");
        }

        if (inventory.AddressesIn(vswitch) is var addresses && addresses < least)
        {
            throw new ApiRefusal(400, "InvalidVSwitchId.IpNotEnough", $"The specified vSwitch {vswitch.Id} has {addresses} addresses left.");
        }

        var tags = new JsonArray([.. call.Maps("Tag").Select(tag => new JsonObject { ["TagKey"] = ApiCall.TextOf(tag["Key"]), ["TagValue"] = ApiCall.TextOf(tag["Value"]) })]);
        var made = inventory.Rent(call, Math.Min(amount, Math.Min(stock, addresses)), type, vswitch, "", call.Find("InstanceName") ?? "", image, group, tags: tags);
        return new JsonObject { ["InstanceIdSets"] = new JsonObject { ["InstanceIdSet"] = Answers.Texts(made.Select(machine => machine.Id)) } };
    }

    private JsonObject Describe(ApiCall call)
    {
        var ids = call.Texts("InstanceIds").ToHashSet();
        var tags = call.Maps("Tag").Select(tag => (Key: ApiCall.TextOf(tag["Key"]), Value: ApiCall.TextOf(tag["Value"]))).ToList();
        var found = inventory.Machines.Where(machine => machine.Region == call.Region
            && (ids.Count == 0 || ids.Contains(machine.Id))
            && Meets("VpcId", machine.Vpc) && Meets("VSwitchId", machine.VSwitch) && Meets("ZoneId", machine.Zone)
            && Meets("InstanceType", machine.Type.Id) && Meets("Status", machine.Status(inventory.Now)) && Meets("SecurityGroupId", machine.SecurityGroup)
            && tags.All(tag => machine.Tags.Any(own => own!["TagKey"]?.ToString() == tag.Key && (tag.Value is null || own["TagValue"]?.ToString() == tag.Value))))
            .Select(Instance);
        var byNumber = call.Find("PageNumber") is not null || call.Find("PageSize") is not null;
        return byNumber ? Answers.Page(call, found, "Instances", Answers.In("Instance")) : Answers.Slice(call, found, "Instances", Answers.In("Instance"), size: 10, counts: "TotalCount");

        bool Meets(string name, string value) => call.Find(name) is not { } wanted || wanted == value;
    }

    private JsonObject DescribeStatus(ApiCall call)
    {
        var ids = call.Texts("InstanceId").ToHashSet();
        var found = inventory.Machines.Where(machine => machine.Region == call.Region && (ids.Count == 0 || ids.Contains(machine.Id)) && (call.Find("ZoneId") is not { } zone || machine.Zone == zone));
        return Answers.Page(call, found.Select(machine => new JsonObject { ["InstanceId"] = machine.Id, ["Status"] = machine.Status(inventory.Now) }), "InstanceStatuses", Answers.In("InstanceStatus"), most: 50);
    }

    private JsonObject Batch(ApiCall call, Func<Machine, (string? Code, string Message)> each)
    {
        var responses = new JsonArray();
        var machines = Named(call);
        if (call.Find("BatchOptimization") is not "SuccessFirst" && machines.FirstOrDefault(machine => !machine.IsRunning(inventory.Now) && machine.StopsAt is null) is { } busy)
        {
            throw new ApiRefusal(403, "IncorrectInstanceStatus", $"The current status of the resource {busy.Id} does not support this operation.");
        }

        foreach (var machine in machines)
        {
            var before = machine.Status(inventory.Now);
            var (code, message) = each(machine);
            responses.Add(new JsonObject
            {
                ["InstanceId"] = machine.Id,
                ["Code"] = code ?? "200",
                ["Message"] = message,
                ["PreviousStatus"] = before,
                ["CurrentStatus"] = inventory.FindMachine(machine.Id)!.Status(inventory.Now),
            });
        }

        inventory.Effects.Add(Effects.EffectKind.ResourceUpdate, machines[0].Id, call.Find("ClientToken"), $"{call.Action.Permission} {machines.Count}");
        return new JsonObject { ["InstanceResponses"] = new JsonObject { ["InstanceResponse"] = responses } };
    }

    private (string? Code, string Message) Start(Machine machine)
    {
        var now = inventory.Now;
        if (machine.Status(now) != "Stopped")
        {
            return machine.IsRunning(now) ? (null, "success") : ("IncorrectInstanceStatus", $"it is {machine.Status(now)}");
        }

        if (machine.Economical && inventory.StockIn(machine.Zone, machine.Type.Id) < 1)
        {
            return ("OperationDenied.NoStock", "the type is sold out");
        }

        inventory.Keep([machine with { StopsAt = null, Economical = false, CreatedAt = now, ReadyAt = now + inventory.Delay(25, 40, machine.Id) }]);
        return (null, "success");
    }

    private (string? Code, string Message) Stop(ApiCall call, Machine machine)
    {
        var now = inventory.Now;
        if (machine.StopsAt is not null)
        {
            return (null, "success");
        }

        if (!machine.IsRunning(now))
        {
            return ("IncorrectInstanceStatus", $"it is {machine.Status(now)}");
        }

        var takes = call.Says("ForceStop") ? inventory.Delay(3, 6, machine.Id) : inventory.Delay(20, 40, machine.Id);
        inventory.Keep([machine with { StopsAt = now + takes, Economical = call.Find("StoppedMode") == "StopCharging" }]);
        return (null, "success");
    }

    private JsonObject Delete(ApiCall call)
    {
        var machines = Named(call);
        if (!call.Says("Force") && machines.FirstOrDefault(machine => machine.Status(inventory.Now) != "Stopped") is { } running)
        {
            throw new ApiRefusal(403, "IncorrectInstanceStatus", $"The current status of the resource {running.Id} does not support this operation.");
        }

        inventory.Release(call, machines);
        return [];
    }

    private IReadOnlyList<Machine> Named(ApiCall call)
    {
        var ids = call.Texts("InstanceId");
        return ids.Count is < 1 or > LargestBatch ? throw ApiRefusal.Invalid("InstanceId", $"it names 1 to {LargestBatch} instances")
            : [.. ids.Select(id => inventory.FindMachine(id) ?? throw new ApiRefusal(404, "InvalidInstanceId.NotFound", $"The specified InstanceId {id} does not exist."))];
    }

    private JsonObject Instance(Machine machine)
    {
        var now = inventory.Now;
        return new JsonObject
        {
            ["InstanceId"] = machine.Id,
            ["InstanceName"] = machine.Name,
            ["HostName"] = machine.Id,
            ["Status"] = machine.Status(now),
            ["RegionId"] = machine.Region,
            ["ZoneId"] = machine.Zone,
            ["InstanceType"] = machine.Type.Id,
            ["InstanceTypeFamily"] = machine.Type.Family,
            ["Cpu"] = machine.Type.Cores,
            ["Memory"] = (int)(machine.Type.MemoryGiB * 1024),
            ["ImageId"] = machine.Image,
            ["InstanceChargeType"] = "PostPaid",
            ["InstanceNetworkType"] = "vpc",
            ["StoppedMode"] = machine.Status(now) != "Stopped" ? "Not-applicable" : machine.Economical ? "StopCharging" : "KeepCharging",
            ["CreationTime"] = Answers.Time(machine.CreatedAt),
            ["SecurityGroupIds"] = new JsonObject { ["SecurityGroupId"] = Answers.Texts([machine.SecurityGroup]) },
            ["VpcAttributes"] = new JsonObject { ["VpcId"] = machine.Vpc, ["VSwitchId"] = machine.VSwitch, ["PrivateIpAddress"] = new JsonObject { ["IpAddress"] = Answers.Texts([machine.Address]) } },
            ["Tags"] = new JsonObject { ["Tag"] = machine.Tags.DeepClone() },
        };
    }
}
