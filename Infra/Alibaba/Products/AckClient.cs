using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Orchestrator.Infra.Alibaba.Calling;

namespace Orchestrator.Infra.Alibaba.Products;

/// <param name="VpcId">The network; written <c>vpcid</c>.</param>
/// <param name="VswitchIds">Where its nodes and its control plane's addresses are.</param>
/// <param name="ServiceCidr">Must not overlap with the network.</param>
public sealed record CreateAckClusterRequest(string Name, string RegionId, [property: JsonPropertyName("vpcid")] string VpcId, ImmutableArray<string> VswitchIds, string ServiceCidr)
{
    public string ClusterType { get; init; } = "ManagedKubernetes";

    public string? ClusterSpec { get; init; }

    public string? KubernetesVersion { get; init; }

    /// <summary>Where pods get their addresses from, with the Terway plugin.</summary>
    public ImmutableArray<string>? PodVswitchIds { get; init; }

    public string? ContainerCidr { get; init; }

    public bool? SnatEntry { get; init; }

    public bool? EndpointPublicAccess { get; init; }
}

/// <param name="State"><c>initial</c>, <c>running</c>, <c>updating</c>, <c>scaling</c>, <c>deleting</c>, <c>failed</c> and others.</param>
public sealed record AckClusterInfo(string ClusterId, string Name, string State, string RegionId, string? ClusterType, string? CurrentVersion, string? VpcId, int? Size);

public sealed record AckNodePoolName(string Name, string? NodepoolId = null);

/// <param name="DesiredSize">Nodes.</param>
public sealed record AckScalingGroup(ImmutableArray<string> InstanceTypes, ImmutableArray<string> VswitchIds, int? DesiredSize)
{
    public string? SystemDiskCategory { get; init; }

    public int? SystemDiskSize { get; init; }

    public string? ScalingGroupId { get; init; }
}

public sealed record AckNodePoolSpec(AckNodePoolName NodepoolInfo, AckScalingGroup ScalingGroup);

/// <param name="State"><c>active</c>, <c>scaling</c>, <c>removing</c>, <c>deleting</c>, <c>updating</c>.</param>
public sealed record AckNodePoolStatus(string State, int TotalNodes, int HealthyNodes, int ServingNodes, int FailedNodes);

public sealed record AckNodePoolInfo(AckNodePoolName NodepoolInfo, AckScalingGroup? ScalingGroup, AckNodePoolStatus Status);

/// <param name="State"><c>running</c>, <c>pending</c>, <c>removing</c> and others.</param>
/// <param name="NodeName">In Kubernetes.</param>
public sealed record AckNodeInfo(string InstanceId, string NodeName, string State, string? NodeStatus, string? InstanceType, string? NodepoolId);

/// <param name="State"><c>running</c>, <c>success</c> or <c>failed</c>.</param>
public sealed record AckTaskInfo(string TaskId, string State, string? TaskType);

/// <summary>Container Service for Kubernetes. Its actions know no client token: a creation whose answer is lost must be looked for by name.</summary>
public sealed class AckClient(OpenApiClient client, string region) : ProductClient(client, region, sendsRegion: false)
{
    private const string ClusterPath = "/clusters/{ClusterId}";
    private const string PoolPath = ClusterPath + "/nodepools/{NodepoolId}";

