using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.OpenApi.Gateway;
using Orchestrator.Simulator.OpenApi.Inventory;

namespace Orchestrator.Simulator.OpenApi.Products.Ess;

/// <summary>
/// Scaling groups, version 2022-02-22. A group does one scaling activity at a time; whoever looks at an active group that has not the
/// number of instances it wants, and no activity, starts one.
/// </summary>
internal sealed partial class EssApi(CloudInventory inventory)
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

    private static int? Number(CloudItem item, string name) => item.Text(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
