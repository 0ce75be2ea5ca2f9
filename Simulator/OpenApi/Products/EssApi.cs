using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.OpenApi.Gateway;
using Orchestrator.Simulator.OpenApi.Inventory;

namespace Orchestrator.Simulator.OpenApi.Products;

/// <summary>
/// Scaling groups, version 2022-02-22. A group does one scaling activity at a time; whoever looks at an active group that has not the
/// number of instances it wants, and no activity, starts one.
/// </summary>
internal sealed class EssApi(CloudInventory inventory)
{
    private const string Version = "2022-02-22";

    public IEnumerable<ApiAction> Actions =>
    [
        Action("CreateScalingGroup", true, Create),
        Action("DescribeScalingGroups", false, call => Answers.Page(call, Groups(call).Select(Group), "ScalingGroups", most: 50)),
        Action("ModifyScalingGroup", true, Modify),
        Action("EnableScalingGroup", true, Enable),
        Action("DisableScalingGroup", true, call => SetActive(call, false)),
        new ApiAction("ess", Version, "DeleteScalingGroup", true, DeleteAsync),
        Action("CreateScalingConfiguration", true, CreateConfiguration),
        Action("DescribeScalingConfigurations", false, call => Answers.Page(call, Configurations(call).Select(Configuration), "ScalingConfigurations", most: 50)),
        Action("ModifyScalingConfiguration", true, ModifyConfiguration),
        new ApiAction("ess", Version, "DeleteScalingConfiguration", true, DeleteConfigurationAsync),
        Action("ScaleWithAdjustment", true, Scale),
        Action("DescribeScalingActivities", false, DescribeActivities),
        Action("DescribeScalingInstances", false, DescribeInstances),
        Action("RemoveInstances", true, Remove),
        Action("AttachAlbServerGroups", true, call => LinkServerGroups(call, attach: true)),
        Action("DetachAlbServerGroups", true, call => LinkServerGroups(call, attach: false)),
    ];

    private static ApiAction Action(string name, bool changes, Func<ApiCall, JsonObject> answer) => new("ess", Version, name, changes, call => Task.FromResult(answer(call)));

    private CloudItem GetGroup(ApiCall call) => inventory.Get(ItemKind.ScalingGroup, call.Need("ScalingGroupId"), "InvalidScalingGroupId.NotFound", "scaling group");

    private CloudItem GetServerGroup(string id) => inventory.Get(ItemKind.ServerGroup, id, "InvalidAlbServerGroupId.NotFound", "ALB server group");

    private List<CloudItem> Groups(ApiCall call)
    {
        var ids = call.Texts("ScalingGroupIds");
        var name = call.Find("ScalingGroupName");
        return [.. inventory.All(ItemKind.ScalingGroup).Where(group => group.Region == call.Region && (ids.Count == 0 || ids.Contains(group.Id)) && (name is null || group.Name == name) && Tags.Meets(call, group)).Select(Settle)];
    }

    private JsonObject Create(ApiCall call)
    {
        var (least, most) = (call.NeedNumber("MinSize"), call.NeedNumber("MaxSize"));
        var desired = call.FindNumber("DesiredCapacity");
        CheckSizes(least, most, desired);
        var switches = call.Texts("VSwitchIds");
        if (switches.Count == 0)
        {
            switches = [call.Need("VSwitchId")];
        }

        var vpcs = switches.Select(id => inventory.Get(ItemKind.VSwitch, id, "InvalidVSwitchId.NotFound", "vSwitch").Text("VpcId")).Distinct().ToList();
        if (vpcs.Count > 1)
        {
            throw ApiRefusal.Invalid("VSwitchIds", "they are of several networks");
        }

        var links = call.Maps("AlbServerGroups").Select(link => Link(link, GetServerGroup(ApiCall.TextOf(link["AlbServerGroupId"]) ?? throw ApiRefusal.Missing("AlbServerGroupId")))).ToArray();
        var name = call.Find("ScalingGroupName") ?? "";
        if (name.Length > 0 && inventory.All(ItemKind.ScalingGroup).Any(group => group.Name == name && group.Region == call.Region && !group.IsDeleting))
        {
            throw new ApiRefusal(400, "InvalidScalingGroupName.Duplicate", $"The specified value of parameter ScalingGroupName {name} is duplicated.");
        }

        var group = inventory.Create(
            call,
            ItemKind.ScalingGroup,
            name,
            new JsonObject
            {
                ["MinSize"] = least,
                ["MaxSize"] = most,
                ["DesiredCapacity"] = desired,
                ["VpcId"] = vpcs[0],
                ["VSwitchIds"] = Answers.Texts(switches),
                ["MultiAZPolicy"] = call.Find("MultiAZPolicy") ?? "PRIORITY",
                ["RemovalPolicies"] = Answers.Texts(call.Texts("RemovalPolicies") is { Count: > 0 } policies ? policies : ["OldestScalingConfiguration", "OldestInstance"]),
                ["DefaultCooldown"] = call.FindNumber("DefaultCooldown") ?? 300,
                ["AlbServerGroups"] = new JsonArray(links),
                ["Active"] = false,
                [Tags.Property] = Tags.Of(call),
            },
            (0, 0),
            "ess_quota_scaling_groups");
        return new JsonObject { ["ScalingGroupId"] = group.Id };
    }

