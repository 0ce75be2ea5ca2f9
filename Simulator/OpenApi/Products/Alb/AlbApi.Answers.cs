using System.Text.Json.Nodes;
using Orchestrator.Simulator.OpenApi.Inventory;

namespace Orchestrator.Simulator.OpenApi.Products.Alb;

/// <summary>What the API says of its resources.</summary>
internal sealed partial class AlbApi
{
    private JsonObject ServerGroup(CloudItem group) => new()
    {
        ["ServerGroupId"] = group.Id,
        ["ServerGroupName"] = group.Name,
        ["ServerGroupType"] = "Instance",
        ["ServerGroupStatus"] = group.Status(inventory.Now, "Creating", "Available", "Configuring", "Deleting"),
        ["Protocol"] = group.Text("Protocol"),
        ["Scheduler"] = group.Text("Scheduler"),
        ["VpcId"] = group.Text("VpcId"),
        ["ServerCount"] = inventory.ServersOf(group.Id).Count,
        ["HealthCheckConfig"] = Typed(group.Properties["HealthCheckConfig"]!.AsObject()),
        ["RelatedLoadBalancerIds"] = Answers.Texts(inventory.All(ItemKind.Listener).Concat(inventory.All(ItemKind.Rule)).Where(item => item.Properties.ToJsonString().Contains($"\"{group.Id}\"", StringComparison.Ordinal)).Select(item => item.Text("LoadBalancerId")!).Distinct()),
        ["CreateTime"] = Answers.Time(group.CreatedAt),
    };

    /// <summary>Numbers and truths that came as texts.</summary>
    private static JsonObject Typed(JsonObject map) => new(map.Select(pair => KeyValuePair.Create(pair.Key, pair.Value switch
    {
        JsonValue value when value.ToString() is "true" or "false" => (JsonNode)(value.ToString() == "true"),
        JsonValue value when int.TryParse(value.ToString(), System.Globalization.CultureInfo.InvariantCulture, out var number) => number,
        var other => other?.DeepClone(),
    })));

    private JsonObject LoadBalancer(CloudItem balancer, bool whole)
    {
        var answer = new JsonObject
        {
            ["LoadBalancerId"] = balancer.Id,
            ["LoadBalancerName"] = balancer.Name,
            ["LoadBalancerStatus"] = balancer.IsDeleting ? "Configuring" : balancer.Status(inventory.Now, "Provisioning", "Active", "Configuring", "Configuring"),
            ["LoadBalancerBussinessStatus"] = "Normal",
            ["LoadBalancerEdition"] = balancer.Text("LoadBalancerEdition"),
            ["AddressType"] = balancer.Text("AddressType"),
            ["AddressIpVersion"] = "IPv4",
            ["AddressAllocatedMode"] = "Dynamic",
            ["DNSName"] = balancer.Http is { } http ? $"127.0.0.1:{http.Port}" : null,
            ["VpcId"] = balancer.Text("VpcId"),
            ["CreateTime"] = Answers.Time(balancer.CreatedAt),
            ["LoadBalancerBillingConfig"] = balancer.Properties["LoadBalancerBillingConfig"]!.DeepClone(),
            ["Tags"] = balancer.Properties["Tags"]!.DeepClone(),
        };
        if (whole)
        {
            answer["RegionId"] = balancer.Region;
            answer["ZoneMappings"] = balancer.Properties["ZoneMappings"]!.DeepClone();
        }

        return answer;
    }

    private JsonObject Listener(CloudItem listener) => new()
    {
        ["ListenerId"] = listener.Id,
        ["LoadBalancerId"] = listener.Text("LoadBalancerId"),
        ["ListenerPort"] = listener.Properties["ListenerPort"]!.DeepClone(),
        ["ListenerProtocol"] = listener.Text("ListenerProtocol"),
        ["ListenerDescription"] = listener.Name,
        ["ListenerStatus"] = listener.Status(inventory.Now, "Provisioning", "Running", "Configuring", "Configuring"),
        ["DefaultActions"] = listener.Properties["DefaultActions"]!.DeepClone(),
        ["RequestTimeout"] = 60,
        ["IdleTimeout"] = 15,
    };

    private JsonObject Rule(CloudItem rule) => new()
    {
        ["RuleId"] = rule.Id,
        ["RuleName"] = rule.Name,
        ["ListenerId"] = rule.Text("ListenerId"),
        ["LoadBalancerId"] = rule.Text("LoadBalancerId"),
        ["Priority"] = rule.Properties["Priority"]!.DeepClone(),
        ["RuleStatus"] = rule.Status(inventory.Now, "Provisioning", "Available", "Configuring", "Deleting"),
        ["RuleConditions"] = rule.Properties["RuleConditions"]!.DeepClone(),
        ["RuleActions"] = rule.Properties["RuleActions"]!.DeepClone(),
    };
}
