using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Orchestrator.Infra.Alibaba.Calling;

namespace Orchestrator.Infra.Alibaba.Products;

public sealed record HealthCheckSpec(bool HealthCheckEnabled)
{
    public string? HealthCheckProtocol { get; init; }

    public string? HealthCheckPath { get; init; }

    /// <summary>Seconds.</summary>
    public int? HealthCheckInterval { get; init; }

    public int? HealthyThreshold { get; init; }

    public int? UnhealthyThreshold { get; init; }
}

/// <param name="Protocol"><c>HTTP</c>, <c>HTTPS</c> or <c>gRPC</c>.</param>
public sealed record CreateServerGroupRequest(string ServerGroupName, string VpcId, string Protocol, HealthCheckSpec HealthCheckConfig, string ClientToken);

/// <param name="ServerGroupStatus"><c>Creating</c>, <c>Available</c>, <c>Configuring</c>.</param>
public sealed record ServerGroupInfo(string ServerGroupId, string ServerGroupName, string ServerGroupStatus, string? VpcId, int ServerCount);

/// <summary>A server in a group.</summary>
/// <param name="ServerType"><c>Ecs</c>, <c>Eni</c>, <c>Eci</c> or <c>Ip</c>.</param>
/// <param name="Weight">0 to 100; 0 gets no new requests.</param>
/// <param name="Status">In answers: <c>Adding</c>, <c>Available</c>, <c>Configuring</c>, <c>Removing</c>.</param>
public sealed record ServerGroupServer(string ServerId, string ServerType, int? Port, int? Weight, string? Status = null, string? Description = null);

internal sealed record ServersRequest(string ServerGroupId, ImmutableArray<ServerGroupServer> Servers, string ClientToken);

public sealed record ZoneMapping(string ZoneId, string VSwitchId);

/// <param name="PayType"><c>PostPay</c>.</param>
public sealed record LoadBalancerBilling(string PayType);

/// <param name="AddressType"><c>Internet</c> or <c>Intranet</c>.</param>
/// <param name="LoadBalancerEdition"><c>Basic</c>, <c>Standard</c>, <c>StandardWithWaf</c>.</param>
/// <param name="ZoneMappings">Two zones at least.</param>
public sealed record CreateLoadBalancerRequest(
    string LoadBalancerName, string VpcId, string AddressType, string LoadBalancerEdition, LoadBalancerBilling LoadBalancerBillingConfig, ImmutableArray<ZoneMapping> ZoneMappings, string ClientToken);

/// <param name="LoadBalancerStatus"><c>Provisioning</c>, <c>Active</c>, <c>Configuring</c>, <c>Inactive</c>, <c>CreateFailed</c>.</param>
public sealed record LoadBalancerInfo(
    string LoadBalancerId, string LoadBalancerName, string LoadBalancerStatus, [property: JsonPropertyName("DNSName")] string? DnsName, string? VpcId);

/// <summary>Where requests go: server groups with weights, of which the listener's default takes one group.</summary>
/// <param name="Weight">0 to 100, relative to the others; only in rules.</param>
public sealed record ServerGroupTuple(string ServerGroupId, int? Weight = null);

public sealed record ForwardGroup(ImmutableArray<ServerGroupTuple> ServerGroupTuples);

/// <param name="Type"><c>ForwardGroup</c>.</param>
public sealed record ForwardAction(string Type, ForwardGroup ForwardGroupConfig, int? Order = null)
{
    public static ForwardAction To(params ImmutableArray<ServerGroupTuple> groups) => new("ForwardGroup", new ForwardGroup(groups));
}

public sealed record CreateListenerRequest(string LoadBalancerId, int ListenerPort, string ListenerProtocol, ImmutableArray<ForwardAction> DefaultActions, string ClientToken);

/// <param name="ListenerStatus"><c>Provisioning</c>, <c>Running</c>, <c>Configuring</c>, <c>Stopped</c>.</param>
public sealed record ListenerInfo(string ListenerId, string LoadBalancerId, int ListenerPort, string ListenerProtocol, string ListenerStatus)
{
    public ImmutableArray<ForwardAction>? DefaultActions { get; init; }
}

