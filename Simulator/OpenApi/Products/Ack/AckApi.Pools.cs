using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.OpenApi.Gateway;
using Orchestrator.Simulator.OpenApi.Inventory;

namespace Orchestrator.Simulator.OpenApi.Products.Ack;

/// <summary>Node pools and the machines in them.</summary>
internal sealed partial class AckApi
{
    private static ApiRefusal NoPool(string id) => new(404, "ErrorNodePoolNotFound", $"node pool {id} not found");

    private CloudItem GetPool(ApiCall call)
    {
        var cluster = GetRunning(call.Need("ClusterId"));
        return inventory.Find(ItemKind.NodePool, call.Need("NodepoolId")) is { } pool && pool.Text("ClusterId") == cluster.Id ? pool : throw NoPool(call.Need("NodepoolId"));
    }

    private IReadOnlyList<Machine> MachinesOf(CloudItem pool) => [.. inventory.Machines.Where(machine => machine.Owner == pool.Id)];

    private JsonObject CreatePool(ApiCall call)
    {
        var cluster = GetRunning(call.Need("ClusterId"));
        var name = ApiCall.TextOf(call.Map("nodepool_info")?["name"]) ?? throw ApiRefusal.Missing("nodepool_info.name");
        var group = call.Map("scaling_group") ?? throw ApiRefusal.Missing("scaling_group");
        var types = ApiCall.TextsOf(group["instance_types"], "instance_types");
        var switches = ApiCall.TextsOf(group["vswitch_ids"], "vswitch_ids");
        if (types.Count == 0 || switches.Count == 0)
        {
            throw ApiRefusal.Missing(types.Count == 0 ? "scaling_group.instance_types" : "scaling_group.vswitch_ids");
        }

        foreach (var vswitch in switches.Select(id => inventory.Get(ItemKind.VSwitch, id, "ErrorVSwitchNotFound", "vSwitch")).Where(vswitch => vswitch.Text("VpcId") != cluster.Text("VpcId")))
        {
            throw ApiRefusal.Invalid("vswitch_ids", $"{vswitch.Id} is not in {cluster.Text("VpcId")}");
        }

        _ = types.Select(MachineTypes.Get).ToList();
        var pool = inventory.Create(call, ItemKind.NodePool, name, new JsonObject { ["ClusterId"] = cluster.Id, ["instance_types"] = Answers.Texts(types), ["vswitch_ids"] = Answers.Texts(switches) }, (0, 0));
        var desired = ApiCall.NumberOf(group["desired_size"], "desired_size") ?? call.FindNumber("count") ?? 0;
        var ends = Resize(call, pool, desired);
        return new JsonObject { ["nodepool_id"] = pool.Id, ["task_id"] = NewTask("nodepool_create", pool.Id, ends) };
    }

    private JsonObject ModifyPool(ApiCall call)
    {
        var pool = GetPool(call);
        var ends = ApiCall.NumberOf(call.Map("scaling_group")?["desired_size"], "desired_size") is { } desired ? Resize(call, pool, desired) : inventory.Now;
        return new JsonObject { ["nodepool_id"] = pool.Id, ["task_id"] = NewTask("nodepool_update", pool.Id, ends) };
    }

    private JsonObject ScalePool(ApiCall call)
    {
        var pool = GetPool(call);
        var count = call.NeedNumber("count");
        if (count is < 1 or > 500)
        {
            throw ApiRefusal.Invalid("count", "it is 1 to 500");
        }

        return new JsonObject { ["task_id"] = NewTask("nodepool_scaleout", pool.Id, Resize(call, pool, MachinesOf(pool).Count(machine => machine.GoneAt is null) + count)) };
    }

    private JsonObject RemoveNodes(ApiCall call)
    {
        var pool = GetPool(call);
        var own = MachinesOf(pool).Where(machine => machine.GoneAt is null).ToList();
        var names = call.Texts("nodes").ToHashSet();
        var ids = call.Texts("instance_ids").ToHashSet();
        var leaving = own.Where(machine => names.Contains(NodeName(machine)) || ids.Contains(machine.Id)).ToList();
        if (leaving.Count < Math.Max(names.Count, ids.Count))
        {
            throw new ApiRefusal(404, "ErrorNodeNotFound", $"{Math.Max(names.Count, ids.Count) - leaving.Count} of the nodes are not in the node pool {pool.Id}");
        }

        if (call.Says("release_node"))
        {
            inventory.Release(call, leaving);
        }
        else
        {
            inventory.Keep(leaving.Select(machine => machine with { Owner = "" }));
        }

        return new JsonObject { ["task_id"] = NewTask("nodepool_node_remove", pool.Id, inventory.Now + inventory.Delay(12, 12, pool.Id)) };
    }

