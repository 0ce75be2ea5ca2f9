using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Orchestrator.Infra.Alibaba.Calling;

namespace Orchestrator.Infra.Alibaba.Products;

public sealed record CreateScalingGroupRequest(string ScalingGroupName, int MinSize, int MaxSize, string ClientToken)
{
    public int? DesiredCapacity { get; init; }

    /// <summary>Seconds.</summary>
    public int? DefaultCooldown { get; init; }

    public ImmutableArray<string>? VSwitchIds { get; init; }

    [JsonPropertyName("MultiAZPolicy")]
    public string? MultiAzPolicy { get; init; }

    public ImmutableArray<string>? RemovalPolicies { get; init; }

    public ImmutableArray<AlbServerGroupLink>? AlbServerGroups { get; init; }
}

/// <summary>Instances of the group join this server group by themselves.</summary>
public sealed record AlbServerGroupLink(string AlbServerGroupId, int Port, int Weight);

/// <summary>What is null stays as it is. The action knows no client token: the values are absolute.</summary>
public sealed record ModifyScalingGroupRequest(string ScalingGroupId)
{
    public int? MinSize { get; init; }

    public int? MaxSize { get; init; }

    public int? DesiredCapacity { get; init; }

    public string? ScalingGroupName { get; init; }

    public int? DefaultCooldown { get; init; }
}

/// <param name="LifecycleState"><c>Active</c>, <c>Inactive</c> or <c>Deleting</c>.</param>
/// <param name="TotalCapacity">Instances in all states.</param>
/// <param name="ActiveCapacity">Instances in service.</param>
public sealed record ScalingGroupInfo(
    string ScalingGroupId, string ScalingGroupName, string LifecycleState, int MinSize, int MaxSize, int? DesiredCapacity, int TotalCapacity, int ActiveCapacity, int PendingCapacity, int RemovingCapacity)
{
    public string? ActiveScalingConfigurationId { get; init; }
}

public sealed record CreateScalingConfigurationRequest(string ScalingGroupId, string ImageId, string SecurityGroupId, string ClientToken)
{
    public string? ScalingConfigurationName { get; init; }

    /// <summary>In the order in which they are tried.</summary>
    public ImmutableArray<string> InstanceTypes { get; init; } = [];

    public SystemDiskSpec? SystemDisk { get; init; }

    /// <summary>Base64.</summary>
    public string? UserData { get; init; }
}

/// <param name="Size">GiB.</param>
public sealed record SystemDiskSpec(string Category, int? Size = null);

/// <param name="LifecycleState"><c>Active</c> for the one that makes new instances.</param>
public sealed record ScalingConfigurationInfo(string ScalingConfigurationId, string ScalingGroupId, string LifecycleState, string? ScalingConfigurationName, string? ImageId)
{
    public ImmutableArray<string>? InstanceTypes { get; init; }
}

/// <param name="StatusCode"><c>InProgress</c>, <c>Successful</c>, <c>Warning</c>, <c>Failed</c>, <c>Rejected</c>.</param>
/// <param name="Progress">Percent.</param>
public sealed record ScalingActivityInfo(string ScalingActivityId, string ScalingGroupId, string StatusCode, string? StatusMessage, string? Description, int Progress)
{
    /// <summary>Why it failed, wholly or in part: <c>OperationDenied.NoStock</c>.</summary>
    public string? ErrorCode { get; init; }

    public string? ErrorMessage { get; init; }
}

/// <param name="LifecycleState"><c>Pending</c>, <c>InService</c>, <c>Removing</c> and others.</param>
public sealed record ScalingInstanceInfo(string InstanceId, string LifecycleState, string? HealthStatus, string? ScalingConfigurationId, string? ZoneId, string? PrivateIpAddress);

/// <summary>Auto Scaling: groups of instances that have a wanted number.</summary>
public sealed class EssClient(OpenApiClient client, string region) : ProductClient(client, region, sendsRegion: true)
{
    private static readonly ApiOperation create = ApiOperation.Rpc(ApiProduct.Ess, "CreateScalingGroup", ApiRepeat.WithToken);
    private static readonly ApiOperation describe = ApiOperation.Rpc(ApiProduct.Ess, "DescribeScalingGroups");
    private static readonly ApiOperation modify = ApiOperation.Rpc(ApiProduct.Ess, "ModifyScalingGroup");
    private static readonly ApiOperation enable = ApiOperation.Rpc(ApiProduct.Ess, "EnableScalingGroup");
    private static readonly ApiOperation disable = ApiOperation.Rpc(ApiProduct.Ess, "DisableScalingGroup");
    private static readonly ApiOperation delete = ApiOperation.Rpc(ApiProduct.Ess, "DeleteScalingGroup");
    private static readonly ApiOperation createConfiguration = ApiOperation.Rpc(ApiProduct.Ess, "CreateScalingConfiguration", ApiRepeat.WithToken);
    private static readonly ApiOperation describeConfigurations = ApiOperation.Rpc(ApiProduct.Ess, "DescribeScalingConfigurations");
    private static readonly ApiOperation deleteConfiguration = ApiOperation.Rpc(ApiProduct.Ess, "DeleteScalingConfiguration");
    private static readonly ApiOperation scale = ApiOperation.Rpc(ApiProduct.Ess, "ScaleWithAdjustment", ApiRepeat.WithToken);
    private static readonly ApiOperation activities = ApiOperation.Rpc(ApiProduct.Ess, "DescribeScalingActivities");
    private static readonly ApiOperation instances = ApiOperation.Rpc(ApiProduct.Ess, "DescribeScalingInstances");
    private static readonly ApiOperation remove = ApiOperation.Rpc(ApiProduct.Ess, "RemoveInstances", ApiRepeat.WithToken);