    private JsonObject Modify(ApiCall call)
    {
        var group = Settle(GetGroup(call));
        var changed = group with { Name = call.Find("ScalingGroupName") ?? group.Name, Properties = group.Properties.DeepClone().AsObject() };
        foreach (var name in new[] { "MinSize", "MaxSize", "DesiredCapacity", "DefaultCooldown" })
        {
            if (call.FindNumber(name) is { } number)
            {
                changed.Properties[name] = number;
            }
        }

        foreach (var name in new[] { "RemovalPolicies", "VSwitchIds" }.Where(name => call.Texts(name).Count > 0))
        {
            changed.Properties[name] = Answers.Texts(call.Texts(name));
        }

        if (call.Find("ActiveScalingConfigurationId") is { } configuration)
        {
            changed.Properties["Configuration"] = OwnConfiguration(group, configuration).Id;
        }

        CheckSizes(Number(changed, "MinSize") ?? 0, Number(changed, "MaxSize") ?? 0, Number(changed, "DesiredCapacity"));
        if (!JsonNode.DeepEquals(changed.Properties, group.Properties) || changed.Name != group.Name)
        {
            Settle(inventory.Change(call, changed, (0, 0), ""));
        }

        return [];
    }

    private JsonObject Enable(ApiCall call)
    {
        var group = GetGroup(call);
        var configuration = OwnConfiguration(group, call.Find("ActiveScalingConfigurationId") ?? group.Text("Configuration")).Id;

        if (group.Text("Active") != "true" || group.Text("Configuration") != configuration)
        {
            Settle(inventory.Change(call, group.With("Active", true).With("Configuration", configuration), (0, 0), configuration));
        }

        return [];
    }

    private CloudItem OwnConfiguration(CloudItem group, string? id) =>
        inventory.Find(ItemKind.ScalingConfiguration, id) is { } configuration && configuration.Text("ScalingGroupId") == group.Id ? configuration
            : throw new ApiRefusal(400, "IncorrectScalingConfiguration.NotFound", $"The scaling group {group.Id} has no scaling configuration {id}.");

    private JsonObject SetActive(ApiCall call, bool active)
    {
        var group = GetGroup(call);
        inventory.Change(call, group.With("Active", active), (0, 0), "");
        return [];
    }

    private async Task<JsonObject> DeleteAsync(ApiCall call)
    {
        var group = GetGroup(call);
        var machines = MachinesOf(group);
        if (!call.Says("ForceDelete") && machines.Count > 0)
        {
            throw new ApiRefusal(400, "InvalidScalingGroup.InstancesInUse", $"The scaling group {group.Id} still has {machines.Count} instances.");
        }

        if (!call.Says("ForceDelete"))
        {
            RequireIdle(group);
        }

        inventory.Release(call, machines);
        foreach (var configuration in inventory.All(ItemKind.ScalingConfiguration).Where(one => one.Text("ScalingGroupId") == group.Id).ToList())
        {
            await inventory.DeleteAsync(call, configuration, 0);
        }

        await inventory.DeleteAsync(call, group, machines.Count > 0 ? 16 : 4);
        return [];
    }

