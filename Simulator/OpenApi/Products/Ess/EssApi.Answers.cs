using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.OpenApi.Gateway;
using Orchestrator.Simulator.OpenApi.Inventory;

namespace Orchestrator.Simulator.OpenApi.Products.Ess;

/// <summary>What the API says of groups, configurations, activities and instances.</summary>
internal sealed partial class EssApi
{
    private JsonObject DescribeActivities(ApiCall call)
    {
        var group = call.Find("ScalingGroupId");
        if (group is not null)
        {
            Settle(GetGroup(call));
        }

        var ids = call.Texts("ScalingActivityIds");
        var found = inventory.All(ItemKind.ScalingActivity)
            .Where(one => (group is null || one.Text("ScalingGroupId") == group) && (ids.Count == 0 || ids.Contains(one.Id)) && (call.Find("StatusCode") is not { } status || StatusOf(one) == status))
            .OrderByDescending(one => one.CreatedAt).ThenByDescending(one => one.Id, StringComparer.Ordinal);
        return Answers.Page(call, found.Select(Activity), "ScalingActivities", most: 50);
    }

    private JsonObject DescribeInstances(ApiCall call)
    {
        var group = Settle(GetGroup(call));
        var ids = call.Texts("InstanceIds");
        var found = AllOf(group).Where(machine => ids.Count == 0 || ids.Contains(machine.Id)).Select(machine => new JsonObject
        {
            ["InstanceId"] = machine.Id,
            ["ScalingGroupId"] = group.Id,
            ["ScalingConfigurationId"] = machine.Configuration,
            ["LifecycleState"] = LifecycleOf(machine),
            ["HealthStatus"] = machine.StopsAt is null ? "Healthy" : "Unhealthy",
            ["ZoneId"] = machine.Zone,
            ["PrivateIpAddress"] = machine.Address,
            ["CreationTime"] = Time(machine.CreatedAt),
            ["CreationType"] = "AutoCreated",
        });
        return Answers.Page(call, found.Where(one => call.Find("LifecycleState") is not { } state || one["LifecycleState"]!.ToString() == state), "ScalingInstances", most: 100);
    }

    private string LifecycleOf(Machine machine) => machine.GoneAt is not null ? "Removing" : machine.ReadyAt > inventory.Now ? "Pending" : "InService";

    private string StatusOf(CloudItem activity) =>
        activity.ReadyAt > inventory.Now ? "InProgress"
        : activity.Text("Short") is not { } missing ? "Successful"
        : int.Parse(missing, CultureInfo.InvariantCulture) < Number(activity, "After") - Number(activity, "Before") ? "Warning" : "Failed";

    /// <summary>This product tells minutes.</summary>
    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mmZ", CultureInfo.InvariantCulture);

    private JsonObject Group(CloudItem group)
    {
        var all = AllOf(group);
        var now = inventory.Now;
        return new JsonObject
        {
            ["ScalingGroupId"] = group.Id,
            ["ScalingGroupName"] = group.Name,
            ["RegionId"] = group.Region,
            ["LifecycleState"] = group.IsDeleting ? "Deleting" : group.Text("Active") == "true" ? "Active" : "Inactive",
            ["MinSize"] = Number(group, "MinSize"),
            ["MaxSize"] = Number(group, "MaxSize"),
            ["DesiredCapacity"] = Number(group, "DesiredCapacity"),
            ["DefaultCooldown"] = Number(group, "DefaultCooldown"),
            ["TotalCapacity"] = all.Count,
            ["TotalInstanceCount"] = all.Count,
            ["ActiveCapacity"] = all.Count(machine => LifecycleOf(machine) == "InService"),
            ["PendingCapacity"] = all.Count(machine => LifecycleOf(machine) == "Pending"),
            ["RemovingCapacity"] = all.Count(machine => LifecycleOf(machine) == "Removing"),
            ["VpcId"] = group.Text("VpcId"),
            ["VSwitchId"] = group.Properties["VSwitchIds"]![0]!.ToString(),
            ["VSwitchIds"] = group.Properties["VSwitchIds"]!.DeepClone(),
            ["MultiAZPolicy"] = group.Text("MultiAZPolicy"),
            ["RemovalPolicies"] = group.Properties["RemovalPolicies"]!.DeepClone(),
            ["AlbServerGroups"] = group.Properties["AlbServerGroups"]!.DeepClone(),
            ["ActiveScalingConfigurationId"] = group.Text("Configuration"),
            ["CreationTime"] = Time(group.CreatedAt),
        };
    }

    private JsonObject Configuration(CloudItem configuration) => new()
    {
        ["ScalingConfigurationId"] = configuration.Id,
        ["ScalingConfigurationName"] = configuration.Name,
        ["ScalingGroupId"] = configuration.Text("ScalingGroupId"),
        ["LifecycleState"] = inventory.Find(ItemKind.ScalingGroup, configuration.Text("ScalingGroupId"))?.Text("Configuration") == configuration.Id ? "Active" : "Inactive",
        ["ImageId"] = configuration.Text("ImageId"),
        ["InstanceTypes"] = configuration.Properties["InstanceTypes"]!.DeepClone(),
        ["InstanceType"] = configuration.Properties["InstanceTypes"]![0]!.ToString(),
        ["SecurityGroupId"] = configuration.Text("SecurityGroupId"),
        ["UserData"] = configuration.Text("UserData"),
        ["SystemDiskCategory"] = configuration.Text("SystemDiskCategory"),
        ["CreationTime"] = Time(configuration.CreatedAt),
    };

    private JsonObject Activity(CloudItem activity)
    {
        var status = StatusOf(activity);
        var (start, end) = (activity.CreatedAt, activity.ReadyAt);
        return new JsonObject
        {
            ["ScalingActivityId"] = activity.Id,
            ["ScalingGroupId"] = activity.Text("ScalingGroupId"),
            ["StatusCode"] = status,
            ["StatusMessage"] = status is "Failed" or "Warning" ? "Not all of the wanted instances could be made." : "",
            ["ErrorCode"] = status is "Failed" or "Warning" ? "OperationDenied.NoStock" : null,
            ["ErrorMessage"] = status is "Failed" or "Warning" ? "The requested instance types are sold out in the zones of the group." : null,
            ["Description"] = activity.Text("Description"),
            ["Progress"] = end <= inventory.Now ? 100 : (int)(100 * (inventory.Now - start) / (end - start)),
            // A text here, as in the vendor's models.
            ["TotalCapacity"] = activity.Text("After"),
            ["StartTime"] = Time(start),
            ["EndTime"] = status == "InProgress" ? "" : Time(end),
        };
    }
}