    private async Task<JsonObject> DeletePoolAsync(ApiCall call)
    {
        var pool = GetPool(call);
        var machines = MachinesOf(pool);
        if (machines.Any(machine => machine.GoneAt is null) && !call.Says("force"))
        {
            throw new ApiRefusal(400, "ErrorNodePoolInUse", $"node pool {pool.Id} still has nodes");
        }

        inventory.Release(call, machines);
        await inventory.DeleteAsync(call, pool, 12);
        return new JsonObject { ["task_id"] = NewTask("nodepool_delete", pool.Id, inventory.Now + inventory.Delay(12, 12, pool.Id)) };
    }

    /// <summary>Rents or releases nodes until the pool has what it wants.</summary>
    /// <returns>When they are there or gone.</returns>
    private DateTimeOffset Resize(ApiCall call, CloudItem pool, int desired)
    {
        if (desired is < 0 or > 2_000)
        {
            throw ApiRefusal.Invalid("desired_size", "it is 0 to 2000");
        }

        var present = MachinesOf(pool).Where(machine => machine.GoneAt is null).ToList();
        if (desired < present.Count)
        {
            inventory.Release(call, [.. present.OrderByDescending(machine => machine.CreatedAt).Take(present.Count - desired)]);
            return inventory.Now + inventory.Delay(12, 12, pool.Id);
        }

        var switches = pool.Properties["vswitch_ids"]!.AsArray().Select(id => inventory.Get(ItemKind.VSwitch, id!.ToString(), "ErrorVSwitchNotFound", "vSwitch")).ToList();
        var types = pool.Properties["instance_types"]!.AsArray().Select(type => MachineTypes.Get(type!.ToString())).ToList();
        var left = desired - present.Count;
        var last = inventory.Now;
        foreach (var (type, vswitch) in types.SelectMany(type => switches.Select(vswitch => (type, vswitch))))
        {
            var some = Math.Min(left, inventory.RoomIn(vswitch, type.Id));
            if (some > 0)
            {
                last = inventory.Rent(call, some, type, vswitch, pool.Id, pool.Name, "aliyun_3_x64_20G_alibase", "").Max(machine => machine.ReadyAt) is var ready && ready > last ? ready : last;
                left -= some;
            }
        }

        if (left > 0)
        {
            inventory.Keep(pool.With("Missing", left));
        }

        return last;
    }

    private IEnumerable<JsonObject> PoolsOf(string id)
    {
        if (options.Fleet.Find(id) is { } given)
        {
            return given.Pools.Select(pool => Pool(pool.Name, pool.Name, given.Region, [pool.Model], [], pool.Nodes.Length, pool.Nodes.Length, "active"));
        }

        GetCluster(id);
        var now = inventory.Now;
        return inventory.All(ItemKind.NodePool).Where(pool => pool.Text("ClusterId") == id).Select(pool =>
        {
            var machines = MachinesOf(pool);
            var state = pool.IsDeleting ? "deleting" : machines.Any(machine => machine.GoneAt is not null) ? "removing" : machines.Any(machine => machine.ReadyAt > now) ? "scaling" : "active";
            return Pool(
                pool.Id,
                pool.Name,
                pool.Region,
                [.. pool.Properties["instance_types"]!.AsArray().Select(type => type!.ToString())],
                [.. pool.Properties["vswitch_ids"]!.AsArray().Select(vswitch => vswitch!.ToString())],
                machines.Count(machine => machine.GoneAt is null),
                machines.Count(machine => machine.IsRunning(now)),
                state);
        });
    }

    private static JsonObject Pool(string id, string name, string region, ImmutableArray<string> types, ImmutableArray<string> switches, int nodes, int healthy, string state) => new()
    {
        ["nodepool_info"] = new JsonObject { ["nodepool_id"] = id, ["name"] = name, ["region_id"] = region, ["type"] = "ess" },
        ["scaling_group"] = new JsonObject { ["instance_types"] = Answers.Texts(types), ["vswitch_ids"] = Answers.Texts(switches), ["desired_size"] = nodes, ["scaling_group_id"] = $"asg-of-{id}" },
        ["status"] = new JsonObject { ["state"] = state, ["total_nodes"] = nodes, ["healthy_nodes"] = healthy, ["serving_nodes"] = healthy, ["initial_nodes"] = nodes - healthy, ["failed_nodes"] = 0, ["offline_nodes"] = 0, ["removing_nodes"] = 0 },
    };
}