/// <param name="Type"><c>Path</c>, <c>Host</c>, <c>Header</c> and others.</param>
public sealed record RuleCondition(string Type)
{
    public ConditionValues? PathConfig { get; init; }

    public ConditionValues? HostConfig { get; init; }

    public HeaderValues? HeaderConfig { get; init; }

    public static RuleCondition Header(string key, params ImmutableArray<string> values) => new("Header") { HeaderConfig = new HeaderValues(key, values) };

    public static RuleCondition Path(params ImmutableArray<string> paths) => new("Path") { PathConfig = new ConditionValues(paths) };
}

public sealed record ConditionValues(ImmutableArray<string> Values);

public sealed record HeaderValues(string Key, ImmutableArray<string> Values);

/// <param name="Priority">1 to 10,000; the lowest comes first.</param>
public sealed record CreateRuleRequest(
    string ListenerId, int Priority, string RuleName, ImmutableArray<RuleCondition> RuleConditions, ImmutableArray<ForwardAction> RuleActions, string ClientToken);

/// <param name="RuleStatus"><c>Provisioning</c>, <c>Configuring</c>, <c>Available</c>.</param>
public sealed record RuleInfo(string RuleId, string ListenerId, int Priority, string RuleName, string RuleStatus, ImmutableArray<ForwardAction> RuleActions);

/// <summary>Application Load Balancer. Most changes are asynchronous: the resource's status tells when they are in force.</summary>
public sealed class AlbClient(OpenApiClient client, string region) : ProductClient(client, region, sendsRegion: false)
{
    private static readonly ApiOperation createGroup = WithToken("CreateServerGroup");
    private static readonly ApiOperation listGroups = ApiOperation.Rpc(ApiProduct.Alb, "ListServerGroups");
    private static readonly ApiOperation deleteGroup = WithToken("DeleteServerGroup");
    private static readonly ApiOperation listServers = ApiOperation.Rpc(ApiProduct.Alb, "ListServerGroupServers");
    private static readonly ApiOperation addServers = WithToken("AddServersToServerGroup") with { InBody = ["Servers"] };
    private static readonly ApiOperation updateServers = WithToken("UpdateServerGroupServersAttribute") with { InBody = ["Servers"] };
    private static readonly ApiOperation removeServers = WithToken("RemoveServersFromServerGroup");
    private static readonly ApiOperation createBalancer = WithToken("CreateLoadBalancer");
    private static readonly ApiOperation getBalancer = ApiOperation.Rpc(ApiProduct.Alb, "GetLoadBalancerAttribute");
    private static readonly ApiOperation listBalancers = ApiOperation.Rpc(ApiProduct.Alb, "ListLoadBalancers");
    private static readonly ApiOperation deleteBalancer = WithToken("DeleteLoadBalancer");
    private static readonly ApiOperation createListener = WithToken("CreateListener");
    private static readonly ApiOperation getListener = ApiOperation.Rpc(ApiProduct.Alb, "GetListenerAttribute");
    private static readonly ApiOperation listListeners = ApiOperation.Rpc(ApiProduct.Alb, "ListListeners");
    private static readonly ApiOperation updateListener = WithToken("UpdateListenerAttribute");
    private static readonly ApiOperation deleteListener = WithToken("DeleteListener");
    private static readonly ApiOperation createRule = WithToken("CreateRule");
    private static readonly ApiOperation listRules = ApiOperation.Rpc(ApiProduct.Alb, "ListRules");
    private static readonly ApiOperation updateRule = WithToken("UpdateRuleAttribute");
    private static readonly ApiOperation deleteRule = WithToken("DeleteRule");

    public async Task<string> CreateServerGroupAsync(CreateServerGroupRequest request, CancellationToken cancellationToken) =>
        await NeedAsync(createGroup, JsonSerializer.SerializeToNode(request, ProductJson.Default.CreateServerGroupRequest)!.AsObject(), "ServerGroupId", cancellationToken);