    private static readonly ApiOperation create = ApiOperation.Roa(ApiProduct.Cs, "CreateCluster", HttpMethod.Post, "/clusters", ApiRepeat.Never);
    private static readonly ApiOperation describe = ApiOperation.Roa(ApiProduct.Cs, "DescribeClusterDetail", HttpMethod.Get, ClusterPath);
    private static readonly ApiOperation list = ApiOperation.Roa(ApiProduct.Cs, "DescribeClustersV1", HttpMethod.Get, "/api/v1/clusters");
    private static readonly ApiOperation kubeconfig = ApiOperation.Roa(ApiProduct.Cs, "DescribeClusterUserKubeconfig", HttpMethod.Get, "/k8s/{ClusterId}/user_config");
    private static readonly ApiOperation delete = ApiOperation.Roa(ApiProduct.Cs, "DeleteCluster", HttpMethod.Delete, ClusterPath);
    private static readonly ApiOperation createPool = ApiOperation.Roa(ApiProduct.Cs, "CreateClusterNodePool", HttpMethod.Post, ClusterPath + "/nodepools", ApiRepeat.Never);
    private static readonly ApiOperation describePool = ApiOperation.Roa(ApiProduct.Cs, "DescribeClusterNodePoolDetail", HttpMethod.Get, PoolPath);
    private static readonly ApiOperation listPools = ApiOperation.Roa(ApiProduct.Cs, "DescribeClusterNodePools", HttpMethod.Get, ClusterPath + "/nodepools");
    private static readonly ApiOperation modifyPool = ApiOperation.Roa(ApiProduct.Cs, "ModifyClusterNodePool", HttpMethod.Put, PoolPath);
    private static readonly ApiOperation scalePool = ApiOperation.Roa(ApiProduct.Cs, "ScaleClusterNodePool", HttpMethod.Post, PoolPath, ApiRepeat.Never);
    private static readonly ApiOperation removeNodes = ApiOperation.Roa(ApiProduct.Cs, "RemoveNodePoolNodes", HttpMethod.Delete, PoolPath + "/nodes");
    private static readonly ApiOperation nodes = ApiOperation.Roa(ApiProduct.Cs, "DescribeClusterNodes", HttpMethod.Get, ClusterPath + "/nodes");
    private static readonly ApiOperation deletePool = ApiOperation.Roa(ApiProduct.Cs, "DeleteClusterNodepool", HttpMethod.Delete, PoolPath);
    private static readonly ApiOperation task = ApiOperation.Roa(ApiProduct.Cs, "DescribeTaskInfo", HttpMethod.Get, "/tasks/{TaskId}");

    /// <returns>Its id.</returns>
    /// <exception cref="ApiException">With <see cref="ApiException.EffectUnknown"/> the cluster may be there: look for its name.</exception>
    public async Task<string> CreateClusterAsync(CreateAckClusterRequest request, CancellationToken cancellationToken) =>
        await NeedAsync(Of(create) with { Body = JsonSerializer.SerializeToNode(request, AckJson.Default.CreateAckClusterRequest)!.AsObject() }, "cluster_id", cancellationToken);

    public async Task<AckClusterInfo> DescribeClusterAsync(string cluster, CancellationToken cancellationToken) =>
        (await CallAsync(Of(describe, cluster), cancellationToken)).Deserialize(AckJson.Default.AckClusterInfo)!;

    /// <param name="name">Null: all of the account, in every region.</param>
    public async IAsyncEnumerable<AckClusterInfo> ListClustersAsync(string? name, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        const int Size = 50;
        for (var page = 1; ; page++)
        {
            var answer = await CallAsync(Of(list) with { Parameters = new JsonObject { ["name"] = name, ["page_number"] = page, ["page_size"] = Size } }, cancellationToken);
            var found = answer["clusters"] as JsonArray ?? [];
            foreach (var one in found)
            {
                yield return one.Deserialize(AckJson.Default.AckClusterInfo)!;
            }

            if (found.Count < Size)
            {
                yield break;
            }
        }
    }

    /// <summary>A kubeconfig for the cluster's API server.</summary>
    /// <param name="privateAddress">By its address within the network.</param>
    public async Task<string> DescribeKubeconfigAsync(string cluster, bool privateAddress, CancellationToken cancellationToken) =>
        await NeedAsync(Of(kubeconfig, cluster) with { Parameters = new JsonObject { ["PrivateIpAddress"] = privateAddress } }, "config", cancellationToken);

    public Task DeleteClusterAsync(string cluster, CancellationToken cancellationToken) => CallAsync(Of(delete, cluster), cancellationToken);

    public async Task<string> CreateNodePoolAsync(string cluster, AckNodePoolSpec pool, CancellationToken cancellationToken) =>
        await NeedAsync(Of(createPool, cluster) with { Body = JsonSerializer.SerializeToNode(pool, AckJson.Default.AckNodePoolSpec)!.AsObject() }, "nodepool_id", cancellationToken);

