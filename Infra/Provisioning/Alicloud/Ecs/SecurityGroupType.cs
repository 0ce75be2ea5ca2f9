using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Provisioning.Alicloud.Mapping;
using Orchestrator.Infra.Provisioning.Providers;

namespace Orchestrator.Infra.Provisioning.Alicloud.Ecs;

/// <summary>Security groups: <c>CreateSecurityGroup</c>, <c>DescribeSecurityGroupAttribute</c>, <c>ModifySecurityGroupAttribute</c>, <c>DeleteSecurityGroup</c>.</summary>
internal sealed class SecurityGroupType : CloudType
{
    private static readonly ApiOperation create = ApiOperation.Rpc(ApiProduct.Ecs, "CreateSecurityGroup", ApiRepeat.WithToken);
    private static readonly ApiOperation describe = ApiOperation.Rpc(ApiProduct.Ecs, "DescribeSecurityGroupAttribute");
    private static readonly ApiOperation list = ApiOperation.Rpc(ApiProduct.Ecs, "DescribeSecurityGroups");
    private static readonly ApiOperation modify = ApiOperation.Rpc(ApiProduct.Ecs, "ModifySecurityGroupAttribute");
    private static readonly ApiOperation delete = ApiOperation.Rpc(ApiProduct.Ecs, "DeleteSecurityGroup");

    public override string Token => "alicloud:ecs/securityGroup:SecurityGroup";

    public override FrozenSet<string> Inputs { get; } = ["securityGroupName", "name", "vpcId", "securityGroupType", "description", "resourceGroupId", "tags"];

    public override FrozenSet<string> Changeable { get; } = ["securityGroupName", "name", "description"];

    public override async Task<string> CreateAsync(CloudApi api, string name, JsonObject inputs, string token, CancellationToken cancellationToken)
    {
        var parameters = inputs.Take(
            ("securityGroupName", "SecurityGroupName"), ("name", "SecurityGroupName"), ("vpcId", "VpcId"), ("securityGroupType", "SecurityGroupType"), ("description", "Description"), ("resourceGroupId", "ResourceGroupId"));
        parameters["Tag"] = inputs.Tags(token);
        parameters["ClientToken"] = token;
        return CloudApi.Id(create, await api.CallAsync(create, parameters, cancellationToken), "SecurityGroupId");
    }

    public override async Task<string?> FindAsync(CloudApi api, string name, JsonObject inputs, string token, CancellationToken cancellationToken) =>
        InputReading.First((await api.CallAsync(list, new JsonObject { ["VpcId"] = inputs.Text("vpcId"), ["Tag"] = InputReading.TokenTag(token) }, cancellationToken))["SecurityGroups"]?["SecurityGroup"])?.Text("SecurityGroupId");

    public override async Task<ProviderResource?> ReadAsync(CloudApi api, string id, CancellationToken cancellationToken)
    {
        var answer = await api.CallAsync(describe, new JsonObject { ["SecurityGroupId"] = id }, cancellationToken);
        return new ProviderResource(
            id, Ready: true, answer.Show(("SecurityGroupName", "securityGroupName"), ("VpcId", "vpcId"), ("Description", "description"), ("InnerAccessPolicy", "innerAccessPolicy")));
    }

    public override Task UpdateAsync(CloudApi api, string id, JsonObject before, JsonObject inputs, string token, CancellationToken cancellationToken)
    {
        var parameters = inputs.Take(("securityGroupName", "SecurityGroupName"), ("name", "SecurityGroupName"), ("description", "Description"));
        parameters["SecurityGroupId"] = id;
        return api.CallAsync(modify, parameters, cancellationToken);
    }

    public override Task DeleteAsync(CloudApi api, string id, JsonObject inputs, string token, CancellationToken cancellationToken) =>
        api.CallAsync(delete, new JsonObject { ["SecurityGroupId"] = id }, cancellationToken);
}
