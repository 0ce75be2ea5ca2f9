using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Provisioning.Alicloud.Mapping;
using Orchestrator.Infra.Provisioning.Providers;

namespace Orchestrator.Infra.Provisioning.Alicloud.Ess;

/// <summary>
/// What a scaling group makes its instances of: <c>CreateScalingConfiguration</c>, <c>EnableScalingGroup</c>, <c>ModifyScalingConfiguration</c>. The one that is enabled is ready when the group's
/// instances are in service. As in the provider, the last one of a group is deleted with its group, if <c>forceDelete</c> says so.
/// </summary>
internal sealed class ScalingConfigurationType : CloudType
{
    private static readonly ApiOperation create = ApiOperation.Rpc(ApiProduct.Ess, "CreateScalingConfiguration", ApiRepeat.WithToken);
    private static readonly ApiOperation describe = ApiOperation.Rpc(ApiProduct.Ess, "DescribeScalingConfigurations");
    private static readonly ApiOperation modify = ApiOperation.Rpc(ApiProduct.Ess, "ModifyScalingConfiguration");
    private static readonly ApiOperation modifyGroup = ApiOperation.Rpc(ApiProduct.Ess, "ModifyScalingGroup");
    private static readonly ApiOperation enable = ApiOperation.Rpc(ApiProduct.Ess, "EnableScalingGroup");
    private static readonly ApiOperation delete = ApiOperation.Rpc(ApiProduct.Ess, "DeleteScalingConfiguration");

    public override string Token => "alicloud:ess/scalingConfiguration:ScalingConfiguration";

    public override FrozenSet<string> Inputs { get; } =
    [
        "scalingGroupId", "scalingConfigurationName", "imageId", "imageName", "instanceType", "instanceTypes", "securityGroupId", "securityGroupIds", "systemDiskCategory", "systemDiskSize", "systemDiskPerformanceLevel",
        "userData", "roleName", "keyName", "instanceName", "hostName", "internetMaxBandwidthOut", "spotStrategy", "active", "enable", "forceDelete", "override",
    ];

    public override FrozenSet<string> Changeable { get; } =
    [
        "scalingConfigurationName", "imageId", "imageName", "instanceType", "instanceTypes", "securityGroupId", "securityGroupIds", "systemDiskCategory", "systemDiskSize", "systemDiskPerformanceLevel", "userData", "roleName",
        "keyName", "instanceName", "hostName", "internetMaxBandwidthOut", "spotStrategy", "active", "enable", "forceDelete", "override",
    ];

    public override async Task<string> CreateAsync(CloudApi api, string name, JsonObject inputs, string token, CancellationToken cancellationToken)
    {
        var parameters = Parameters(inputs);
        parameters["ScalingGroupId"] = inputs.Need("scalingGroupId");
        parameters["ClientToken"] = token;
        var id = CloudApi.Id(create, await api.CallAsync(create, parameters, cancellationToken), "ScalingConfigurationId");
        try
        {
            await EnableAsync(api, id, inputs, cancellationToken);
        }
        catch (ApiException e) when (!e.Retryable && !e.EffectUnknown)
        {
            throw new HalfMadeException(id, $"made, and not enabled: {e.Message}", e);
        }

        return id;
    }

    /// <summary>It takes no tag of its own; its name is its group's alone.</summary>
    public override async Task<string?> FindAsync(CloudApi api, string name, JsonObject inputs, string token, CancellationToken cancellationToken)
    {
        if (inputs.Text("scalingConfigurationName") is not { } wanted)
        {
            return null;
        }

        var answer = await api.CallAsync(
            describe, new JsonObject { ["ScalingGroupId"] = inputs.Need("scalingGroupId"), ["ScalingConfigurationNames"] = new JsonArray(wanted) }, cancellationToken);
        if (answer.Maps("ScalingConfigurations").FirstOrDefault(one => one.Text("ScalingConfigurationName") == wanted)?.Text("ScalingConfigurationId") is not { } id)
        {
            return null;
        }

        await EnableAsync(api, id, inputs, cancellationToken);
        return id;
    }

