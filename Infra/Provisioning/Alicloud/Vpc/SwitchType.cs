using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Provisioning.Alicloud.Mapping;
using Orchestrator.Infra.Provisioning.Providers;

namespace Orchestrator.Infra.Provisioning.Alicloud.Vpc;

/// <summary>Switches of a network, each in one zone: <c>CreateVSwitch</c>, <c>DescribeVSwitchAttributes</c>, <c>ModifyVSwitchAttribute</c>, <c>DeleteVSwitch</c>.</summary>
internal sealed class SwitchType : CloudType
{
    private static readonly ApiOperation create = ApiOperation.Rpc(ApiProduct.Vpc, "CreateVSwitch", ApiRepeat.WithToken);
    private static readonly ApiOperation list = ApiOperation.Rpc(ApiProduct.Vpc, "DescribeVSwitches");
    private static readonly ApiOperation modify = ApiOperation.Rpc(ApiProduct.Vpc, "ModifyVSwitchAttribute");
    private static readonly ApiOperation delete = ApiOperation.Rpc(ApiProduct.Vpc, "DeleteVSwitch");

    public override string Token => "alicloud:vpc/switch:Switch";

    public override FrozenSet<string> Inputs { get; } = ["vpcId", "zoneId", "availabilityZone", "cidrBlock", "vswitchName", "name", "description", "tags"];

    public override FrozenSet<string> Changeable { get; } = ["vswitchName", "name", "description"];

    public override async Task<string> CreateAsync(CloudApi api, string name, JsonObject inputs, string token, CancellationToken cancellationToken)
    {
        var parameters = inputs.Take(
            ("vpcId", "VpcId"), ("zoneId", "ZoneId"), ("availabilityZone", "ZoneId"), ("cidrBlock", "CidrBlock"), ("vswitchName", "VSwitchName"), ("name", "VSwitchName"), ("description", "Description"));
        parameters["Tag"] = inputs.Tags(token);
        parameters["ClientToken"] = token;
        return CloudApi.Id(create, await api.CallAsync(create, parameters, cancellationToken), "VSwitchId");
    }

    public override async Task<string?> FindAsync(CloudApi api, string name, JsonObject inputs, string token, CancellationToken cancellationToken) =>
        InputReading.First((await api.CallAsync(list, new JsonObject { ["VpcId"] = inputs.Text("vpcId"), ["Tag"] = InputReading.TokenTag(token) }, cancellationToken))["VSwitches"]?["VSwitch"])?.Text("VSwitchId");

    public override async Task<ProviderResource?> ReadAsync(CloudApi api, string id, CancellationToken cancellationToken)
    {
        var answer = await VSwitches.ReadAsync(api, id, cancellationToken);
        return answer.Text("VSwitchId") is null ? null : new ProviderResource(
            id,
            answer.Text("Status") == "Available",
            answer.Show(
                ("VSwitchName", "vswitchName"), ("VpcId", "vpcId"), ("ZoneId", "zoneId"), ("CidrBlock", "cidrBlock"), ("Description", "description"), ("Status", "status"), ("CreationTime", "createTime")));
    }

    public override Task UpdateAsync(CloudApi api, string id, JsonObject before, JsonObject inputs, string token, CancellationToken cancellationToken)
    {
        var parameters = inputs.Take(("vswitchName", "VSwitchName"), ("name", "VSwitchName"), ("description", "Description"));
        parameters["VSwitchId"] = id;
        return api.CallAsync(modify, parameters, cancellationToken);
    }

    public override Task DeleteAsync(CloudApi api, string id, JsonObject inputs, string token, CancellationToken cancellationToken) =>
        api.CallAsync(delete, new JsonObject { ["VSwitchId"] = id }, cancellationToken);
}
