using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Provisioning.Alicloud.Mapping;
using Orchestrator.Infra.Provisioning.Providers;

namespace Orchestrator.Infra.Provisioning.Alicloud.Clusters;

/// <summary>Kubernetes clusters (ACK): <c>CreateCluster</c>, <c>DescribeClusterDetail</c>, <c>DeleteCluster</c>. No client token: a lost creation is found by its tag.</summary>
internal sealed class ManagedKubernetesType : CloudType
{
    private static readonly ApiOperation create = ApiOperation.Roa(ApiProduct.Cs, "CreateCluster", HttpMethod.Post, "/clusters", ApiRepeat.Never);
    private static readonly ApiOperation describe = ApiOperation.Roa(ApiProduct.Cs, "DescribeClusterDetail", HttpMethod.Get, "/clusters/{ClusterId}");
    private static readonly ApiOperation list = ApiOperation.Roa(ApiProduct.Cs, "DescribeClustersV1", HttpMethod.Get, "/api/v1/clusters");
    private static readonly ApiOperation delete = ApiOperation.Roa(ApiProduct.Cs, "DeleteCluster", HttpMethod.Delete, "/clusters/{ClusterId}");

    public override string Token => "alicloud:cs/managedKubernetes:ManagedKubernetes";

    public override FrozenSet<string> Inputs { get; } =
    [
        "name", "clusterSpec", "version", "vswitchIds", "workerVswitchIds", "podVswitchIds", "podCidr", "serviceCidr", "newNatGateway", "slbInternetEnabled", "proxyMode", "deletionProtection", "securityGroupId",
        "isEnterpriseSecurityGroup", "nodeCidrMask", "resourceGroupId", "timezone", "clusterDomain", "tags",
    ];

    public override async Task<string> CreateAsync(CloudApi api, string name, JsonObject inputs, string token, CancellationToken cancellationToken)
    {
        var body = inputs.Take(
            ("vswitchIds", "vswitch_ids"), ("workerVswitchIds", "vswitch_ids"), ("clusterSpec", "cluster_spec"), ("version", "kubernetes_version"), ("podVswitchIds", "pod_vswitch_ids"), ("podCidr", "container_cidr"),
            ("serviceCidr", "service_cidr"), ("newNatGateway", "snat_entry"), ("slbInternetEnabled", "endpoint_public_access"), ("proxyMode", "proxy_mode"), ("deletionProtection", "deletion_protection"),
            ("securityGroupId", "security_group_id"), ("isEnterpriseSecurityGroup", "is_enterprise_security_group"), ("resourceGroupId", "resource_group_id"), ("timezone", "timezone"), ("clusterDomain", "cluster_domain"));
        if (inputs.Number("nodeCidrMask") is { } mask)
        {
            body["node_cidr_mask"] = mask.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        var vswitch = (body["vswitch_ids"] as JsonArray)?.FirstOrDefault()?.ToString() ?? throw new InputException("vswitchIds", "is needed");
        body["vpcid"] = (await VSwitches.ReadAsync(api, vswitch, cancellationToken)).Text("VpcId");
        body["name"] = Name(name, inputs);
        body["region_id"] = api.Region;
        body["cluster_type"] = "ManagedKubernetes";
        body["tags"] = inputs.Tags(token, "key", "value");
        return CloudApi.Id(create, await api.CallAsync(create, [], [], body, cancellationToken), "cluster_id");
    }

    public override async Task<string?> FindAsync(CloudApi api, string name, JsonObject inputs, string token, CancellationToken cancellationToken)
    {
        var answer = await api.CallAsync(list, [], new JsonObject { ["name"] = Name(name, inputs), ["page_size"] = 50 }, null, cancellationToken);
        return answer.Maps("clusters").FirstOrDefault(one => one.Maps("tags").Any(tag => tag.Text("key") == CloudApi.TokenTag && tag.Text("value") == token))?.Text("cluster_id");
    }

    public override async Task<ProviderResource?> ReadAsync(CloudApi api, string id, CancellationToken cancellationToken)
    {
        var cluster = await api.CallAsync(describe, [("ClusterId", id)], [], null, cancellationToken);
        var state = cluster.Text("state");
        var outputs = cluster.Show(("name", "name"), ("current_version", "version"), ("vpc_id", "vpcId"), ("cluster_spec", "clusterSpec"));
        if (cluster.Text("master_url") is { } text && JsonNode.Parse(text) is JsonObject addresses)
        {
            outputs["connections"] = addresses.Show(("api_server_endpoint", "apiServerInternet"), ("intranet_api_server_endpoint", "apiServerIntranet"));
        }

        return state == "deleted" ? null : new ProviderResource(id, state == "running", outputs, state == "failed" ? $"cluster {id} could not be made" : null);
    }

    public override Task DeleteAsync(CloudApi api, string id, JsonObject inputs, string token, CancellationToken cancellationToken) =>
        api.CallAsync(delete, [("ClusterId", id)], [], null, cancellationToken);

    private static string Name(string name, JsonObject inputs) => inputs.Text("name") ?? name;
}
