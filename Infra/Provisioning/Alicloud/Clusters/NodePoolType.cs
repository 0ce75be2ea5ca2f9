using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Provisioning.Alicloud.Mapping;
using Orchestrator.Infra.Provisioning.Providers;

namespace Orchestrator.Infra.Provisioning.Alicloud.Clusters;

/// <summary>
/// Node pools of ACK: <c>CreateClusterNodePool</c>, <c>DescribeClusterNodePoolDetail</c>, <c>ModifyClusterNodePool</c>, <c>DeleteClusterNodepool</c>. An id is the provider's,
/// <c>cluster:pool</c>. No client token: a lost creation is found by the pool's name in its cluster.
/// </summary>
internal sealed class NodePoolType : CloudType
{
    private const string PoolPath = "/clusters/{ClusterId}/nodepools/{NodepoolId}";

    private static readonly ApiOperation create = ApiOperation.Roa(ApiProduct.Cs, "CreateClusterNodePool", HttpMethod.Post, "/clusters/{ClusterId}/nodepools", ApiRepeat.Never);
    private static readonly ApiOperation describe = ApiOperation.Roa(ApiProduct.Cs, "DescribeClusterNodePoolDetail", HttpMethod.Get, PoolPath);
    private static readonly ApiOperation list = ApiOperation.Roa(ApiProduct.Cs, "DescribeClusterNodePools", HttpMethod.Get, "/clusters/{ClusterId}/nodepools");
    private static readonly ApiOperation modify = ApiOperation.Roa(ApiProduct.Cs, "ModifyClusterNodePool", HttpMethod.Put, PoolPath);
    private static readonly ApiOperation delete = ApiOperation.Roa(ApiProduct.Cs, "DeleteClusterNodepool", HttpMethod.Delete, PoolPath);

    public override string Token => "alicloud:cs/nodePool:NodePool";

    public override FrozenSet<string> Inputs { get; } =
    [
        "clusterId", "nodePoolName", "name", "vswitchIds", "instanceTypes", "desiredSize", "imageId", "imageType", "keyName", "multiAzPolicy", "securityGroupIds", "systemDiskCategory", "systemDiskSize",
        "labels", "taints", "runtimeName", "runtimeVersion", "userData",
    ];

    public override FrozenSet<string> Changeable { get; } = ["desiredSize", "instanceTypes", "labels", "taints"];

    public override async Task<string> CreateAsync(CloudApi api, string name, JsonObject inputs, string token, CancellationToken cancellationToken)
    {
        var cluster = inputs.Need("clusterId");
        var group = inputs.Take(
            ("vswitchIds", "vswitch_ids"), ("instanceTypes", "instance_types"), ("imageId", "image_id"), ("imageType", "image_type"), ("keyName", "key_pair"), ("multiAzPolicy", "multi_az_policy"),
            ("securityGroupIds", "security_group_ids"), ("systemDiskCategory", "system_disk_category"), ("systemDiskSize", "system_disk_size"));
        group["desired_size"] = inputs.Number("desiredSize") ?? 0;
        var body = new JsonObject { ["nodepool_info"] = new JsonObject { ["name"] = Name(name, inputs) }, ["scaling_group"] = group, ["kubernetes_config"] = Kubernetes(inputs) };
        return $"{cluster}:{CloudApi.Id(create, await api.CallAsync(create, [("ClusterId", cluster)], [], body, cancellationToken), "nodepool_id")}";
    }

    public override async Task<string?> FindAsync(CloudApi api, string name, JsonObject inputs, string token, CancellationToken cancellationToken)
    {
        var cluster = inputs.Need("clusterId");
        var answer = await api.CallAsync(list, [("ClusterId", cluster)], [], null, cancellationToken);
        return answer.Maps("nodepools").Select(pool => pool["nodepool_info"] as JsonObject).FirstOrDefault(pool => pool?.Text("name") == Name(name, inputs))?.Text("nodepool_id") is { } id ? $"{cluster}:{id}" : null;
    }

    public override async Task<ProviderResource?> ReadAsync(CloudApi api, string id, CancellationToken cancellationToken)
    {
        var (cluster, pool) = Split(id);
        var answer = await api.CallAsync(describe, [("ClusterId", cluster), ("NodepoolId", pool)], [], null, cancellationToken);
        var status = answer["status"] as JsonObject ?? [];
        var group = answer["scaling_group"] as JsonObject ?? [];
        var outputs = group.Show(("instance_types", "instanceTypes"), ("vswitch_ids", "vswitchIds"), ("scaling_group_id", "scalingGroupId"));
        outputs["clusterId"] = cluster;
        outputs["nodePoolId"] = pool;
        outputs["nodePoolName"] = (answer["nodepool_info"] as JsonObject)?.Text("name");
        outputs["desiredSize"] = group.Text("desired_size");
        return new ProviderResource(id, status.Text("state") == "active" && (status.Number("healthy_nodes") ?? 0) >= (group.Number("desired_size") ?? 0), outputs);
    }

    public override async Task UpdateAsync(CloudApi api, string id, JsonObject before, JsonObject inputs, string token, CancellationToken cancellationToken)
    {
        var (cluster, pool) = Split(id);
        var group = inputs.Take(("instanceTypes", "instance_types"));
        if (inputs.Number("desiredSize") is { } desired)
        {
            group["desired_size"] = desired;
        }

        await api.CallAsync(modify, [("ClusterId", cluster), ("NodepoolId", pool)], [], new JsonObject { ["scaling_group"] = group, ["kubernetes_config"] = Kubernetes(inputs) }, cancellationToken);
    }

    public override Task DeleteAsync(CloudApi api, string id, JsonObject inputs, string token, CancellationToken cancellationToken)
    {
        var (cluster, pool) = Split(id);
        return api.CallAsync(delete, [("ClusterId", cluster), ("NodepoolId", pool)], new JsonObject { ["force"] = true }, null, cancellationToken);
    }

    private static JsonObject Kubernetes(JsonObject inputs)
    {
        var configuration = new JsonObject();
        foreach (var (input, field) in new[] { ("labels", "labels"), ("taints", "taints"), ("runtimeName", "runtime"), ("runtimeVersion", "runtime_version") })
        {
            if (inputs[input] is { } value)
            {
                configuration[field] = value.DeepClone();
            }
        }

        if (inputs.Text("userData") is { } data)
        {
            configuration["user_data"] = InputReading.Base64(data);
        }

        return configuration;
    }

    private static string Name(string name, JsonObject inputs) => inputs.Text("nodePoolName") ?? inputs.Text("name") ?? name;

    private static (string Cluster, string Pool) Split(string id) => id.Split(':') is [var cluster, var pool]
        ? (cluster, pool)
        : throw new ProviderException("id", $"'{id}' is no node pool: it reads cluster:pool", retryable: false);
}