    /// <summary>Null when it is gone.</summary>
    public async Task<ServerGroupInfo?> FindServerGroupAsync(string id, CancellationToken cancellationToken) =>
        First((await CallAsync(listGroups, new JsonObject { ["ServerGroupIds"] = Texts([id]) }, cancellationToken))["ServerGroups"], ProductJson.Default.ServerGroupInfo);

    /// <summary>Server groups by their ids, or by their names, which need not be unique.</summary>
    /// <param name="byName">Whether they are names.</param>
    public IAsyncEnumerable<ServerGroupInfo> ListServerGroupsAsync(IEnumerable<string> those, bool byName, CancellationToken cancellationToken) =>
        PagesAsync(
            listGroups, new JsonObject { [byName ? "ServerGroupNames" : "ServerGroupIds"] = Texts(those) }, 100, answer => answer["ServerGroups"], ProductJson.Default.ServerGroupInfo, cancellationToken, byToken: true);

    public Task DeleteServerGroupAsync(string id, string clientToken, CancellationToken cancellationToken) =>
        CallAsync(deleteGroup, new JsonObject { ["ServerGroupId"] = id, ["ClientToken"] = clientToken }, cancellationToken);

    public IAsyncEnumerable<ServerGroupServer> ListServersAsync(string group, CancellationToken cancellationToken) =>
        PagesAsync(listServers, new JsonObject { ["ServerGroupId"] = group }, 100, answer => answer["Servers"], ProductJson.Default.ServerGroupServer, cancellationToken, byToken: true);

    public Task AddServersAsync(string group, ImmutableArray<ServerGroupServer> servers, string clientToken, CancellationToken cancellationToken) =>
        ServersAsync(addServers, new ServersRequest(group, servers, clientToken), cancellationToken);

    /// <summary>Sets the servers' weights; a server is named by its id and port.</summary>
    public Task UpdateServersAsync(string group, ImmutableArray<ServerGroupServer> servers, string clientToken, CancellationToken cancellationToken) =>
        ServersAsync(updateServers, new ServersRequest(group, servers, clientToken), cancellationToken);

    public Task RemoveServersAsync(string group, ImmutableArray<ServerGroupServer> servers, string clientToken, CancellationToken cancellationToken) =>
        ServersAsync(removeServers, new ServersRequest(group, [.. servers.Select(server => server with { Weight = null, Status = null, Description = null })], clientToken), cancellationToken);

    /// <returns>Its id; it takes requests once its status is <c>Active</c> and it has a listener.</returns>
    public async Task<string> CreateLoadBalancerAsync(CreateLoadBalancerRequest request, CancellationToken cancellationToken) =>
        await NeedAsync(createBalancer, JsonSerializer.SerializeToNode(request, ProductJson.Default.CreateLoadBalancerRequest)!.AsObject(), "LoadBalancerId", cancellationToken);

    /// <exception cref="ApiException"><see cref="ApiErrorKind.NotFound"/>.</exception>
    public async Task<LoadBalancerInfo> GetLoadBalancerAsync(string id, CancellationToken cancellationToken) =>
        (await CallAsync(getBalancer, new JsonObject { ["LoadBalancerId"] = id }, cancellationToken)).Deserialize(ProductJson.Default.LoadBalancerInfo)!;

    public IAsyncEnumerable<LoadBalancerInfo> ListLoadBalancersAsync(CancellationToken cancellationToken) =>
        PagesAsync(listBalancers, [], 100, answer => answer["LoadBalancers"], ProductJson.Default.LoadBalancerInfo, cancellationToken, byToken: true);

    public Task DeleteLoadBalancerAsync(string id, string clientToken, CancellationToken cancellationToken) =>
        CallAsync(deleteBalancer, new JsonObject { ["LoadBalancerId"] = id, ["ClientToken"] = clientToken }, cancellationToken);

    public async Task<string> CreateListenerAsync(CreateListenerRequest request, CancellationToken cancellationToken) =>
        await NeedAsync(createListener, JsonSerializer.SerializeToNode(request, ProductJson.Default.CreateListenerRequest)!.AsObject(), "ListenerId", cancellationToken);

    public async Task<ListenerInfo> GetListenerAsync(string id, CancellationToken cancellationToken) =>
        (await CallAsync(getListener, new JsonObject { ["ListenerId"] = id }, cancellationToken)).Deserialize(ProductJson.Default.ListenerInfo)!;