    public async Task<AckNodePoolInfo> DescribeNodePoolAsync(string cluster, string pool, CancellationToken cancellationToken) =>
        (await CallAsync(Of(describePool, cluster, pool), cancellationToken)).Deserialize(AckJson.Default.AckNodePoolInfo)!;

    public async Task<ImmutableArray<AckNodePoolInfo>> ListNodePoolsAsync(string cluster, CancellationToken cancellationToken) =>
        [.. (await CallAsync(Of(listPools, cluster), cancellationToken))["nodepools"]?.AsArray().Select(one => one.Deserialize(AckJson.Default.AckNodePoolInfo)!) ?? []];

    /// <summary>Sets the number of nodes wanted, up or down; the cloud chooses which nodes leave.</summary>
    public Task ResizeNodePoolAsync(string cluster, string pool, int desired, CancellationToken cancellationToken) =>
        CallAsync(Of(modifyPool, cluster, pool) with { Body = new JsonObject { ["scaling_group"] = new JsonObject { ["desired_size"] = desired } } }, cancellationToken);

    /// <summary>Adds nodes.</summary>
    /// <returns>The id of the task.</returns>
    /// <exception cref="ApiException">With <see cref="ApiException.EffectUnknown"/> they may be on their way: read the pool.</exception>
    public async Task<string?> ScaleNodePoolAsync(string cluster, string pool, int count, CancellationToken cancellationToken) =>
        (await CallAsync(Of(scalePool, cluster, pool) with { Body = new JsonObject { ["count"] = count } }, cancellationToken)).Find("task_id");

    /// <summary>Takes nodes out of the pool; the number wanted falls with them.</summary>
    /// <param name="names">Names in Kubernetes.</param>
    /// <param name="release">Their instances too.</param>
    public async Task<string?> RemoveNodesAsync(string cluster, string pool, IEnumerable<string> names, bool release, bool drain, CancellationToken cancellationToken) =>
        (await CallAsync(
            Of(removeNodes, cluster, pool) with { Parameters = new JsonObject { ["drain_node"] = drain, ["nodes"] = Texts(names).ToJsonString(), ["release_node"] = release } },
            cancellationToken)).Find("task_id");

    /// <param name="pool">Null: of all pools.</param>
    public async IAsyncEnumerable<AckNodeInfo> ListNodesAsync(string cluster, string? pool, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        const int Size = 100;
        for (var page = 1; ; page++)
        {
            var answer = await CallAsync(Of(nodes, cluster) with { Parameters = new JsonObject { ["nodepool_id"] = pool, ["pageNumber"] = page, ["pageSize"] = Size } }, cancellationToken);
            var found = answer["nodes"] as JsonArray ?? [];
            foreach (var one in found)
            {
                yield return one.Deserialize(AckJson.Default.AckNodeInfo)!;
            }

            if (found.Count < Size)
            {
                yield break;
            }
        }
    }

    public Task DeleteNodePoolAsync(string cluster, string pool, bool force, CancellationToken cancellationToken) =>
        CallAsync(Of(deletePool, cluster, pool) with { Parameters = new JsonObject { ["force"] = force } }, cancellationToken);

    public async Task<AckTaskInfo> DescribeTaskAsync(string id, CancellationToken cancellationToken) =>
        (await CallAsync(new ApiRequest(task, Region, []) { PathValues = ImmutableDictionary<string, string>.Empty.Add("TaskId", id) }, cancellationToken)).Deserialize(AckJson.Default.AckTaskInfo)!;

    private ApiRequest Of(ApiOperation operation, string? cluster = null, string? pool = null)
    {
        var values = ImmutableDictionary<string, string>.Empty;
        values = cluster is null ? values : values.Add("ClusterId", cluster);
        return new ApiRequest(operation, Region, []) { PathValues = pool is null ? values : values.Add("NodepoolId", pool) };
    }
}
