using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Provisioning.Alicloud.Mapping;
using Orchestrator.Infra.Provisioning.Providers;

namespace Orchestrator.Infra.Provisioning.Alicloud.Ess;

/// <summary>How far a scaling group is: it is ready when as many instances are in service as it wants, not when it has accepted to want them.</summary>
internal static class ScalingGroups
{
    private static readonly ApiOperation describe = ApiOperation.Rpc(ApiProduct.Ess, "DescribeScalingGroups");
    private static readonly ApiOperation activities = ApiOperation.Rpc(ApiProduct.Ess, "DescribeScalingActivities");
    private static readonly ApiOperation delete = ApiOperation.Rpc(ApiProduct.Ess, "DeleteScalingGroup");

    /// <summary>Null when it is gone: the list leaves out what is not there.</summary>
    public static async Task<JsonObject?> FindAsync(CloudApi api, string id, CancellationToken cancellationToken) =>
        InputReading.First((await api.CallAsync(describe, new JsonObject { ["ScalingGroupIds"] = new JsonArray(id) }, cancellationToken))["ScalingGroups"]);

    public static async Task<string?> FindByTokenAsync(CloudApi api, string token, CancellationToken cancellationToken) =>
        InputReading.First((await api.CallAsync(describe, new JsonObject { ["Tags"] = InputReading.TokenTag(token) }, cancellationToken))["ScalingGroups"])?.Text("ScalingGroupId");

    /// <summary>A group without an active configuration has nothing to make and is ready.</summary>
    public static bool Settled(JsonObject group) => group.Text("LifecycleState") != "Active" || (group.Number("ActiveCapacity") ?? 0) == Wanted(group);

    /// <summary>Why its last activity ended short of what is wanted, as with stock that is sold out; null: it did not.</summary>
    public static async Task<Obstacle?> ObstacleAsync(CloudApi api, JsonObject group, CancellationToken cancellationToken)
    {
        if (Settled(group))
        {
            return null;
        }

        var id = group.Text("ScalingGroupId");
        var last = InputReading.First((await api.CallAsync(activities, new JsonObject { ["ScalingGroupId"] = id, ["PageSize"] = 1 }, cancellationToken))["ScalingActivities"]);
        if (last?.Text("StatusCode") is not ("Failed" or "Warning" or "Rejected"))
        {
            return null;
        }

        // What it lacks may be that of an earlier moment, and the instances it did make on their way.
        return (group.Number("PendingCapacity") ?? 0) > 0 ? null : new Obstacle(
            last.Text("ErrorCode") ?? "ScalingActivityFailed",
            string.Create(
                CultureInfo.InvariantCulture,
                $"scaling group {id} has {group.Number("ActiveCapacity") ?? 0} of {Wanted(group)} instances in service: {last.Text("ErrorMessage") ?? last.Text("StatusMessage")} It goes on trying by itself."));
    }

    /// <summary>With its instances and configurations.</summary>
    public static Task DeleteAsync(CloudApi api, string id, CancellationToken cancellationToken) =>
        api.CallAsync(delete, new JsonObject { ["ScalingGroupId"] = id, ["ForceDelete"] = true }, cancellationToken);

    private static int Wanted(JsonObject group) => group.Number("DesiredCapacity") ?? Math.Max(group.Number("ActiveCapacity") ?? 0, group.Number("MinSize") ?? 0);
}
