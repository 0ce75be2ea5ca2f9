using System.Text.Json.Nodes;
using Orchestrator.Simulator.Balancing;
using Orchestrator.Simulator.Endpoints;
using Orchestrator.Simulator.OpenApi.Gateway;
using Orchestrator.Simulator.OpenApi.Inventory;

namespace Orchestrator.Simulator.OpenApi.Products.Alb;

/// <summary>Application load balancers, version 2020-06-16. A load balancer is a real HTTP listener on loopback; its name is that address.</summary>
/// <param name="units">How what stands behind a load balancer is doing.</param>
/// <param name="traffic">What a rule divides, when one of its server groups is named <c>home</c>.</param>
internal sealed partial class AlbApi(CloudInventory inventory, Func<string, UnitHealth> units, Balancer traffic)
{
    private const string Version = "2020-06-16";

    private static readonly (double, double) quick = (2, 5);

    public IEnumerable<ApiAction> Actions =>
    [
        Action("DescribeZones", false, call => new JsonObject { ["Zones"] = new JsonArray([.. inventory.ZonesOf(call.Region).Select(zone => new JsonObject { ["ZoneId"] = zone, ["LocalName"] = zone })]) }),
        Action("CreateServerGroup", true, CreateServerGroup),
        Action("ListServerGroups", false, call => Answers.Slice(call, Those(call, ItemKind.ServerGroup, "ServerGroupIds", "ServerGroupNames").Select(ServerGroup), "ServerGroups")),
        Action("UpdateServerGroupAttribute", true, UpdateServerGroup),
        Async("DeleteServerGroup", DeleteServerGroupAsync),
        Action("ListServerGroupServers", false, ListServers),
        Action("AddServersToServerGroup", true, call => Servers(call, Add)),
        Action("UpdateServerGroupServersAttribute", true, call => Servers(call, Update)),
        Action("RemoveServersFromServerGroup", true, call => Servers(call, Remove)),
        Async("CreateLoadBalancer", CreateLoadBalancerAsync),
        Action("GetLoadBalancerAttribute", false, call => LoadBalancer(GetBalancer(call.Need("LoadBalancerId")), whole: true)),
        Action("ListLoadBalancers", false, call => Answers.Slice(call, Those(call, ItemKind.LoadBalancer, "LoadBalancerIds", "LoadBalancerNames").Select(balancer => LoadBalancer(balancer, whole: false)), "LoadBalancers")),
        Action("UpdateLoadBalancerAttribute", true, UpdateLoadBalancer),
        Async("DeleteLoadBalancer", DeleteLoadBalancerAsync),
        Action("CreateListener", true, CreateListener),
        Action("GetListenerAttribute", false, call => Listener(GetListener(call.Need("ListenerId")))),
        Action("ListListeners", false, call => Answers.Slice(call, inventory.All(ItemKind.Listener).Where(one => Among(call.Texts("LoadBalancerIds"), one.Text("LoadBalancerId")) && Among(call.Texts("ListenerIds"), one.Id)).Select(Listener), "Listeners")),
        Action("UpdateListenerAttribute", true, UpdateListener),
        Async("DeleteListener", DeleteListenerAsync),
        Action("CreateRule", true, CreateRule),
        Action("ListRules", false, call => Answers.Slice(call, inventory.All(ItemKind.Rule).Where(one => Among(call.Texts("ListenerIds"), one.Text("ListenerId")) && Among(call.Texts("RuleIds"), one.Id) && Among(call.Texts("LoadBalancerIds"), one.Text("LoadBalancerId"))).Select(Rule), "Rules")),
        Action("UpdateRuleAttribute", true, UpdateRule),
        Async("DeleteRule", DeleteRuleAsync),
    ];

    private static ApiAction Action(string name, bool changes, Func<ApiCall, JsonObject> answer) => new("alb", Version, name, changes, call => Task.FromResult(answer(call)));

    private static ApiAction Async(string name, Func<ApiCall, Task<JsonObject>> answer) => new("alb", Version, name, true, answer);

    private static bool Among(IReadOnlyList<string> wanted, string? value) => wanted.Count == 0 || (value is not null && wanted.Contains(value));

    private IEnumerable<CloudItem> Those(ApiCall call, string kind, string idsName, string namesName) =>
        inventory.All(kind).Where(item => Among(call.Texts(idsName), item.Id) && Among(call.Texts(namesName), item.Name) && (call.Find("VpcId") is not { } vpc || item.Text("VpcId") == vpc) && Among(call.Texts("VpcIds"), item.Text("VpcId")) && Tags.Meets(call, item));

