using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Orchestrator.Fleet.Files;
using Orchestrator.Simulator.Clusters;
using Orchestrator.Simulator.OpenApi.Gateway;
using Orchestrator.Simulator.OpenApi.Inventory;
using Orchestrator.Simulator.Serving;

namespace Orchestrator.Simulator.OpenApi.Products.Ack;

/// <summary>
/// Kubernetes clusters (ACK), version 2015-12-15. One inventory with the Kubernetes side: a cluster that is made here has an API server at
/// <c>/clusters/{id}/</c> once it runs, and the instances of its node pools are its nodes; the fleet's own clusters are listed here, with
/// their pools and nodes, and cannot be changed.
/// </summary>
/// <param name="clusters">Every cluster that has an API server, by id; those made here join it.</param>
/// <param name="open">Starts the API server of a new cluster.</param>
internal sealed partial class AckApi(
    CloudInventory inventory, SimulatedCloudOptions options, ConcurrentDictionary<string, SimulatedCluster> clusters, Func<ClusterDefinition, SimulatedCluster> open) : IDisposable
{
    private const string Version = "2015-12-15";
    private const string KubernetesVersion = "1.33.1-aliyun.1";
    private const string ClusterPath = "/clusters/{ClusterId}";
    private const string PoolPath = ClusterPath + "/nodepools/{NodepoolId}";

    private readonly SemaphoreSlim _settling = new(1, 1);

    public IEnumerable<ApiAction> Actions =>
    [
        Action("CreateCluster", "POST", "/clusters", true, Create),
        Action("DescribeClusterDetail", "GET", ClusterPath, false, call => Detail(call, call.Need("ClusterId"))),
        Action("DescribeClustersV1", "GET", "/api/v1/clusters", false, Describe),
        Action("DescribeClusterUserKubeconfig", "GET", "/k8s/{ClusterId}/user_config", false, Kubeconfig),
        Async("DeleteCluster", "DELETE", ClusterPath, DeleteAsync),
        Action("CreateClusterNodePool", "POST", ClusterPath + "/nodepools", true, CreatePool),
        Action("DescribeClusterNodePools", "GET", ClusterPath + "/nodepools", false, call => new JsonObject { ["nodepools"] = new JsonArray([.. PoolsOf(call.Need("ClusterId"))]) }),
        Action("DescribeClusterNodePoolDetail", "GET", PoolPath, false, call => PoolsOf(call.Need("ClusterId")).FirstOrDefault(pool => pool["nodepool_info"]!["nodepool_id"]!.ToString() == call.Need("NodepoolId")) ?? throw NoPool(call.Need("NodepoolId"))),
        Action("ModifyClusterNodePool", "PUT", PoolPath, true, ModifyPool),
        Action("ScaleClusterNodePool", "POST", PoolPath, true, ScalePool),
        Action("RemoveNodePoolNodes", "DELETE", PoolPath + "/nodes", true, RemoveNodes),
        Async("DeleteClusterNodepool", "DELETE", PoolPath, DeletePoolAsync),
        Action("DescribeClusterNodes", "GET", ClusterPath + "/nodes", false, DescribeNodes),
        Action("DescribeTaskInfo", "GET", "/tasks/{TaskId}", false, DescribeTask),
    ];

    private static ApiAction Action(string name, string method, string path, bool changes, Func<ApiCall, JsonObject> answer) =>
        new("cs", Version, name, changes, call => Task.FromResult(answer(call))) { Route = (method, path) };

    private static ApiAction Async(string name, string method, string path, Func<ApiCall, Task<JsonObject>> answer) => new("cs", Version, name, true, answer) { Route = (method, path) };

    /// <summary>
    /// Brings the Kubernetes side up to the inventory: a cluster that has come to run gets its API server, machines that run become nodes, machines that left are taken out.
    /// Called before either side is looked at. A call that comes while another one is at it goes on without waiting.
    /// </summary>
    public async Task SettleAsync(string id)
    {
        if (inventory.All(ItemKind.Cluster).FirstOrDefault(item => item.Id == id) is not { } item || !await _settling.WaitAsync(TimeSpan.Zero))
        {
            return;
        }

        try
        {
            var now = inventory.Now;
            if (!item.IsReady(now))
            {
                return;
            }

            if (!clusters.TryGetValue(id, out var cluster))
            {
                cluster = open(new ClusterDefinition { Id = id, Kind = ClusterKind.Online, Region = item.Region, Zones = [.. inventory.ZonesOf(item.Region)], Pools = [], CostPerNodeHour = options.Fleet.Cloud.CostPerHostHour });
                cluster.NodesDue = () => _ = SettleAsync(id);
                clusters[id] = cluster;
            }

            var wanted = inventory.All(ItemKind.NodePool).Where(pool => pool.Text("ClusterId") == id)
                .SelectMany(pool => inventory.Machines.Where(machine => machine.Owner == pool.Id && machine.GoneAt is null && machine.ReadyAt <= now).Select(machine => (Pool: pool, Machine: machine)))
                .ToDictionary(pair => NodeName(pair.Machine));
            foreach (var gone in cluster.Nodes.Where(node => !wanted.ContainsKey(node.Name)).ToList())
            {
                await cluster.RemoveNodeAsync(gone.Name);
            }

            foreach (var (name, (pool, machine)) in wanted.Where(pair => cluster.FindNode(pair.Key) is null))
            {
                var definition = new PoolDefinition { Name = pool.Name, Model = machine.Type.Id["ecs.".Length..], CpuMilli = machine.Type.Cores * 1000L, MemoryMiB = (long)(machine.Type.MemoryGiB * 1024), Zone = machine.Zone, Nodes = [name] };
                cluster.AddNode(new NodeDefinition(name, definition, machine.Zone));
            }
        }
        finally
        {
            _settling.Release();
        }
    }

    public void Dispose() => _settling.Dispose();

    private static string NodeName(Machine machine) => $"{machine.Region}.{machine.Address}";

    private CloudItem GetCluster(string id) => inventory.Find(ItemKind.Cluster, id) ?? throw (options.Fleet.Find(id) is null
        ? new ApiRefusal(404, "ErrorClusterNotFound", $"cluster {id} not found")
        : new ApiRefusal(403, "OperationDenied.FleetCluster", $"cluster {id} is given by the fleet file of the simulated cloud and cannot be changed here"));

    private CloudItem GetRunning(string id) => GetCluster(id) is var cluster && cluster.IsReady(inventory.Now) ? cluster : throw new ApiRefusal(400, "ErrorClusterState", $"cluster {id} is being created or deleted");

    private JsonObject Create(ApiCall call)
    {
        var name = call.Need("name");
        if (call.Need("cluster_type") is not ("ManagedKubernetes" or "Kubernetes"))
        {
            throw ApiRefusal.Invalid("cluster_type", "it is ManagedKubernetes");
        }

        var switches = call.Texts("vswitch_ids").Select(id => inventory.Get(ItemKind.VSwitch, id, "ErrorVSwitchNotFound", "vSwitch")).ToList();
        if (switches.Count == 0)
        {
            throw ApiRefusal.Missing("vswitch_ids");
        }

        var vpc = call.Find("vpcid") ?? switches[0].Text("VpcId")!;
        inventory.Get(ItemKind.Vpc, vpc, "ErrorVpcNotFound", "VPC");
        if (inventory.All(ItemKind.Cluster).Any(cluster => cluster.Name == name && !cluster.IsDeleting))
        {
            throw new ApiRefusal(400, "ErrorClusterNameAlreadyExist", $"cluster name {name} already exists");
        }

        var id = "c" + inventory.NextId(ItemKind.Cluster)[2..];
        var made = inventory.Create(
            call,
            ItemKind.Cluster,
            name,
            new JsonObject { ["VpcId"] = vpc, ["vswitch_ids"] = Answers.Texts(switches.Select(one => one.Id)), ["cluster_type"] = call.Need("cluster_type"), ["service_cidr"] = call.Find("service_cidr"), ["version"] = call.Find("kubernetes_version") ?? KubernetesVersion, [Tags.Property] = Tags.Of(call) },
            (270, 330),
            "cs_quota_clusters",
            id);
        return new JsonObject { ["cluster_id"] = made.Id, ["task_id"] = NewTask("cluster_create", made.Id, made.ReadyAt) };
    }

    private JsonObject Describe(ApiCall call)
    {
        var name = call.Find("name");
        // The items as they are now: one that is being deleted may be gone by the time that it is described.
        var all = options.Fleet.Clusters.Where(cluster => name is null || cluster.Id == name).Select(Describe)
            .Concat(inventory.All(ItemKind.Cluster).Where(item => name is null || item.Name == name).Select(item => Describe(call, item))).ToList();
        var (number, size) = (Math.Max(1, call.FindNumber("page_number") ?? 1), Math.Clamp(call.FindNumber("page_size") ?? 10, 1, 100));
        return new JsonObject
        {
            ["clusters"] = new JsonArray([.. all.Skip((number - 1) * size).Take(size)]),
            ["page_info"] = new JsonObject { ["page_number"] = number, ["page_size"] = size, ["total_count"] = all.Count },
        };
    }

    private JsonObject Detail(ApiCall call, string id) => options.Fleet.Find(id) is { } given ? Describe(given) : Describe(call, GetCluster(id));

    private static JsonObject Describe(ClusterDefinition given) => new()
    {
        ["cluster_id"] = given.Id, ["name"] = given.Id, ["state"] = "running", ["region_id"] = given.Region, ["cluster_type"] = "ManagedKubernetes", ["current_version"] = KubernetesVersion, ["size"] = given.NodeCount,
    };

    private JsonObject Describe(ApiCall call, CloudItem item)
    {
        var id = item.Id;
        var pools = inventory.All(ItemKind.NodePool).Where(pool => pool.Text("ClusterId") == id).ToList();
        return new JsonObject
        {
            ["cluster_id"] = id,
            ["name"] = item.Name,
            ["state"] = item.Status(inventory.Now, "initial", "running", "updating", "deleting"),
            ["region_id"] = item.Region,
            ["cluster_type"] = item.Text("cluster_type"),
            ["current_version"] = item.Text("version"),
            ["vpc_id"] = item.Text("VpcId"),
            ["vswitch_ids"] = item.Properties["vswitch_ids"]!.DeepClone(),
            ["service_cidr"] = item.Text("service_cidr"),
            ["tags"] = new JsonArray([.. item.Properties[Tags.Property]!.AsArray().Select(tag => new JsonObject { ["key"] = tag!["Key"]!.ToString(), ["value"] = tag["Value"]!.ToString() })]),
            ["master_url"] = item.IsReady(inventory.Now) ? new JsonObject { ["intranet_api_server_endpoint"] = AddressOf(call, id) }.ToJsonString() : "",
            ["created"] = Answers.Time(item.CreatedAt),
            ["size"] = pools.Sum(pool => MachinesOf(pool).Count(machine => machine.GoneAt is null)),
        };
    }

    private static string AddressOf(ApiCall call, string id) => $"http://{call.Host}/clusters/{id}";

    private JsonObject Kubeconfig(ApiCall call)
    {
        var id = call.Need("ClusterId");
        if (options.Fleet.Find(id) is null)
        {
            GetRunning(id);
        }

        var config = $"""
            apiVersion: v1
            kind: Config
            clusters:
            - name: kubernetes
              cluster:
                server: {AddressOf(call, id)}
            contexts:
            - name: simulated-{id}
              context:
                cluster: kubernetes
                user: simulated
            current-context: simulated-{id}
            users:
            - name: simulated
              user:
                token: simulated

            """;
        return new JsonObject { ["config"] = config, ["expiration"] = Answers.Time(inventory.Now.AddYears(3)) };
    }

    private async Task<JsonObject> DeleteAsync(ApiCall call)
    {
        var cluster = GetCluster(call.Need("ClusterId"));
        foreach (var pool in inventory.All(ItemKind.NodePool).Where(pool => pool.Text("ClusterId") == cluster.Id).ToList())
        {
            inventory.Release(call, MachinesOf(pool));
            await inventory.DeleteAsync(call, pool, 12);
        }

        await inventory.DeleteAsync(call, cluster, 60);
        if (clusters.TryRemove(cluster.Id, out var running))
        {
            await running.DisposeAsync();
        }

        return new JsonObject { ["cluster_id"] = cluster.Id, ["task_id"] = NewTask("cluster_delete", cluster.Id, inventory.Now + inventory.Delay(30, 60, cluster.Id)) };
    }
}
