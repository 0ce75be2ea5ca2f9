using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Provisioning.Alicloud.Mapping;
using Orchestrator.Infra.Provisioning.Providers;

namespace Orchestrator.Infra.Provisioning.Alicloud.Clusters;

/// <summary>Big-data clusters (EMR): <c>CreateCluster</c>, <c>GetCluster</c>, <c>IncreaseNodes</c>, <c>DecreaseNodes</c>, <c>DeleteCluster</c>. In place only the groups' numbers of nodes change.</summary>
internal sealed class BigDataClusterType : CloudType
{
    private static readonly ApiOperation create = ApiOperation.Rpc(ApiProduct.Emr, "CreateCluster", ApiRepeat.WithToken);
    private static readonly ApiOperation get = ApiOperation.Rpc(ApiProduct.Emr, "GetCluster");
    private static readonly ApiOperation list = ApiOperation.Rpc(ApiProduct.Emr, "ListClusters");
    private static readonly ApiOperation listGroups = ApiOperation.Rpc(ApiProduct.Emr, "ListNodeGroups");
    private static readonly ApiOperation listNodes = ApiOperation.Rpc(ApiProduct.Emr, "ListNodes");
    private static readonly ApiOperation increase = ApiOperation.Rpc(ApiProduct.Emr, "IncreaseNodes", ApiRepeat.Never);
    private static readonly ApiOperation decrease = ApiOperation.Rpc(ApiProduct.Emr, "DecreaseNodes", ApiRepeat.Never);
    private static readonly ApiOperation delete = ApiOperation.Rpc(ApiProduct.Emr, "DeleteCluster");

    public override string Token => "alicloud:emrv2/cluster:Cluster";

    public override FrozenSet<string> Inputs { get; } =
        ["clusterName", "clusterType", "releaseVersion", "applications", "nodeAttributes", "nodeGroups", "paymentType", "deployMode", "securityMode", "resourceGroupId", "tags"];

    public override FrozenSet<string> Changeable { get; } = ["nodeGroups"];

    public override async Task<string> CreateAsync(CloudApi api, string name, JsonObject inputs, string token, CancellationToken cancellationToken)
    {
        var parameters = inputs.Take(
            ("clusterName", "ClusterName"), ("clusterType", "ClusterType"), ("releaseVersion", "ReleaseVersion"), ("nodeGroups", "NodeGroups"), ("paymentType", "PaymentType"), ("deployMode", "DeployMode"),
            ("securityMode", "SecurityMode"), ("resourceGroupId", "ResourceGroupId"));
        parameters["Applications"] = new JsonArray([.. inputs.Texts("applications").Select(application => new JsonObject { ["ApplicationName"] = application })]);

        // A list of one in the provider, a map in the API.
        parameters["NodeAttributes"] = InputReading.Pascal(inputs.Maps("nodeAttributes") is [var attributes, ..] ? attributes : throw new InputException("nodeAttributes", "is needed"));
        parameters["Tags"] = inputs.Tags(token);
        parameters["ClientToken"] = token;
        return CloudApi.Id(create, await api.CallAsync(create, parameters, cancellationToken), "ClusterId");
    }

    public override async Task<string?> FindAsync(CloudApi api, string name, JsonObject inputs, string token, CancellationToken cancellationToken) =>
        InputReading.First((await api.CallAsync(list, new JsonObject { ["ClusterName"] = inputs.Need("clusterName"), ["Tags"] = InputReading.TokenTag(token) }, cancellationToken))["Clusters"])?.Text("ClusterId");

    public override async Task<ProviderResource?> ReadAsync(CloudApi api, string id, CancellationToken cancellationToken)
    {
        if ((await api.CallAsync(get, new JsonObject { ["ClusterId"] = id }, cancellationToken))["Cluster"] is not JsonObject cluster || cluster.Text("ClusterState") == "TERMINATED")
        {
            return null;
        }

        var state = cluster.Text("ClusterState");
        var settled = state == "RUNNING" && (await GroupsAsync(api, id, cancellationToken)).All(group => group.Text("NodeGroupState") is not ("CREATING" or "INCREASING" or "DECREASING"));
        return new ProviderResource(
            id,
            settled,
            cluster.Show(("ClusterName", "clusterName"), ("ClusterType", "clusterType"), ("ReleaseVersion", "releaseVersion"), ("DeployMode", "deployMode"), ("PaymentType", "paymentType")),
            state is "START_FAILED" or "TERMINATED_WITH_ERRORS" ? $"cluster {id} is {state}" : null);
    }

    public override async Task UpdateAsync(CloudApi api, string id, JsonObject before, JsonObject inputs, string token, CancellationToken cancellationToken)
    {
        if (!JsonNode.DeepEquals(WithoutCounts(before), WithoutCounts(inputs)))
        {
            throw new InputException("nodeGroups", "differ in more than their numbers of nodes, which the embedded engine does not change in place");
        }

        var groups = (await GroupsAsync(api, id, cancellationToken)).ToDictionary(group => group.Text("NodeGroupName") ?? "");
        foreach (var wanted in inputs.Maps("nodeGroups"))
        {
            var name = wanted.Need("nodeGroupName");
            var group = groups.GetValueOrDefault(name)?.Text("NodeGroupId") ?? throw new InputException("nodeGroups", $"has {name}, which cluster {id} has not");

            // What is on its way counts: a second attempt must not ask for it again.
            var present = await CountAsync(api, id, group, cancellationToken);
            var change = (wanted.Number("nodeCount") ?? 0) - present;
            if (change != 0)
            {
                await api.CallAsync(
                    change > 0 ? increase : decrease,
                    new JsonObject { ["ClusterId"] = id, ["NodeGroupId"] = group, [change > 0 ? "IncreaseNodeCount" : "DecreaseNodeCount"] = Math.Abs(change) },
                    cancellationToken);
            }
        }
    }

    public override Task DeleteAsync(CloudApi api, string id, JsonObject inputs, string token, CancellationToken cancellationToken) =>
        api.CallAsync(delete, new JsonObject { ["ClusterId"] = id }, cancellationToken);

    private static async Task<IReadOnlyList<JsonObject>> GroupsAsync(CloudApi api, string id, CancellationToken cancellationToken) =>
        (await api.CallAsync(listGroups, new JsonObject { ["ClusterId"] = id, ["MaxResults"] = 100 }, cancellationToken)).Maps("NodeGroups");

    private static async Task<int> CountAsync(CloudApi api, string id, string group, CancellationToken cancellationToken)
    {
        var count = 0;
        string? next = null;
        do
        {
            var answer = await api.CallAsync(
                listNodes, new JsonObject { ["ClusterId"] = id, ["NodeGroupIds"] = new JsonArray(group), ["MaxResults"] = 100, ["NextToken"] = next }, cancellationToken);
            count += answer.Maps("Nodes").Count(node => node.Text("NodeState") is not ("Terminated" or "Terminating" or "terminated"));
            next = answer.Text("NextToken");
        }
        while (next is not null);

        return count;
    }

    private static JsonArray WithoutCounts(JsonObject inputs) => new([.. inputs.Maps("nodeGroups").Select(group =>
    {
        var other = group.DeepClone().AsObject();
        other.Remove("nodeCount");
        return other;
    })]);
}
