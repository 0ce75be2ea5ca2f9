using System.Text.Json.Nodes;
using Orchestrator.Infra.Alibaba.Calling;

namespace Orchestrator.Infra.Provisioning.Alicloud.Mapping;

/// <summary>Reads switches: databases and clusters are told the network and zone of the switch that they are put in.</summary>
internal static class VSwitches
{
    private static readonly ApiOperation describe = ApiOperation.Rpc(ApiProduct.Vpc, "DescribeVSwitchAttributes");

    public static Task<JsonObject> ReadAsync(CloudApi api, string id, CancellationToken cancellationToken) =>
        api.CallAsync(describe, new JsonObject { ["VSwitchId"] = id }, cancellationToken);
}
