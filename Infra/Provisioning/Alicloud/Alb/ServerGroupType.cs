using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Provisioning.Alicloud.Mapping;
using Orchestrator.Infra.Provisioning.Providers;

namespace Orchestrator.Infra.Provisioning.Alicloud.Alb;

/// <summary>Server groups of load balancers: <c>CreateServerGroup</c>, <c>ListServerGroups</c>, <c>UpdateServerGroupAttribute</c>, <c>DeleteServerGroup</c>.</summary>
internal sealed class ServerGroupType : CloudType
{
    private static readonly ApiOperation create = ApiOperation.Rpc(ApiProduct.Alb, "CreateServerGroup", ApiRepeat.WithToken);
    private static readonly ApiOperation list = ApiOperation.Rpc(ApiProduct.Alb, "ListServerGroups");
    private static readonly ApiOperation update = ApiOperation.Rpc(ApiProduct.Alb, "UpdateServerGroupAttribute", ApiRepeat.WithToken);
    private static readonly ApiOperation delete = ApiOperation.Rpc(ApiProduct.Alb, "DeleteServerGroup", ApiRepeat.WithToken);

    public override string Token => "alicloud:alb/serverGroup:ServerGroup";

    public override FrozenSet<string> Inputs { get; } = ["serverGroupName", "serverGroupType", "vpcId", "protocol", "scheduler", "healthCheckConfig", "stickySessionConfig", "resourceGroupId", "tags"];

    public override FrozenSet<string> Changeable { get; } = ["serverGroupName", "scheduler", "healthCheckConfig", "stickySessionConfig"];

    public override async Task<string> CreateAsync(CloudApi api, string name, JsonObject inputs, string token, CancellationToken cancellationToken)
    {
        var parameters = inputs.Take(
            ("serverGroupName", "ServerGroupName"), ("serverGroupType", "ServerGroupType"), ("vpcId", "VpcId"), ("protocol", "Protocol"), ("scheduler", "Scheduler"), ("healthCheckConfig", "HealthCheckConfig"),
            ("stickySessionConfig", "StickySessionConfig"), ("resourceGroupId", "ResourceGroupId"));
        parameters["Tag"] = inputs.Tags(token);
        parameters["ClientToken"] = token;
        return CloudApi.Id(create, await api.CallAsync(create, parameters, cancellationToken), "ServerGroupId");
    }

    public override async Task<string?> FindAsync(CloudApi api, string name, JsonObject inputs, string token, CancellationToken cancellationToken) =>
        InputReading.First((await api.CallAsync(list, new JsonObject { ["Tag"] = InputReading.TokenTag(token) }, cancellationToken))["ServerGroups"])?.Text("ServerGroupId");

    public override async Task<ProviderResource?> ReadAsync(CloudApi api, string id, CancellationToken cancellationToken)
    {
        if (InputReading.First((await api.CallAsync(list, new JsonObject { ["ServerGroupIds"] = new JsonArray(id) }, cancellationToken))["ServerGroups"]) is not { } group)
        {
            return null;
        }

        var outputs = group.Show(
            ("ServerGroupName", "serverGroupName"), ("ServerGroupType", "serverGroupType"), ("VpcId", "vpcId"), ("Protocol", "protocol"), ("Scheduler", "scheduler"), ("ServerGroupStatus", "status"), ("CreateTime", "createTime"));
        outputs["healthCheckConfig"] = InputReading.Camel(group["HealthCheckConfig"]);
        return new ProviderResource(id, group.Text("ServerGroupStatus") == "Available", outputs);
    }

    public override Task UpdateAsync(CloudApi api, string id, JsonObject before, JsonObject inputs, string token, CancellationToken cancellationToken)
    {
        var parameters = inputs.Take(
            ("serverGroupName", "ServerGroupName"), ("scheduler", "Scheduler"), ("healthCheckConfig", "HealthCheckConfig"), ("stickySessionConfig", "StickySessionConfig"));
        parameters["ServerGroupId"] = id;
        parameters["ClientToken"] = token;
        return api.CallAsync(update, parameters, cancellationToken);
    }

    public override Task DeleteAsync(CloudApi api, string id, JsonObject inputs, string token, CancellationToken cancellationToken) =>
        api.CallAsync(delete, new JsonObject { ["ServerGroupId"] = id, ["ClientToken"] = token }, cancellationToken);
}
