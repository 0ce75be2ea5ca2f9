using System.Text.Json.Nodes;
using Orchestrator.Simulator.Endpoints;
using Orchestrator.Simulator.OpenApi.Gateway;
using Orchestrator.Simulator.OpenApi.Inventory;

namespace Orchestrator.Simulator.OpenApi.Products;

/// <summary>Application load balancers, version 2020-06-16. A load balancer is a real HTTP listener on loopback; its name is that address.</summary>
/// <param name="units">How what stands behind a load balancer is doing.</param>
internal sealed class AlbApi(CloudInventory inventory, Func<string, UnitHealth> units)
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

    private JsonObject CreateServerGroup(ApiCall call)
    {
        var vpc = call.Need("VpcId");
        inventory.Get(ItemKind.Vpc, vpc, "ResourceNotFound.Vpc", "resource VPC");
        var protocol = call.Find("Protocol") ?? "HTTP";
        if (protocol is not ("HTTP" or "HTTPS" or "gRPC"))
        {
            throw ApiRefusal.Invalid("Protocol", "it is HTTP, HTTPS or gRPC");
        }

        var check = call.Map("HealthCheckConfig") ?? throw ApiRefusal.Missing("HealthCheckConfig");
        var group = inventory.Create(
            call,
            ItemKind.ServerGroup,
            call.Need("ServerGroupName"),
            new JsonObject { ["VpcId"] = vpc, ["Protocol"] = protocol, ["HealthCheckConfig"] = check.DeepClone(), ["Scheduler"] = call.Find("Scheduler") ?? "Wrr", [Tags.Property] = Tags.Of(call) },
            quick,
            "alb_quota_servergroups");
        return new JsonObject { ["ServerGroupId"] = group.Id, ["JobId"] = inventory.NextId("job") };
    }

    private JsonObject UpdateServerGroup(ApiCall call)
    {
        var group = GetServerGroup(call.Need("ServerGroupId"));
        RequireSettled(group, "ServerGroup");
        var changed = call.Map("HealthCheckConfig") is { } check ? group.With("HealthCheckConfig", check.DeepClone()) : group;
        changed = call.Find("Scheduler") is { } scheduler ? changed.With("Scheduler", scheduler) : changed;
        inventory.Change(call, changed with { Name = call.Find("ServerGroupName") ?? group.Name }, quick, "");
        return new JsonObject { ["JobId"] = inventory.NextId("job") };
    }

    private async Task<JsonObject> DeleteServerGroupAsync(ApiCall call)
    {
        var group = GetServerGroup(call.Need("ServerGroupId"));
        var user = inventory.All(ItemKind.Listener).Concat(inventory.All(ItemKind.Rule)).Concat(inventory.All(ItemKind.ScalingGroup))
            .FirstOrDefault(item => !item.IsDeleting && item.Properties.ToJsonString().Contains($"\"{group.Id}\"", StringComparison.Ordinal));
        if (user is not null)
        {
            throw new ApiRefusal(400, "ResourceInUse.ServerGroup", $"The specified resource server group {group.Id} is in use by {user.Id}.");
        }

        await inventory.DeleteAsync(call, group);
        return new JsonObject { ["JobId"] = inventory.NextId("job") };
    }

    private JsonObject ListServers(ApiCall call)
    {
        var group = GetServerGroup(call.Need("ServerGroupId"));
        var now = inventory.Now;
        return Answers.Slice(call, inventory.ServersOf(group.Id).Where(server => Among(call.Texts("ServerIds"), server.ServerId)).Select(server => new JsonObject
        {
            ["ServerGroupId"] = group.Id,
            ["ServerId"] = server.ServerId,
            ["ServerIp"] = inventory.FindMachine(server.ServerId)?.Address,
            ["ServerType"] = server.Type,
            ["Port"] = server.Port,
            ["Weight"] = server.Weight,
            ["Description"] = server.Description,
            ["Status"] = server.ReadyAt > now ? "Adding" : server.SettledAt > now ? "Configuring" : "Available",
        }), "Servers");
    }

    private JsonObject Servers(ApiCall call, Action<CloudItem, JsonObject> each)
    {
        var group = GetServerGroup(call.Need("ServerGroupId"));
        RequireSettled(group, "ServerGroup");
        var servers = call.Maps("Servers");
        if (servers.Count == 0)
        {
            throw ApiRefusal.Missing("Servers");
        }

        foreach (var server in servers)
        {
            each(group, server);
        }

        inventory.Change(call, group, (1, 3), string.Join(' ', servers.Select(server => $"{ApiCall.TextOf(server["ServerId"])}={ApiCall.TextOf(server["Weight"])}")));
        return new JsonObject { ["JobId"] = inventory.NextId("job") };
    }

    private void Add(CloudItem group, JsonObject written)
    {
        var id = ApiCall.TextOf(written["ServerId"]) ?? throw ApiRefusal.Missing("Servers.ServerId");
        var type = ApiCall.TextOf(written["ServerType"]) ?? throw ApiRefusal.Missing("Servers.ServerType");
        if (type == "Ecs" && inventory.FindMachine(id) is null)
        {
            throw new ApiRefusal(404, "ResourceNotFound.BackendServer", $"The specified resource of backend server {id} is not found.");
        }

        inventory.SetServer(group.Id, new GroupServer(id, type, PortOf(written), WeightOf(written) ?? 100, inventory.Now + inventory.Delay(1, 3, id)) { Description = ApiCall.TextOf(written["Description"]) });
    }

    private void Update(CloudItem group, JsonObject written)
    {
        var server = Find(group, written);
        if (WeightOf(written) is { } weight && weight != server.Weight)
        {
            inventory.SetServer(group.Id, server with { Weight = weight, SettledAt = inventory.Now + inventory.Delay(1, 3, server.ServerId) });
        }
    }

    private void Remove(CloudItem group, JsonObject written)
    {
        var server = Find(group, written);
        inventory.RemoveServer(group.Id, server.ServerId, server.Port);
    }

    private GroupServer Find(CloudItem group, JsonObject written)
    {
        var id = ApiCall.TextOf(written["ServerId"]) ?? throw ApiRefusal.Missing("Servers.ServerId");
        var port = PortOf(written);
        return inventory.ServersOf(group.Id).FirstOrDefault(server => server.ServerId == id && server.Port == port)
            ?? throw new ApiRefusal(404, "ResourceNotFound.BackendServer", $"The backend server {id}:{port} is not in the server group {group.Id}.");
    }

    private static int PortOf(JsonObject written) => ApiCall.NumberOf(written["Port"], "Servers.Port") is { } port and > 0 and < 65536 ? port : throw ApiRefusal.Invalid("Servers.Port", "it is 1 to 65535");

    private static int? WeightOf(JsonObject written) => ApiCall.NumberOf(written["Weight"], "Servers.Weight") switch
    {
        null => null,
        >= 0 and <= 100 and var weight => weight,
        _ => throw ApiRefusal.Invalid("Servers.Weight", "it is 0 to 100"),
    };

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

    private JsonObject CreateListener(ApiCall call)
    {
        var balancer = GetBalancer(call.Need("LoadBalancerId"));
        RequireSettled(balancer, "LoadBalancer");
        var port = call.NeedNumber("ListenerPort");
        if (inventory.All(ItemKind.Listener).Any(one => one.Text("LoadBalancerId") == balancer.Id && one.Text("ListenerPort") == $"{port}" && !one.IsDeleting))
        {
            throw new ApiRefusal(400, "ResourceAlreadyExist.Listener", $"The specified resource listener of port {port} already exists.");
        }

        var actions = ForwardsOf(call.Maps("DefaultActions"), weighted: false);
        var listener = inventory.Create(
            call,
            ItemKind.Listener,
            call.Find("ListenerDescription") ?? "",
            new JsonObject { ["LoadBalancerId"] = balancer.Id, ["ListenerPort"] = port, ["ListenerProtocol"] = call.Need("ListenerProtocol"), ["DefaultActions"] = actions },
            (4, 8));
        return new JsonObject { ["ListenerId"] = listener.Id, ["JobId"] = inventory.NextId("job") };
    }

    private JsonObject UpdateListener(ApiCall call)
    {
        var listener = GetListener(call.Need("ListenerId"));
        RequireSettled(listener, "Listener");
        var changed = call.Maps("DefaultActions") is { Count: > 0 } actions ? listener.With("DefaultActions", ForwardsOf(actions, weighted: false)) : listener;
        inventory.Change(call, changed with { Name = call.Find("ListenerDescription") ?? listener.Name }, quick, "");
        return new JsonObject { ["JobId"] = inventory.NextId("job") };
    }

    private async Task<JsonObject> DeleteListenerAsync(ApiCall call)
    {
        var listener = GetListener(call.Need("ListenerId"));
        foreach (var rule in inventory.All(ItemKind.Rule).Where(rule => rule.Text("ListenerId") == listener.Id).ToList())
        {
            await inventory.DeleteAsync(call, rule, 0);
        }

        await inventory.DeleteAsync(call, listener);
        return new JsonObject { ["JobId"] = inventory.NextId("job") };
    }

    private JsonObject CreateRule(ApiCall call)
    {
        var listener = GetListener(call.Need("ListenerId"));
        RequireSettled(listener, "Listener");
        var priority = call.NeedNumber("Priority");
        if (inventory.All(ItemKind.Rule).Any(one => one.Text("ListenerId") == listener.Id && one.Text("Priority") == $"{priority}" && !one.IsDeleting))
        {
            throw new ApiRefusal(400, "ResourceAlreadyExist.Rule", $"The specified resource rule of priority {priority} already exists.");
        }

        if (call.Maps("RuleConditions").Count == 0)
        {
            throw ApiRefusal.Missing("RuleConditions");
        }

        var rule = inventory.Create(
            call,
            ItemKind.Rule,
            call.Need("RuleName"),
            new JsonObject
            {
                ["ListenerId"] = listener.Id,
                ["LoadBalancerId"] = listener.Text("LoadBalancerId"),
                ["Priority"] = priority,
                ["RuleConditions"] = new JsonArray([.. call.Maps("RuleConditions").Select(condition => condition.DeepClone())]),
                ["RuleActions"] = ForwardsOf(call.Maps("RuleActions"), weighted: true),
            },
            quick);
        return new JsonObject { ["RuleId"] = rule.Id, ["JobId"] = inventory.NextId("job") };
    }

    private JsonObject UpdateRule(ApiCall call)
    {
        var rule = GetRule(call.Need("RuleId"));
        RequireSettled(rule, "Rule");
        var changed = call.Maps("RuleActions") is { Count: > 0 } actions ? rule.With("RuleActions", ForwardsOf(actions, weighted: true)) : rule;
        inventory.Change(call, changed with { Name = call.Find("RuleName") ?? rule.Name }, quick, "");
        return new JsonObject { ["JobId"] = inventory.NextId("job") };
    }

    private async Task<JsonObject> DeleteRuleAsync(ApiCall call)
    {
        await inventory.DeleteAsync(call, GetRule(call.Need("RuleId")));
        return new JsonObject { ["JobId"] = inventory.NextId("job") };
    }

    /// <summary>Checks that every server group is there; numbers become numbers.</summary>
    private JsonArray ForwardsOf(IReadOnlyList<JsonObject> written, bool weighted)
    {
        if (written.Count == 0)
        {
            throw ApiRefusal.Missing(weighted ? "RuleActions" : "DefaultActions");
        }

        return new JsonArray([.. written.Select(Action)]);

        JsonObject Action(JsonObject action)
        {
            var type = ApiCall.TextOf(action["Type"]) ?? throw ApiRefusal.Missing("Type");
            var tuples = (action["ForwardGroupConfig"]?["ServerGroupTuples"] as JsonArray ?? []).OfType<JsonObject>().Select(Tuple).ToArray();
            if (type == "ForwardGroup" && tuples.Length == 0)
            {
                throw ApiRefusal.Missing("ForwardGroupConfig.ServerGroupTuples");
            }

            var made = new JsonObject { ["Type"] = type, ["ForwardGroupConfig"] = new JsonObject { ["ServerGroupTuples"] = new JsonArray(tuples) } };
            if (weighted)
            {
                made["Order"] = ApiCall.NumberOf(action["Order"], "Order") ?? 1;
            }

            return made;
        }

        JsonObject Tuple(JsonObject tuple)
        {
            var made = new JsonObject { ["ServerGroupId"] = GetServerGroup(ApiCall.TextOf(tuple["ServerGroupId"]) ?? throw ApiRefusal.Missing("ServerGroupId")).Id };
            if (weighted)
            {
                made["Weight"] = ApiCall.NumberOf(tuple["Weight"], "Weight") switch
                {
                    null => 100,
                    >= 0 and <= 100 and var weight => weight,
                    _ => throw ApiRefusal.Invalid("Weight", "it is 0 to 100"),
                };
            }

            return made;
        }
    }

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
