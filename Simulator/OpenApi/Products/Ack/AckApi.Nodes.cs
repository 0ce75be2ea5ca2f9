using System.Text.Json.Nodes;
using Orchestrator.Simulator.OpenApi.Gateway;
using Orchestrator.Simulator.OpenApi.Inventory;

namespace Orchestrator.Simulator.OpenApi.Products.Ack;

/// <summary>Nodes and tasks, as the API lists them.</summary>
internal sealed partial class AckApi
{
    private JsonObject DescribeNodes(ApiCall call)
    {
        var id = call.Need("ClusterId");
        var pool = call.Find("nodepool_id");
        var now = inventory.Now;
        IEnumerable<JsonObject> nodes;
        if (options.Fleet.Find(id) is { } given)
        {
            nodes = given.ListNodes().Where(node => pool is null || node.Pool.Name == pool).Select(node =>
                Node(node.Name, node.Name, clusters[id].FindNode(node.Name)?.Read(now).Ready ?? false ? "running" : "offline", node.Pool.Model, node.Pool.Name));
        }
        else
        {
            GetCluster(id);
            nodes = inventory.All(ItemKind.NodePool).Where(one => one.Text("ClusterId") == id && (pool is null || one.Id == pool)).SelectMany(one => MachinesOf(one).Select(machine =>
                Node(machine.Id, NodeName(machine), machine.GoneAt is not null ? "removing" : machine.IsRunning(now) ? "running" : "pending", machine.Type.Id, one.Id)));
        }

        var all = nodes.Where(node => call.Find("state") is not { } state || state == "all" || node["state"]!.ToString() == state).ToList();
        var (number, size) = (Math.Max(1, call.FindNumber("pageNumber") ?? 1), Math.Clamp(call.FindNumber("pageSize") ?? 10, 1, 100));
        return new JsonObject
        {
            ["nodes"] = new JsonArray([.. all.Skip((number - 1) * size).Take(size)]),
            ["page"] = new JsonObject { ["page_number"] = number, ["page_size"] = size, ["total_count"] = all.Count },
        };
    }

    private static JsonObject Node(string instance, string name, string state, string type, string pool) => new()
    {
        ["instance_id"] = instance,
        ["node_name"] = name,
        ["state"] = state,
        ["node_status"] = state == "running" ? "Ready" : "Unknown",
        ["instance_type"] = type,
        ["nodepool_id"] = pool,
        ["instance_role"] = "Worker",
    };

    private string NewTask(string type, string target, DateTimeOffset ends)
    {
        var id = "T-" + inventory.NextId(ItemKind.Task)[2..];
        inventory.Keep(new CloudItem(id, ItemKind.Task, "", type, new JsonObject { ["target"] = target }, inventory.Now, ends));
        return id;
    }

    private JsonObject DescribeTask(ApiCall call)
    {
        var task = inventory.Get(ItemKind.Task, call.Need("TaskId"), "ErrorTaskNotFound", "task");
        return new JsonObject
        {
            ["task_id"] = task.Id,
            ["task_type"] = task.Name,
            ["state"] = task.ReadyAt > inventory.Now ? "running" : "success",
            ["created"] = Answers.Time(task.CreatedAt),
            ["updated"] = Answers.Time(inventory.Now),
            ["target"] = new JsonObject { ["id"] = task.Text("target"), ["type"] = task.Name.Split('_')[0] },
        };
    }
}