    public IAsyncEnumerable<ListenerInfo> ListListenersAsync(string balancer, CancellationToken cancellationToken) =>
        PagesAsync(listListeners, new JsonObject { ["LoadBalancerIds"] = Texts([balancer]) }, 100, answer => answer["Listeners"], ProductJson.Default.ListenerInfo, cancellationToken, byToken: true);

    /// <summary>Changes the group to which requests go that no rule meets.</summary>
    public Task ForwardListenerAsync(string id, string group, string clientToken, CancellationToken cancellationToken)
    {
        var action = new JsonObject { ["Type"] = "ForwardGroup", ["ForwardGroupConfig"] = new JsonObject { ["ServerGroupTuples"] = new JsonArray(new JsonObject { ["ServerGroupId"] = group }) } };
        return CallAsync(updateListener, new JsonObject { ["ListenerId"] = id, ["DefaultActions"] = new JsonArray(action), ["ClientToken"] = clientToken }, cancellationToken);
    }

    public Task DeleteListenerAsync(string id, string clientToken, CancellationToken cancellationToken) =>
        CallAsync(deleteListener, new JsonObject { ["ListenerId"] = id, ["ClientToken"] = clientToken }, cancellationToken);

    public async Task<string> CreateRuleAsync(CreateRuleRequest request, CancellationToken cancellationToken) =>
        await NeedAsync(createRule, JsonSerializer.SerializeToNode(request, ProductJson.Default.CreateRuleRequest)!.AsObject(), "RuleId", cancellationToken);

    public IAsyncEnumerable<RuleInfo> ListRulesAsync(string listener, CancellationToken cancellationToken) =>
        PagesAsync(listRules, new JsonObject { ["ListenerIds"] = Texts([listener]) }, 100, answer => answer["Rules"], ProductJson.Default.RuleInfo, cancellationToken, byToken: true);

    /// <summary>Divides the rule's requests among server groups by their weights.</summary>
    public Task SetWeightsAsync(string rule, ImmutableArray<ServerGroupTuple> groups, string clientToken, CancellationToken cancellationToken)
    {
        var tuples = new JsonArray([.. groups.Select(group => new JsonObject { ["ServerGroupId"] = group.ServerGroupId, ["Weight"] = group.Weight })]);
        var action = new JsonObject { ["Type"] = "ForwardGroup", ["Order"] = 1, ["ForwardGroupConfig"] = new JsonObject { ["ServerGroupTuples"] = tuples } };
        return CallAsync(updateRule, new JsonObject { ["RuleId"] = rule, ["RuleActions"] = new JsonArray(action), ["ClientToken"] = clientToken }, cancellationToken);
    }

    /// <summary>A rule as the API has it, with what no record here names; null when there is none.</summary>
    public async Task<JsonObject?> FindRuleAsync(string id, CancellationToken cancellationToken) =>
        ((await CallAsync(listRules, new JsonObject { ["RuleIds"] = Texts([id]) }, cancellationToken))["Rules"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(rule => rule.Find("RuleId") == id);

    /// <summary>Replaces all actions of a rule.</summary>
    public Task SetActionsAsync(string rule, JsonArray actions, string clientToken, CancellationToken cancellationToken) =>
        CallAsync(updateRule, new JsonObject { ["RuleId"] = rule, ["RuleActions"] = actions, ["ClientToken"] = clientToken }, cancellationToken);

    public Task DeleteRuleAsync(string id, string clientToken, CancellationToken cancellationToken) =>
        CallAsync(deleteRule, new JsonObject { ["RuleId"] = id, ["ClientToken"] = clientToken }, cancellationToken);

    private Task<JsonObject> ServersAsync(ApiOperation operation, ServersRequest request, CancellationToken cancellationToken) =>
        CallAsync(operation, JsonSerializer.SerializeToNode(request, ProductJson.Default.ServersRequest)!.AsObject(), cancellationToken);

    private static ApiOperation WithToken(string action) => ApiOperation.Rpc(ApiProduct.Alb, action, ApiRepeat.WithToken);
}
