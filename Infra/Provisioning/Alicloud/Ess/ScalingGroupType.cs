using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Provisioning.Alicloud.Mapping;
using Orchestrator.Infra.Provisioning.Providers;

namespace Orchestrator.Infra.Provisioning.Alicloud.Ess;

/// <summary>Scaling groups: <c>CreateScalingGroup</c>, <c>ModifyScalingGroup</c>, <c>Attach-</c> and <c>DetachAlbServerGroups</c>, <c>DeleteScalingGroup</c>.</summary>
internal sealed class ScalingGroupType : CloudType
{
    private static readonly ApiOperation create = ApiOperation.Rpc(ApiProduct.Ess, "CreateScalingGroup", ApiRepeat.WithToken);
    private static readonly ApiOperation modify = ApiOperation.Rpc(ApiProduct.Ess, "ModifyScalingGroup");
    private static readonly ApiOperation attach = ApiOperation.Rpc(ApiProduct.Ess, "AttachAlbServerGroups", ApiRepeat.WithToken);
    private static readonly ApiOperation detach = ApiOperation.Rpc(ApiProduct.Ess, "DetachAlbServerGroups", ApiRepeat.WithToken);

    public override string Token => "alicloud:ess/scalingGroup:ScalingGroup";

    public override FrozenSet<string> Inputs { get; } =
    [
        "scalingGroupName", "minSize", "maxSize", "desiredCapacity", "defaultCooldown", "vswitchIds", "vswitchId", "multiAzPolicy", "removalPolicies", "albServerGroups", "healthCheckType", "scalingPolicy",
        "resourceGroupId", "tags",
    ];

    public override FrozenSet<string> Changeable { get; } =
        ["scalingGroupName", "minSize", "maxSize", "desiredCapacity", "defaultCooldown", "vswitchIds", "removalPolicies", "albServerGroups", "healthCheckType", "scalingPolicy"];

    public override async Task<string> CreateAsync(CloudApi api, string name, JsonObject inputs, string token, CancellationToken cancellationToken)
    {
        var parameters = inputs.Take(
            ("scalingGroupName", "ScalingGroupName"), ("minSize", "MinSize"), ("maxSize", "MaxSize"), ("desiredCapacity", "DesiredCapacity"), ("defaultCooldown", "DefaultCooldown"), ("vswitchIds", "VSwitchIds"),
            ("vswitchId", "VSwitchId"), ("multiAzPolicy", "MultiAZPolicy"), ("removalPolicies", "RemovalPolicies"), ("albServerGroups", "AlbServerGroups"), ("healthCheckType", "HealthCheckType"),
            ("scalingPolicy", "ScalingPolicy"), ("resourceGroupId", "ResourceGroupId"));
        parameters["Tags"] = inputs.Tags(token);
        parameters["ClientToken"] = token;
        return CloudApi.Id(create, await api.CallAsync(create, parameters, cancellationToken), "ScalingGroupId");
    }

    public override Task<string?> FindAsync(CloudApi api, string name, JsonObject inputs, string token, CancellationToken cancellationToken) => ScalingGroups.FindByTokenAsync(api, token, cancellationToken);

    public override async Task<ProviderResource?> ReadAsync(CloudApi api, string id, CancellationToken cancellationToken) =>
        await ScalingGroups.FindAsync(api, id, cancellationToken) is not { } group ? null : new ProviderResource(
            id,
            ScalingGroups.Settled(group),
            group.Show(
                ("ScalingGroupName", "scalingGroupName"), ("MinSize", "minSize"), ("MaxSize", "maxSize"), ("DesiredCapacity", "desiredCapacity"), ("DefaultCooldown", "defaultCooldown"), ("VSwitchIds", "vswitchIds"),
                ("MultiAZPolicy", "multiAzPolicy"), ("RemovalPolicies", "removalPolicies")))
        {
            Obstacle = await ScalingGroups.ObstacleAsync(api, group, cancellationToken),
        };

    public override async Task UpdateAsync(CloudApi api, string id, JsonObject before, JsonObject inputs, string token, CancellationToken cancellationToken)
    {
        await LinkAsync(api, id, Links(before), Links(inputs), token, cancellationToken);
        var parameters = inputs.Take(
            ("scalingGroupName", "ScalingGroupName"), ("minSize", "MinSize"), ("maxSize", "MaxSize"), ("desiredCapacity", "DesiredCapacity"), ("defaultCooldown", "DefaultCooldown"), ("vswitchIds", "VSwitchIds"),
            ("removalPolicies", "RemovalPolicies"), ("healthCheckType", "HealthCheckType"), ("scalingPolicy", "ScalingPolicy"));
        parameters["ScalingGroupId"] = id;
        await api.CallAsync(modify, parameters, cancellationToken);
    }

    public override Task DeleteAsync(CloudApi api, string id, JsonObject inputs, string token, CancellationToken cancellationToken) => ScalingGroups.DeleteAsync(api, id, cancellationToken);

    private static Dictionary<string, JsonObject> Links(JsonObject inputs) => inputs.Maps("albServerGroups").ToDictionary(link => link.Need("albServerGroupId"));

    private static async Task LinkAsync(CloudApi api, string id, Dictionary<string, JsonObject> before, Dictionary<string, JsonObject> after, string token, CancellationToken cancellationToken)
    {
        await CallAsync(detach, before.Where(link => !after.TryGetValue(link.Key, out var kept) || !JsonNode.DeepEquals(kept, link.Value)));
        await CallAsync(attach, after.Where(link => !before.TryGetValue(link.Key, out var old) || !JsonNode.DeepEquals(old, link.Value)));

        async Task CallAsync(ApiOperation operation, IEnumerable<KeyValuePair<string, JsonObject>> links)
        {
            if (links.Select(link => InputReading.Pascal(link.Value)).ToArray() is { Length: > 0 } written)
            {
                await api.CallAsync(operation, new JsonObject { ["ScalingGroupId"] = id, ["AlbServerGroups"] = new JsonArray(written), ["ClientToken"] = token }, cancellationToken);
            }
        }
    }
}
