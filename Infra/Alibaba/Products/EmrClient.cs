using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Alibaba.Calling;

namespace Orchestrator.Infra.Alibaba.Products;

public sealed record EmrApplication(string ApplicationName);

public sealed record EmrNodeAttributes(string VpcId, string ZoneId, string SecurityGroupId)
{
    public string? RamRole { get; init; }

    public string? KeyPairName { get; init; }
}

/// <param name="NodeGroupType"><c>MASTER</c>, <c>CORE</c> or <c>TASK</c>.</param>
public sealed record EmrNodeGroupSpec(string NodeGroupType, string NodeGroupName, int NodeCount, ImmutableArray<string> InstanceTypes, ImmutableArray<string> VSwitchIds);

/// <param name="ClusterType">As <c>DATALAKE</c>.</param>
/// <param name="ReleaseVersion">As <c>EMR-5.16.0</c>.</param>
public sealed record CreateEmrClusterRequest(
    string ClusterName,
    string ClusterType,
    string ReleaseVersion,
    ImmutableArray<EmrApplication> Applications,
    EmrNodeAttributes NodeAttributes,
    ImmutableArray<EmrNodeGroupSpec> NodeGroups,
    string ClientToken)
{
    public string? DeployMode { get; init; }

    public string PaymentType { get; init; } = "PayAsYouGo";
}

/// <param name="ClusterState"><c>STARTING</c>, <c>RUNNING</c>, <c>TERMINATING</c>, <c>TERMINATED</c>, <c>START_FAILED</c> and others.</param>
public sealed record EmrClusterInfo(string ClusterId, string ClusterName, string ClusterState, string? ClusterType, string? ReleaseVersion);

/// <param name="NodeGroupState"><c>CREATING</c>, <c>CREATED</c>, <c>INCREASING</c>, <c>DECREASING</c> and others.</param>
public sealed record EmrNodeGroupInfo(string NodeGroupId, string NodeGroupName, string NodeGroupType, string NodeGroupState, int RunningNodeCount);

/// <param name="NodeId">The instance's id.</param>
/// <param name="NodeState"><c>Pending</c>, <c>Running</c>, <c>Terminated</c> and others.</param>
public sealed record EmrNodeInfo(string NodeId, string NodeName, string NodeGroupId, string NodeState);

/// <summary>E-MapReduce: big-data clusters and their groups of nodes.</summary>
public sealed class EmrClient(OpenApiClient client, string region) : ProductClient(client, region, sendsRegion: true)
{
    private static readonly ApiOperation create = ApiOperation.Rpc(ApiProduct.Emr, "CreateCluster", ApiRepeat.WithToken);
    private static readonly ApiOperation get = ApiOperation.Rpc(ApiProduct.Emr, "GetCluster");
    private static readonly ApiOperation list = ApiOperation.Rpc(ApiProduct.Emr, "ListClusters");
    private static readonly ApiOperation groups = ApiOperation.Rpc(ApiProduct.Emr, "ListNodeGroups");
    private static readonly ApiOperation nodes = ApiOperation.Rpc(ApiProduct.Emr, "ListNodes");
    private static readonly ApiOperation increase = ApiOperation.Rpc(ApiProduct.Emr, "IncreaseNodes", ApiRepeat.Never);
    private static readonly ApiOperation decrease = ApiOperation.Rpc(ApiProduct.Emr, "DecreaseNodes", ApiRepeat.Never);
    private static readonly ApiOperation decreaseNamed = ApiOperation.Rpc(ApiProduct.Emr, "DecreaseNodes");
    private static readonly ApiOperation delete = ApiOperation.Rpc(ApiProduct.Emr, "DeleteCluster");

    public async Task<string> CreateClusterAsync(CreateEmrClusterRequest request, CancellationToken cancellationToken) =>
        await NeedAsync(create, JsonSerializer.SerializeToNode(request, ProductJson.Default.CreateEmrClusterRequest)!.AsObject(), "ClusterId", cancellationToken);

    public async Task<EmrClusterInfo> GetClusterAsync(string cluster, CancellationToken cancellationToken) =>
        (await CallAsync(get, new JsonObject { ["ClusterId"] = cluster }, cancellationToken))["Cluster"].Deserialize(ProductJson.Default.EmrClusterInfo)!;

    public IAsyncEnumerable<EmrClusterInfo> ListClustersAsync(CancellationToken cancellationToken) =>
        PagesAsync(list, [], 100, answer => answer["Clusters"], ProductJson.Default.EmrClusterInfo, cancellationToken, byToken: true);

    public IAsyncEnumerable<EmrNodeGroupInfo> ListNodeGroupsAsync(string cluster, CancellationToken cancellationToken) =>
        PagesAsync(groups, new JsonObject { ["ClusterId"] = cluster }, 100, answer => answer["NodeGroups"], ProductJson.Default.EmrNodeGroupInfo, cancellationToken, byToken: true);

    public IAsyncEnumerable<EmrNodeInfo> ListNodesAsync(string cluster, string group, CancellationToken cancellationToken) =>
        PagesAsync(nodes, new JsonObject { ["ClusterId"] = cluster, ["NodeGroupIds"] = Texts([group]) }, 100, answer => answer["Nodes"], ProductJson.Default.EmrNodeInfo, cancellationToken, byToken: true);

    /// <exception cref="ApiException">With <see cref="ApiException.EffectUnknown"/> they may be on their way: read the group.</exception>
    public Task IncreaseNodesAsync(string cluster, string group, int count, CancellationToken cancellationToken) =>
        CallAsync(increase, new JsonObject { ["ClusterId"] = cluster, ["NodeGroupId"] = group, ["IncreaseNodeCount"] = count }, cancellationToken);

    /// <summary>Releases that many nodes of a group of type <c>TASK</c>; the cloud chooses which.</summary>
    /// <exception cref="ApiException">With <see cref="ApiException.EffectUnknown"/> they may be on their way: read the group.</exception>
    public Task DecreaseNodesAsync(string cluster, string group, int count, CancellationToken cancellationToken) =>
        CallAsync(decrease, new JsonObject { ["ClusterId"] = cluster, ["NodeGroupId"] = group, ["DecreaseNodeCount"] = count }, cancellationToken);

    /// <summary>Releases these nodes; a second call finds them gone.</summary>
    public Task DecreaseNodesAsync(string cluster, string group, IEnumerable<string> nodeIds, CancellationToken cancellationToken) =>
        CallAsync(decreaseNamed, new JsonObject { ["ClusterId"] = cluster, ["NodeGroupId"] = group, ["NodeIds"] = Texts(nodeIds) }, cancellationToken);

    public Task DeleteClusterAsync(string cluster, CancellationToken cancellationToken) => CallAsync(delete, new JsonObject { ["ClusterId"] = cluster }, cancellationToken);
}