    private JsonObject CreateConfiguration(ApiCall call)
    {
        var group = GetGroup(call);
        var types = TypesOf(call);
        if (types.Count == 0)
        {
            throw ApiRefusal.Missing("InstanceType");
        }

        if (call.Find("ScalingConfigurationName") is { } name && inventory.All(ItemKind.ScalingConfiguration).Any(one => one.Name == name && one.Text("ScalingGroupId") == group.Id && !one.IsDeleting))
        {
            throw new ApiRefusal(400, "InvalidScalingConfigurationName.Duplicate", $"The specified value of parameter ScalingConfigurationName {name} is duplicated.");
        }

        var security = SecurityGroupOf(call) ?? throw ApiRefusal.Missing("SecurityGroupId");
        var configuration = inventory.Create(
            call,
            ItemKind.ScalingConfiguration,
            call.Find("ScalingConfigurationName") ?? "",
            new JsonObject
            {
                ["ScalingGroupId"] = group.Id,
                ["ImageId"] = call.Need("ImageId"),
                ["InstanceTypes"] = Answers.Texts(types),
                ["SecurityGroupId"] = security,
                ["UserData"] = call.Find("UserData"),
                ["SystemDiskCategory"] = ApiCall.TextOf(call.Map("SystemDisk")?["Category"]),
            },
            (0, 0));
        return new JsonObject { ["ScalingConfigurationId"] = configuration.Id };
    }

    private static IReadOnlyList<string> TypesOf(ApiCall call)
    {
        var types = call.Texts("InstanceTypes");
        types = types.Count == 0 && call.Find("InstanceType") is { } one ? [one] : types;
        foreach (var type in types)
        {
            EcsApi.TypeOf(type);
        }

        return types;
    }

    private string? SecurityGroupOf(ApiCall call) =>
        (call.Texts("SecurityGroupIds") is [var first, ..] ? first : call.Find("SecurityGroupId")) is { } id
            ? inventory.Get(ItemKind.SecurityGroup, id, "InvalidSecurityGroupId.NotFound", "security group").Id
            : null;

    /// <summary>Instances that are there already stay as they are.</summary>
    private JsonObject ModifyConfiguration(ApiCall call)
    {
        var configuration = GetConfiguration(call);
        var changed = configuration with { Name = call.Find("ScalingConfigurationName") ?? configuration.Name, Properties = configuration.Properties.DeepClone().AsObject() };
        foreach (var name in new[] { "ImageId", "UserData" })
        {
            changed.Properties[name] = call.Find(name) ?? configuration.Text(name);
        }

        changed.Properties["SecurityGroupId"] = SecurityGroupOf(call) ?? configuration.Text("SecurityGroupId");
        changed.Properties["SystemDiskCategory"] = ApiCall.TextOf(call.Map("SystemDisk")?["Category"]) ?? configuration.Text("SystemDiskCategory");
        if (TypesOf(call) is { Count: > 0 } types)
        {
            changed.Properties["InstanceTypes"] = Answers.Texts(types);
        }

        inventory.Change(call, changed, (0, 0), "");
        return [];
    }

    private CloudItem GetConfiguration(ApiCall call) =>
        inventory.Get(ItemKind.ScalingConfiguration, call.Need("ScalingConfigurationId"), "InvalidScalingConfigurationId.NotFound", "scaling configuration");

    private IEnumerable<CloudItem> Configurations(ApiCall call)
    {
        var ids = call.Texts("ScalingConfigurationIds");
        var names = call.Texts("ScalingConfigurationNames");
        return inventory.All(ItemKind.ScalingConfiguration).Where(one => one.Region == call.Region
            && (names.Count == 0 || names.Contains(one.Name)) && (ids.Count == 0 || ids.Contains(one.Id)) && (call.Find("ScalingGroupId") is not { } group || one.Text("ScalingGroupId") == group));
    }

    private async Task<JsonObject> DeleteConfigurationAsync(ApiCall call)
    {
        var configuration = GetConfiguration(call);
        if (inventory.Find(ItemKind.ScalingGroup, configuration.Text("ScalingGroupId")) is { IsDeleting: false } group && group.Text("Configuration") == configuration.Id && group.Text("Active") == "true")
        {
            throw new ApiRefusal(400, "IncorrectScalingConfigurationLifecycleState", "The current lifecycle state of the specified scaling configuration does not support this action: it is active.");
        }

        await inventory.DeleteAsync(call, configuration, 0);
        return [];
    }

