using System.Text.Json.Nodes;
using Orchestrator.Simulator.OpenApi.Gateway;
using Orchestrator.Simulator.OpenApi.Inventory;

namespace Orchestrator.Simulator.OpenApi.Products.Ess;

/// <summary>What groups make their instances of.</summary>
internal sealed partial class EssApi
{
    private CloudItem OwnConfiguration(CloudItem group, string? id) =>
        inventory.Find(ItemKind.ScalingConfiguration, id) is { } configuration && configuration.Text("ScalingGroupId") == group.Id ? configuration
            : throw new ApiRefusal(400, "IncorrectScalingConfiguration.NotFound", $"The scaling group {group.Id} has no scaling configuration {id}.");

    private JsonObject CreateConfiguration(ApiCall call)
    {
        var group = GetGroup(call);
        var types = TypesOf(call);
        if (types.Count == 0)
        {
            throw ApiRefusal.Missing("InstanceType");
        }

        if (call.Find("ScalingConfigurationName") is { } name && inventory.All(ItemKind.ScalingConfiguration).Any(one => one.Name == name && one.Text("ScalingGroupId") == group.Id && !one.IsDeleting))
        {
            throw new ApiRefusal(400, "InvalidScalingConfigurationName.Duplicate", $"The specified value of parameter ScalingConfigurationName {name} is duplicated.");
        }

        var security = SecurityGroupOf(call) ?? throw ApiRefusal.Missing("SecurityGroupId");
        var configuration = inventory.Create(
            call,
            ItemKind.ScalingConfiguration,
            call.Find("ScalingConfigurationName") ?? "",
            new JsonObject
            {
                ["ScalingGroupId"] = group.Id,
                ["ImageId"] = call.Need("ImageId"),
                ["InstanceTypes"] = Answers.Texts(types),
                ["SecurityGroupId"] = security,
                ["UserData"] = call.Find("UserData"),
                ["SystemDiskCategory"] = ApiCall.TextOf(call.Map("SystemDisk")?["Category"]),
            },
            (0, 0));
        return new JsonObject { ["ScalingConfigurationId"] = configuration.Id };
    }

    private static IReadOnlyList<string> TypesOf(ApiCall call)
    {
        var types = call.Texts("InstanceTypes");
        types = types.Count == 0 && call.Find("InstanceType") is { } one ? [one] : types;
        foreach (var type in types)
        {
            MachineTypes.Get(type);
        }

        return types;
    }

    private string? SecurityGroupOf(ApiCall call) =>
        (call.Texts("SecurityGroupIds") is [var first, ..] ? first : call.Find("SecurityGroupId")) is { } id
            ? inventory.Get(ItemKind.SecurityGroup, id, "InvalidSecurityGroupId.NotFound", "security group").Id
            : null;

    /// <summary>Instances that are there already stay as they are.</summary>
    private JsonObject ModifyConfiguration(ApiCall call)
    {
        var configuration = GetConfiguration(call);
        var changed = configuration with { Name = call.Find("ScalingConfigurationName") ?? configuration.Name, Properties = configuration.Properties.DeepClone().AsObject() };
        foreach (var name in new[] { "ImageId", "UserData" })
        {
            changed.Properties[name] = call.Find(name) ?? configuration.Text(name);
        }

        changed.Properties["SecurityGroupId"] = SecurityGroupOf(call) ?? configuration.Text("SecurityGroupId");
        changed.Properties["SystemDiskCategory"] = ApiCall.TextOf(call.Map("SystemDisk")?["Category"]) ?? configuration.Text("SystemDiskCategory");
        if (TypesOf(call) is { Count: > 0 } types)
        {
            changed.Properties["InstanceTypes"] = Answers.Texts(types);
        }

        inventory.Change(call, changed, (0, 0), "");
        return [];
    }

    private CloudItem GetConfiguration(ApiCall call) =>
        inventory.Get(ItemKind.ScalingConfiguration, call.Need("ScalingConfigurationId"), "InvalidScalingConfigurationId.NotFound", "scaling configuration");

    private IEnumerable<CloudItem> Configurations(ApiCall call)
    {
        var ids = call.Texts("ScalingConfigurationIds");
        var names = call.Texts("ScalingConfigurationNames");
        return inventory.All(ItemKind.ScalingConfiguration).Where(one => one.Region == call.Region
            && (names.Count == 0 || names.Contains(one.Name)) && (ids.Count == 0 || ids.Contains(one.Id)) && (call.Find("ScalingGroupId") is not { } group || one.Text("ScalingGroupId") == group));
    }

    private async Task<JsonObject> DeleteConfigurationAsync(ApiCall call)
    {
        var configuration = GetConfiguration(call);
        if (inventory.Find(ItemKind.ScalingGroup, configuration.Text("ScalingGroupId")) is { IsDeleting: false } group && group.Text("Configuration") == configuration.Id && group.Text("Active") == "true")
        {
            throw new ApiRefusal(400, "IncorrectScalingConfigurationLifecycleState", "The current lifecycle state of the specified scaling configuration does not support this action: it is active.");
        }

        await inventory.DeleteAsync(call, configuration, 0);
        return [];
    }
}
