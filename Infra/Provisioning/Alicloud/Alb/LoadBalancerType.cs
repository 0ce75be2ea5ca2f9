using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Provisioning.Alicloud.Mapping;
using Orchestrator.Infra.Provisioning.Providers;

namespace Orchestrator.Infra.Provisioning.Alicloud.Alb;

/// <summary>Application load balancers: <c>CreateLoadBalancer</c>, <c>GetLoadBalancerAttribute</c>, <c>UpdateLoadBalancerAttribute</c>, <c>DeleteLoadBalancer</c>.</summary>
internal sealed class LoadBalancerType : CloudType
{
    private static readonly ApiOperation create = ApiOperation.Rpc(ApiProduct.Alb, "CreateLoadBalancer", ApiRepeat.WithToken);
    private static readonly ApiOperation get = ApiOperation.Rpc(ApiProduct.Alb, "GetLoadBalancerAttribute");
    private static readonly ApiOperation list = ApiOperation.Rpc(ApiProduct.Alb, "ListLoadBalancers");
    private static readonly ApiOperation update = ApiOperation.Rpc(ApiProduct.Alb, "UpdateLoadBalancerAttribute", ApiRepeat.WithToken);
    private static readonly ApiOperation delete = ApiOperation.Rpc(ApiProduct.Alb, "DeleteLoadBalancer", ApiRepeat.WithToken);

    public override string Token => "alicloud:alb/loadBalancer:LoadBalancer";

    public override FrozenSet<string> Inputs { get; } =
    [
        "loadBalancerName", "vpcId", "addressType", "loadBalancerEdition", "loadBalancerBillingConfig", "zoneMappings", "addressAllocatedMode", "addressIpVersion", "deletionProtectionEnabled", "resourceGroupId", "tags",
    ];

    public override FrozenSet<string> Changeable { get; } = ["loadBalancerName"];

    public override async Task<string> CreateAsync(CloudApi api, string name, JsonObject inputs, string token, CancellationToken cancellationToken)
    {
        var parameters = inputs.Take(
            ("loadBalancerName", "LoadBalancerName"), ("vpcId", "VpcId"), ("addressType", "AddressType"), ("loadBalancerEdition", "LoadBalancerEdition"), ("loadBalancerBillingConfig", "LoadBalancerBillingConfig"),
            ("zoneMappings", "ZoneMappings"), ("addressAllocatedMode", "AddressAllocatedMode"), ("addressIpVersion", "AddressIpVersion"), ("deletionProtectionEnabled", "DeletionProtectionEnabled"),
            ("resourceGroupId", "ResourceGroupId"));

        // The provider's word for it is not the API's.
        if (parameters["LoadBalancerBillingConfig"] is JsonObject billing && billing.Text("PayType") == "PayAsYouGo")
        {
            billing["PayType"] = "PostPay";
        }

        parameters["Tag"] = inputs.Tags(token);
        parameters["ClientToken"] = token;
        return CloudApi.Id(create, await api.CallAsync(create, parameters, cancellationToken), "LoadBalancerId");
    }

    public override async Task<string?> FindAsync(CloudApi api, string name, JsonObject inputs, string token, CancellationToken cancellationToken) =>
        InputReading.First((await api.CallAsync(list, new JsonObject { ["Tag"] = InputReading.TokenTag(token) }, cancellationToken))["LoadBalancers"])?.Text("LoadBalancerId");

    public override async Task<ProviderResource?> ReadAsync(CloudApi api, string id, CancellationToken cancellationToken)
    {
        var answer = await api.CallAsync(get, new JsonObject { ["LoadBalancerId"] = id }, cancellationToken);
        var status = answer.Text("LoadBalancerStatus");
        return new ProviderResource(
            id,
            status == "Active",
            answer.Show(
                ("LoadBalancerName", "loadBalancerName"), ("VpcId", "vpcId"), ("AddressType", "addressType"), ("LoadBalancerEdition", "loadBalancerEdition"), ("DNSName", "dnsName"), ("LoadBalancerStatus", "status"),
                ("RegionId", "regionId"), ("CreateTime", "createTime")),
            status == "CreateFailed" ? $"load balancer {id} could not be made" : null);
    }

    public override Task UpdateAsync(CloudApi api, string id, JsonObject before, JsonObject inputs, string token, CancellationToken cancellationToken) =>
        api.CallAsync(update, new JsonObject { ["LoadBalancerId"] = id, ["LoadBalancerName"] = inputs.Text("loadBalancerName"), ["ClientToken"] = token }, cancellationToken);

    public override Task DeleteAsync(CloudApi api, string id, JsonObject inputs, string token, CancellationToken cancellationToken) =>
        api.CallAsync(delete, new JsonObject { ["LoadBalancerId"] = id, ["ClientToken"] = token }, cancellationToken);
}