    private CloudItem GetServerGroup(string id) => inventory.Get(ItemKind.ServerGroup, id, "ResourceNotFound.ServerGroup", "resource server group");

    private CloudItem GetBalancer(string id) => inventory.Get(ItemKind.LoadBalancer, id, "ResourceNotFound.LoadBalancer", "resource load balancer");

    private CloudItem GetListener(string id) => inventory.Get(ItemKind.Listener, id, "ResourceNotFound.Listener", "resource listener");

    private CloudItem GetRule(string id) => inventory.Get(ItemKind.Rule, id, "ResourceNotFound.Rule", "resource rule");

    private void RequireSettled(CloudItem item, string what)
    {
        if (!item.IsReady(inventory.Now) || item.IsChanging(inventory.Now))
        {
            throw new ApiRefusal(400, $"IncorrectStatus.{what}", $"The status of {item.Id} is incorrect: a change is under way.");
        }
    }

    private async Task<JsonObject> CreateLoadBalancerAsync(ApiCall call)
    {
        var vpc = call.Need("VpcId");
        inventory.Get(ItemKind.Vpc, vpc, "ResourceNotFound.Vpc", "resource VPC");
        var mappings = call.Maps("ZoneMappings");
        if (mappings.Select(mapping => ApiCall.TextOf(mapping["ZoneId"])).Distinct().Count() < 2)
        {
            throw ApiRefusal.Invalid("ZoneMappings", "two zones at least are needed");
        }

        foreach (var mapping in mappings)
        {
            var vswitch = inventory.Get(ItemKind.VSwitch, ApiCall.TextOf(mapping["VSwitchId"]) ?? throw ApiRefusal.Missing("ZoneMappings.VSwitchId"), "ResourceNotFound.VSwitch", "resource vSwitch");
            if (vswitch.Text("ZoneId") != ApiCall.TextOf(mapping["ZoneId"]) || vswitch.Text("VpcId") != vpc)
            {
                throw ApiRefusal.Invalid("ZoneMappings", $"{vswitch.Id} is in {vswitch.Text("ZoneId")} of {vswitch.Text("VpcId")}");
            }
        }

        var billing = call.Map("LoadBalancerBillingConfig") ?? throw ApiRefusal.Missing("LoadBalancerBillingConfig");
        var balancer = inventory.Create(
            call,
            ItemKind.LoadBalancer,
            call.Find("LoadBalancerName") ?? "",
            new JsonObject
            {
                ["VpcId"] = vpc,
                ["AddressType"] = call.Need("AddressType"),
                ["LoadBalancerEdition"] = call.Need("LoadBalancerEdition"),
                ["LoadBalancerBillingConfig"] = billing.DeepClone(),
                ["ZoneMappings"] = new JsonArray([.. mappings.Select(mapping => mapping.DeepClone())]),
                [Tags.Property] = Tags.Of(call),
            },
            (35, 45),
            "alb_quota_loadbalancers");
        inventory.Keep(balancer with { Http = await HttpEndpoint.StartAsync(() => units(balancer.Id), CancellationToken.None) });
        return new JsonObject { ["LoadBalancerId"] = balancer.Id };
    }

    private JsonObject UpdateLoadBalancer(ApiCall call)
    {
        var balancer = GetBalancer(call.Need("LoadBalancerId"));
        RequireSettled(balancer, "LoadBalancer");
        inventory.Change(call, balancer with { Name = call.Find("LoadBalancerName") ?? balancer.Name }, quick, "");
        return new JsonObject { ["JobId"] = inventory.NextId("job") };
    }

    private async Task<JsonObject> DeleteLoadBalancerAsync(ApiCall call)
    {
        var balancer = GetBalancer(call.Need("LoadBalancerId"));
        if (inventory.All(ItemKind.Listener).FirstOrDefault(item => item.Text("LoadBalancerId") == balancer.Id && !item.IsDeleting) is { } listener)
        {
            throw new ApiRefusal(400, "DependencyViolation.Listener", $"The load balancer {balancer.Id} has the listener {listener.Id}.");
        }

        await inventory.DeleteAsync(call, balancer, 8);
        return new JsonObject { ["JobId"] = inventory.NextId("job") };
    }
}