    private JsonObject Scale(ApiCall call)
    {
        var group = Settle(GetGroup(call));
        var value = call.NeedNumber("AdjustmentValue");
        var total = MachinesOf(group).Count;
        var wanted = call.Need("AdjustmentType") switch
        {
            "TotalCapacity" => value,
            "QuantityChangeInCapacity" => total + value,
            "PercentChangeInCapacity" => total + (int)Math.Round(total * value / 100.0),
            var other => throw ApiRefusal.Invalid("AdjustmentType", $"'{other}' is not known"),
        };
        var bounded = Math.Clamp(wanted, Number(group, "MinSize") ?? 0, Number(group, "MaxSize") ?? 0);
        RequireIdle(group);
        if (group.Text("Active") != "true")
        {
            throw new ApiRefusal(400, "IncorrectScalingGroupStatus", "The current status of the specified scaling group does not support this action.");
        }

        var settled = Number(group, "DesiredCapacity") is null ? group : inventory.Change(call, group.With("DesiredCapacity", bounded), (0, 0), string.Create(CultureInfo.InvariantCulture, $"{bounded}"));
        var activity = Begin(call, settled, bounded - total, null);
        return new JsonObject { ["ScalingActivityId"] = activity?.Id, ["ActivityType"] = "CapacityChange" };
    }

    private JsonObject Remove(ApiCall call)
    {
        var group = Settle(GetGroup(call));
        RequireIdle(group);
        var own = MachinesOf(group).ToDictionary(machine => machine.Id);
        var ids = call.Texts("InstanceIds").Concat(call.Texts("InstanceId")).Distinct().ToList();
        var leaving = ids.Select(id => own.GetValueOrDefault(id) ?? throw new ApiRefusal(404, "InvalidInstanceId.NotFound", $"The instance {id} is not in the scaling group {group.Id}.")).ToList();
        if (own.Count - leaving.Count < (Number(group, "MinSize") ?? 0))
        {
            throw new ApiRefusal(400, "IncorrectCapacity.MinSize", $"The scaling group {group.Id} has at least {Number(group, "MinSize")} instances.");
        }

        if (Number(group, "DesiredCapacity") is { } desired && call.Find("DecreaseDesiredCapacity") is null or "true")
        {
            group = inventory.Change(call, group.With("DesiredCapacity", Math.Max(0, Number(group, "DesiredCapacity")!.Value - leaving.Count)), (0, 0), "");
        }

        var activity = Begin(call, group, -leaving.Count, leaving);
        return new JsonObject { ["ScalingActivityId"] = activity?.Id };
    }

    private JsonObject DescribeActivities(ApiCall call)
    {
        var group = call.Find("ScalingGroupId");
        if (group is not null)
        {
            Settle(GetGroup(call));
        }

        var ids = call.Texts("ScalingActivityIds");
        var found = inventory.All(ItemKind.ScalingActivity)
            .Where(one => (group is null || one.Text("ScalingGroupId") == group) && (ids.Count == 0 || ids.Contains(one.Id)) && (call.Find("StatusCode") is not { } status || StatusOf(one) == status))
            .OrderByDescending(one => one.CreatedAt).ThenByDescending(one => one.Id, StringComparer.Ordinal);
        return Answers.Page(call, found.Select(Activity), "ScalingActivities", most: 50);
    }

    private JsonObject DescribeInstances(ApiCall call)
    {
        var group = Settle(GetGroup(call));
        var ids = call.Texts("InstanceIds");
        var found = AllOf(group).Where(machine => ids.Count == 0 || ids.Contains(machine.Id)).Select(machine => new JsonObject
        {
            ["InstanceId"] = machine.Id,
            ["ScalingGroupId"] = group.Id,
            ["ScalingConfigurationId"] = machine.Configuration,
            ["LifecycleState"] = LifecycleOf(machine),
            ["HealthStatus"] = machine.StopsAt is null ? "Healthy" : "Unhealthy",
            ["ZoneId"] = machine.Zone,
            ["PrivateIpAddress"] = machine.Address,
            ["CreationTime"] = Time(machine.CreatedAt),
            ["CreationType"] = "AutoCreated",
        });
        return Answers.Page(call, found.Where(one => call.Find("LifecycleState") is not { } state || one["LifecycleState"]!.ToString() == state), "ScalingInstances", most: 100);
    }

