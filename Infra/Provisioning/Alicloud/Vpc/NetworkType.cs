using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Provisioning.Alicloud.Mapping;
using Orchestrator.Infra.Provisioning.Providers;

namespace Orchestrator.Infra.Provisioning.Alicloud.Vpc;

/// <summary>Virtual private clouds: <c>CreateVpc</c>, <c>DescribeVpcAttribute</c>, <c>ModifyVpcAttribute</c>, <c>DeleteVpc</c>.</summary>
internal sealed class NetworkType : CloudType
{
    private static readonly ApiOperation create = ApiOperation.Rpc(ApiProduct.Vpc, "CreateVpc", ApiRepeat.WithToken);
    private static readonly ApiOperation describe = ApiOperation.Rpc(ApiProduct.Vpc, "DescribeVpcAttribute");
    private static readonly ApiOperation list = ApiOperation.Rpc(ApiProduct.Vpc, "DescribeVpcs");
    private static readonly ApiOperation modify = ApiOperation.Rpc(ApiProduct.Vpc, "ModifyVpcAttribute");
    private static readonly ApiOperation delete = ApiOperation.Rpc(ApiProduct.Vpc, "DeleteVpc");

    public override string Token => "alicloud:vpc/network:Network";

    public override FrozenSet<string> Inputs { get; } = ["vpcName", "name", "cidrBlock", "description", "resourceGroupId", "enableIpv6", "tags"];

    public override FrozenSet<string> Changeable { get; } = ["vpcName", "name", "cidrBlock", "description"];

    public override async Task<string> CreateAsync(CloudApi api, string name, JsonObject inputs, string token, CancellationToken cancellationToken)
    {
        var parameters = inputs.Take(
            ("vpcName", "VpcName"), ("name", "VpcName"), ("cidrBlock", "CidrBlock"), ("description", "Description"), ("resourceGroupId", "ResourceGroupId"), ("enableIpv6", "EnableIpv6"));
        parameters["Tag"] = inputs.Tags(token);
        parameters["ClientToken"] = token;
        return CloudApi.Id(create, await api.CallAsync(create, parameters, cancellationToken), "VpcId");
    }

    public override async Task<string?> FindAsync(CloudApi api, string name, JsonObject inputs, string token, CancellationToken cancellationToken) =>
        InputReading.First((await api.CallAsync(list, new JsonObject { ["Tag"] = InputReading.TokenTag(token) }, cancellationToken))["Vpcs"]?["Vpc"])?.Text("VpcId");

    public override async Task<ProviderResource?> ReadAsync(CloudApi api, string id, CancellationToken cancellationToken)
    {
        var answer = await api.CallAsync(describe, new JsonObject { ["VpcId"] = id }, cancellationToken);
        return answer.Text("VpcId") is null ? null : new ProviderResource(
            id,
            answer.Text("Status") == "Available",
            answer.Show(("VpcName", "vpcName"), ("CidrBlock", "cidrBlock"), ("Description", "description"), ("Status", "status"), ("VRouterId", "routerId"), ("RegionId", "regionId"), ("CreationTime", "createTime")));
    }

    public override Task UpdateAsync(CloudApi api, string id, JsonObject before, JsonObject inputs, string token, CancellationToken cancellationToken)
    {
        var parameters = inputs.Take(("vpcName", "VpcName"), ("name", "VpcName"), ("description", "Description"));
        if (InputReading.Differs(before, inputs, "cidrBlock"))
        {
            parameters["CidrBlock"] = inputs.Text("cidrBlock");
        }

        parameters["VpcId"] = id;
        return api.CallAsync(modify, parameters, cancellationToken);
    }

    public override Task DeleteAsync(CloudApi api, string id, JsonObject inputs, string token, CancellationToken cancellationToken) =>
        api.CallAsync(delete, new JsonObject { ["VpcId"] = id }, cancellationToken);
}
