using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.OpenApi.Gateway;
using Orchestrator.Simulator.OpenApi.Inventory;

namespace Orchestrator.Simulator.OpenApi.Products.Ess;

/// <summary>Scaling activities: instances made and released.</summary>
internal sealed partial class EssApi
{
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
        var types = configuration.Properties["InstanceTypes"]!.AsArray().Select(type => MachineTypes.Get(type!.ToString())).ToList();
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
}