    private JsonObject LinkServerGroups(ApiCall call, bool attach)
    {
        var group = GetGroup(call);
        var links = group.Properties["AlbServerGroups"]!.DeepClone().AsArray();
        foreach (var written in call.Maps("AlbServerGroups"))
        {
            var server = ApiCall.TextOf(written["AlbServerGroupId"]) ?? throw ApiRefusal.Missing("AlbServerGroupId");
            foreach (var old in links.Where(link => link!["AlbServerGroupId"]!.ToString() == server).ToList())
            {
                links.Remove(old);
            }

            if (attach)
            {
                links.Add(Link(written, GetServerGroup(server)));
                Join(group.With("AlbServerGroups", links.DeepClone()), MachinesOf(group));
            }
            else
            {
                foreach (var entry in inventory.ServersOf(server).Where(entry => MachinesOf(group).Any(machine => machine.Id == entry.ServerId)).ToList())
                {
                    inventory.RemoveServer(server, entry.ServerId, entry.Port);
                }
            }
        }

        inventory.Change(call, group.With("AlbServerGroups", links), (0, 0), "");
        return [];
    }

    private static JsonObject Link(JsonObject written, CloudItem server) => new()
    {
        ["AlbServerGroupId"] = server.Id,
        ["Port"] = ApiCall.NumberOf(written["Port"], "Port") ?? throw ApiRefusal.Missing("AlbServerGroups.Port"),
        ["Weight"] = ApiCall.NumberOf(written["Weight"], "Weight") ?? throw ApiRefusal.Missing("AlbServerGroups.Weight"),
    };

    /// <summary>Starts the activity that an active group needs to have what it wants.</summary>
    private CloudItem Settle(CloudItem group)
    {
        if (group.IsDeleting || group.Text("Active") != "true" || Running(group) is not null)
        {
            return group;
        }

        var total = MachinesOf(group).Count;
        var wanted = Math.Clamp(Number(group, "DesiredCapacity") ?? total, Number(group, "MinSize") ?? 0, Number(group, "MaxSize") ?? 0);
        var last = inventory.All(ItemKind.ScalingActivity).Where(one => one.Text("ScalingGroupId") == group.Id).OrderByDescending(one => one.CreatedAt).FirstOrDefault();
        // A group that found no stock looks again a minute later, not with every call.
        if (wanted != total && !(wanted > total && last?.Text("Short") is not null && inventory.Now - last.CreatedAt < TimeSpan.FromMinutes(1)))
        {
            Begin(null, group, wanted - total, null);
        }

        return group;
    }

    /// <summary>Makes or releases instances.</summary>
    /// <param name="named">Those that leave; null: as the group's removal policy says.</param>
    /// <returns>Null: there was nothing to do.</returns>
    private CloudItem? Begin(ApiCall? call, CloudItem group, int change, IReadOnlyList<Machine>? named)
    {
        if (change == 0)
        {
            return null;
        }

        var before = MachinesOf(group).Count;
        var made = change > 0 ? Grow(call, group, change) : [];
        if (change < 0)
        {
            var leaving = named ?? Leaving(group, -change);
            inventory.Release(call, [.. leaving]);
            made = [.. leaving.Select(machine => inventory.FindMachine(machine.Id) ?? machine)];
        }

        var now = inventory.Now;
        var ends = made.Count == 0 ? now : made.Max(machine => change > 0 ? machine.ReadyAt : machine.GoneAt ?? now);
        var properties = new JsonObject
        {
            ["ScalingGroupId"] = group.Id,
            ["Description"] = change > 0 ? string.Create(CultureInfo.InvariantCulture, $"Add \"{change}\" ECS instance") : string.Create(CultureInfo.InvariantCulture, $"Remove \"{-change}\" ECS instance"),
            ["Before"] = before,
            ["After"] = before + change,
            ["Short"] = change > 0 && made.Count < change ? change - made.Count : null,
        };
        var activity = new CloudItem(inventory.NextId(ItemKind.ScalingActivity), ItemKind.ScalingActivity, group.Region, "", properties, now, ends);
        inventory.Keep(activity);
        return activity;
    }