    public override async Task<ProviderResource?> ReadAsync(CloudApi api, string id, CancellationToken cancellationToken)
    {
        if (await DescribeAsync(api, id, cancellationToken) is not { } configuration)
        {
            return null;
        }

        var active = configuration.Text("LifecycleState") == "Active";
        var group = active ? await ScalingGroups.FindAsync(api, configuration.Text("ScalingGroupId")!, cancellationToken) : null;
        var outputs = configuration.Show(
            ("ScalingGroupId", "scalingGroupId"), ("ScalingConfigurationName", "scalingConfigurationName"), ("ImageId", "imageId"), ("InstanceTypes", "instanceTypes"), ("SecurityGroupId", "securityGroupId"));
        outputs["active"] = active;
        return new ProviderResource(id, group is null || ScalingGroups.Settled(group), outputs)
        {
            Obstacle = group is null ? null : await ScalingGroups.ObstacleAsync(api, group, cancellationToken),
        };
    }

    public override async Task UpdateAsync(CloudApi api, string id, JsonObject before, JsonObject inputs, string token, CancellationToken cancellationToken)
    {
        var parameters = Parameters(inputs);
        parameters["ScalingConfigurationId"] = id;

        // Without it, lists that become shorter stay as they are.
        parameters["Override"] = true;
        await api.CallAsync(modify, parameters, cancellationToken);
        await EnableAsync(api, id, inputs, cancellationToken);
    }

    public override async Task DeleteAsync(CloudApi api, string id, JsonObject inputs, string token, CancellationToken cancellationToken)
    {
        if (await DescribeAsync(api, id, cancellationToken) is not { } configuration)
        {
            return;
        }

        var group = configuration.Text("ScalingGroupId")!;
        var all = await api.CallAsync(describe, new JsonObject { ["ScalingGroupId"] = group }, cancellationToken);
        if (all.Maps("ScalingConfigurations").Count > 1 || configuration.Text("LifecycleState") != "Active")
        {
            await api.CallAsync(delete, new JsonObject { ["ScalingConfigurationId"] = id }, cancellationToken);
        }
        else if (inputs.Truth("forceDelete") is true)
        {
            await ScalingGroups.DeleteAsync(api, group, cancellationToken);
        }
        else
        {
            throw new ProviderException(
                "LastScalingConfiguration", $"{id} is the last configuration of scaling group {group}; set 'forceDelete' to delete it with the group, or make another one active first", retryable: false);
        }
    }

    private static async Task<JsonObject?> DescribeAsync(CloudApi api, string id, CancellationToken cancellationToken) =>
        InputReading.First((await api.CallAsync(describe, new JsonObject { ["ScalingConfigurationIds"] = new JsonArray(id) }, cancellationToken))["ScalingConfigurations"]);

    private static async Task EnableAsync(CloudApi api, string id, JsonObject inputs, CancellationToken cancellationToken)
    {
        var (active, group) = (inputs.Truth("active") is true, inputs.Need("scalingGroupId"));
        if (inputs.Truth("enable") is true)
        {
            await api.CallAsync(enable, new JsonObject { ["ScalingGroupId"] = group, ["ActiveScalingConfigurationId"] = active ? id : null }, cancellationToken);
        }
        else if (active)
        {
            await api.CallAsync(modifyGroup, new JsonObject { ["ScalingGroupId"] = group, ["ActiveScalingConfigurationId"] = id }, cancellationToken);
        }
    }

    private static JsonObject Parameters(JsonObject inputs)
    {
        var parameters = inputs.Take(
            ("scalingConfigurationName", "ScalingConfigurationName"), ("imageId", "ImageId"), ("imageName", "ImageName"), ("instanceTypes", "InstanceTypes"), ("instanceType", "InstanceType"),
            ("securityGroupIds", "SecurityGroupIds"), ("securityGroupId", "SecurityGroupId"), ("roleName", "RamRoleName"), ("keyName", "KeyPairName"), ("instanceName", "InstanceName"), ("hostName", "HostName"),
            ("internetMaxBandwidthOut", "InternetMaxBandwidthOut"), ("spotStrategy", "SpotStrategy"));
        if (inputs.Take(("systemDiskCategory", "Category"), ("systemDiskSize", "Size"), ("systemDiskPerformanceLevel", "PerformanceLevel")) is { Count: > 0 } disk)
        {
            parameters["SystemDisk"] = disk;
        }

        if (inputs.Text("userData") is { } data)
        {
            parameters["UserData"] = InputReading.Base64(data);
        }

        return parameters;
    }
}