    /// <returns>The id of a group that is inactive until <see cref="EnableAsync"/>.</returns>
    public async Task<string> CreateScalingGroupAsync(CreateScalingGroupRequest request, CancellationToken cancellationToken) =>
        await NeedAsync(create, JsonSerializer.SerializeToNode(request, ProductJson.Default.CreateScalingGroupRequest)!.AsObject(), "ScalingGroupId", cancellationToken);

    /// <summary>Null when it is gone: the list leaves out what is not there.</summary>
    public async Task<ScalingGroupInfo?> FindScalingGroupAsync(string id, CancellationToken cancellationToken) =>
        First((await CallAsync(describe, new JsonObject { ["ScalingGroupIds"] = Texts([id]) }, cancellationToken))["ScalingGroups"], ProductJson.Default.ScalingGroupInfo);

    public IAsyncEnumerable<ScalingGroupInfo> ListScalingGroupsAsync(CancellationToken cancellationToken) =>
        PagesAsync(describe, [], 50, answer => answer["ScalingGroups"], ProductJson.Default.ScalingGroupInfo, cancellationToken);

    public Task ModifyScalingGroupAsync(ModifyScalingGroupRequest request, CancellationToken cancellationToken) =>
        CallAsync(modify, JsonSerializer.SerializeToNode(request, ProductJson.Default.ModifyScalingGroupRequest)!.AsObject(), cancellationToken);

    /// <summary>Makes the group active; it then fills itself up to what is wanted.</summary>
    /// <param name="configuration">Null: the one that is active.</param>
    public Task EnableAsync(string group, string? configuration, CancellationToken cancellationToken) =>
        CallAsync(enable, new JsonObject { ["ScalingGroupId"] = group, ["ActiveScalingConfigurationId"] = configuration }, cancellationToken);

    public Task DisableAsync(string group, CancellationToken cancellationToken) => CallAsync(disable, new JsonObject { ["ScalingGroupId"] = group }, cancellationToken);

    /// <param name="force">With its instances; without, a group that has some is refused.</param>
    public Task DeleteScalingGroupAsync(string group, bool force, CancellationToken cancellationToken) =>
        CallAsync(delete, new JsonObject { ["ScalingGroupId"] = group, ["ForceDelete"] = force }, cancellationToken);

    public async Task<string> CreateScalingConfigurationAsync(CreateScalingConfigurationRequest request, CancellationToken cancellationToken) =>
        await NeedAsync(createConfiguration, JsonSerializer.SerializeToNode(request, ProductJson.Default.CreateScalingConfigurationRequest)!.AsObject(), "ScalingConfigurationId", cancellationToken);

    public IAsyncEnumerable<ScalingConfigurationInfo> ListScalingConfigurationsAsync(string group, CancellationToken cancellationToken) =>
        PagesAsync(describeConfigurations, new JsonObject { ["ScalingGroupId"] = group }, 50, answer => answer["ScalingConfigurations"], ProductJson.Default.ScalingConfigurationInfo, cancellationToken);

    /// <exception cref="ApiException">It is the active one of its group.</exception>
    public Task DeleteScalingConfigurationAsync(string id, CancellationToken cancellationToken) =>
        CallAsync(deleteConfiguration, new JsonObject { ["ScalingConfigurationId"] = id }, cancellationToken);

    /// <summary>Brings the group to a total number of instances, past its cooldown.</summary>
    /// <returns>The id of the scaling activity; null when nothing is to be done.</returns>
    /// <exception cref="ApiException"><see cref="ApiErrorKind.Busy"/> while another activity runs.</exception>
    public async Task<string?> ScaleToAsync(string group, int total, string clientToken, CancellationToken cancellationToken) =>
        (await CallAsync(
            scale,
            new JsonObject { ["ScalingGroupId"] = group, ["AdjustmentType"] = "TotalCapacity", ["AdjustmentValue"] = total, ["SyncActivity"] = false, ["ClientToken"] = clientToken },
            cancellationToken)).Find("ScalingActivityId");

    /// <summary>Null when there is no such activity.</summary>
    public async Task<ScalingActivityInfo?> FindActivityAsync(string group, string id, CancellationToken cancellationToken) =>
        First((await CallAsync(activities, new JsonObject { ["ScalingGroupId"] = group, ["ScalingActivityIds"] = Texts([id]) }, cancellationToken))["ScalingActivities"], ProductJson.Default.ScalingActivityInfo);

    /// <summary>The latest first.</summary>
    public IAsyncEnumerable<ScalingActivityInfo> ListActivitiesAsync(string group, CancellationToken cancellationToken) =>
        PagesAsync(activities, new JsonObject { ["ScalingGroupId"] = group }, 50, answer => answer["ScalingActivities"], ProductJson.Default.ScalingActivityInfo, cancellationToken);

    public IAsyncEnumerable<ScalingInstanceInfo> ListInstancesAsync(string group, CancellationToken cancellationToken) =>
        PagesAsync(instances, new JsonObject { ["ScalingGroupId"] = group }, 50, answer => answer["ScalingInstances"], ProductJson.Default.ScalingInstanceInfo, cancellationToken);

    /// <summary>Takes instances out of the group and releases them; the number wanted falls with them.</summary>
    public async Task<string?> RemoveInstancesAsync(string group, IReadOnlyCollection<string> ids, string clientToken, CancellationToken cancellationToken) =>
        (await CallAsync(
            remove,
            new JsonObject { ["ScalingGroupId"] = group, ["InstanceIds"] = Texts(ids), ["RemovePolicy"] = "release", ["DecreaseDesiredCapacity"] = true, ["ClientToken"] = clientToken },
            cancellationToken)).Find("ScalingActivityId");
}