    private List<Machine> Grow(ApiCall? call, CloudItem group, int count)
    {
        var configuration = inventory.Find(ItemKind.ScalingConfiguration, group.Text("Configuration"));
        var made = new List<Machine>();
        if (configuration is null)
        {
            return made;
        }

        var switches = group.Properties["VSwitchIds"]!.AsArray().Select(id => inventory.Find(ItemKind.VSwitch, id!.ToString())).OfType<CloudItem>().Where(one => one.IsReady(inventory.Now)).ToList();
        var types = configuration.Properties["InstanceTypes"]!.AsArray().Select(type => EcsApi.TypeOf(type!.ToString())).ToList();
        var balance = group.Text("MultiAZPolicy") == "BALANCE";
        foreach (var type in types)
        {
            var left = count - made.Count;
            var stock = switches.ToDictionary(one => one.Id, one => inventory.RoomIn(one, type.Id));
            var shares = Shares(switches, stock, left, balance, MachinesOf(group));
            foreach (var (vswitch, share) in switches.Select(one => (one, shares[one.Id])).Where(pair => pair.Item2 > 0))
            {
                // The zones share the cloud's whole stock.
                var real = Math.Min(share, inventory.RoomIn(vswitch, type.Id));
                if (real > 0)
                {
                    made.AddRange(inventory.Rent(call, real, type, vswitch, group.Id, $"{group.Name}-host", configuration.Text("ImageId")!, configuration.Text("SecurityGroupId")!, configuration.Id));
                }
            }
        }

        Join(group, made);
        return made;
    }

    /// <summary>How many of the new instances each switch gets: as even as stock allows, or the first that has some first.</summary>
    private static Dictionary<string, int> Shares(List<CloudItem> switches, Dictionary<string, int> stock, int count, bool balance, IReadOnlyList<Machine> present)
    {
        var shares = switches.ToDictionary(one => one.Id, _ => 0);
        var has = switches.ToDictionary(one => one.Id, one => present.Count(machine => machine.VSwitch == one.Id));
        for (var i = 0; i < count; i++)
        {
            var open = switches.Where(one => shares[one.Id] < stock[one.Id]).ToList();
            if (open.Count == 0)
            {
                break;
            }

            shares[(balance ? open.MinBy(one => has[one.Id] + shares[one.Id])! : open[0]).Id]++;
        }

        return shares;
    }

    private void Join(CloudItem group, IReadOnlyCollection<Machine> machines)
    {
        foreach (var link in group.Properties["AlbServerGroups"]!.AsArray())
        {
            foreach (var machine in machines)
            {
                inventory.SetServer(link!["AlbServerGroupId"]!.ToString(), new GroupServer(machine.Id, "Ecs", link["Port"]!.GetValue<int>(), link["Weight"]!.GetValue<int>(), machine.ReadyAt));
            }
        }
    }

    private IReadOnlyList<Machine> Leaving(CloudItem group, int count)
    {
        var machines = MachinesOf(group);
        var newest = group.Properties["RemovalPolicies"]!.AsArray().Any(policy => policy!.ToString() == "NewestInstance");
        var ordered = newest ? machines.OrderByDescending(machine => machine.CreatedAt).ThenByDescending(machine => machine.Id, StringComparer.Ordinal) : machines.OrderBy(machine => machine.CreatedAt).ThenBy(machine => machine.Id, StringComparer.Ordinal);
        return [.. ordered.Take(count)];
    }

    private void RequireIdle(CloudItem group)
    {
        if (Running(group) is { } running)
        {
            throw new ApiRefusal(400, "ScalingActivityInProgress", $"You cannot scale the group {group.Id} while the scaling activity {running.Id} is in progress.");
        }
    }

    private CloudItem? Running(CloudItem group) => inventory.All(ItemKind.ScalingActivity).FirstOrDefault(one => one.Text("ScalingGroupId") == group.Id && one.ReadyAt > inventory.Now);

    private IReadOnlyList<Machine> AllOf(CloudItem group) => [.. inventory.Machines.Where(machine => machine.Owner == group.Id)];

    private IReadOnlyList<Machine> MachinesOf(CloudItem group) => [.. AllOf(group).Where(machine => machine.GoneAt is null)];

    private string LifecycleOf(Machine machine) => machine.GoneAt is not null ? "Removing" : machine.ReadyAt > inventory.Now ? "Pending" : "InService";

    private string StatusOf(CloudItem activity) =>
        activity.ReadyAt > inventory.Now ? "InProgress"
        : activity.Text("Short") is not { } missing ? "Successful"
        : int.Parse(missing, CultureInfo.InvariantCulture) < Number(activity, "After") - Number(activity, "Before") ? "Warning" : "Failed";

    private static void CheckSizes(int least, int most, int? desired)
    {
        if (least < 0 || most < least || most > 2_000)
        {
            throw ApiRefusal.Invalid("MaxSize", "it is not below MinSize, and at most 2000");
        }

        if (desired is { } number && (number < least || number > most))
        {
            throw ApiRefusal.Invalid("DesiredCapacity", "it is between MinSize and MaxSize");
        }
    }

    /// <summary>This product tells minutes.</summary>
    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mmZ", CultureInfo.InvariantCulture);

    private static int? Number(CloudItem item, string name) => item.Text(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;

    private JsonObject Group(CloudItem group)
    {
        var all = AllOf(group);
        var now = inventory.Now;
        return new JsonObject
        {
            ["ScalingGroupId"] = group.Id,
            ["ScalingGroupName"] = group.Name,
            ["RegionId"] = group.Region,
            ["LifecycleState"] = group.IsDeleting ? "Deleting" : group.Text("Active") == "true" ? "Active" : "Inactive",
            ["MinSize"] = Number(group, "MinSize"),
            ["MaxSize"] = Number(group, "MaxSize"),
            ["DesiredCapacity"] = Number(group, "DesiredCapacity"),
            ["DefaultCooldown"] = Number(group, "DefaultCooldown"),
            ["TotalCapacity"] = all.Count,
            ["TotalInstanceCount"] = all.Count,
            ["ActiveCapacity"] = all.Count(machine => LifecycleOf(machine) == "InService"),
            ["PendingCapacity"] = all.Count(machine => LifecycleOf(machine) == "Pending"),
            ["RemovingCapacity"] = all.Count(machine => LifecycleOf(machine) == "Removing"),
            ["VpcId"] = group.Text("VpcId"),
            ["VSwitchId"] = group.Properties["VSwitchIds"]![0]!.ToString(),
            ["VSwitchIds"] = group.Properties["VSwitchIds"]!.DeepClone(),
            ["MultiAZPolicy"] = group.Text("MultiAZPolicy"),
            ["RemovalPolicies"] = group.Properties["RemovalPolicies"]!.DeepClone(),
            ["AlbServerGroups"] = group.Properties["AlbServerGroups"]!.DeepClone(),
            ["ActiveScalingConfigurationId"] = group.Text("Configuration"),
            ["CreationTime"] = Time(group.CreatedAt),
        };
    }

    private JsonObject Configuration(CloudItem configuration) => new()
    {
        ["ScalingConfigurationId"] = configuration.Id,
        ["ScalingConfigurationName"] = configuration.Name,
        ["ScalingGroupId"] = configuration.Text("ScalingGroupId"),
        ["LifecycleState"] = inventory.Find(ItemKind.ScalingGroup, configuration.Text("ScalingGroupId"))?.Text("Configuration") == configuration.Id ? "Active" : "Inactive",
        ["ImageId"] = configuration.Text("ImageId"),
        ["InstanceTypes"] = configuration.Properties["InstanceTypes"]!.DeepClone(),
        ["InstanceType"] = configuration.Properties["InstanceTypes"]![0]!.ToString(),
        ["SecurityGroupId"] = configuration.Text("SecurityGroupId"),
        ["UserData"] = configuration.Text("UserData"),
        ["SystemDiskCategory"] = configuration.Text("SystemDiskCategory"),
        ["CreationTime"] = Time(configuration.CreatedAt),
    };

    private JsonObject Activity(CloudItem activity)
    {
        var status = StatusOf(activity);
        var (start, end) = (activity.CreatedAt, activity.ReadyAt);
        return new JsonObject
        {
            ["ScalingActivityId"] = activity.Id,
            ["ScalingGroupId"] = activity.Text("ScalingGroupId"),
            ["StatusCode"] = status,
            ["StatusMessage"] = status is "Failed" or "Warning" ? "Not all of the wanted instances could be made." : "",
            ["ErrorCode"] = status is "Failed" or "Warning" ? "OperationDenied.NoStock" : null,
            ["ErrorMessage"] = status is "Failed" or "Warning" ? "The requested instance types are sold out in the zones of the group." : null,
            ["Description"] = activity.Text("Description"),
            ["Progress"] = end <= inventory.Now ? 100 : (int)(100 * (inventory.Now - start) / (end - start)),
            // A text here, as in the vendor's models.
            ["TotalCapacity"] = activity.Text("After"),
            ["StartTime"] = Time(start),
            ["EndTime"] = status == "InProgress" ? "" : Time(end),
        };
    }
}
