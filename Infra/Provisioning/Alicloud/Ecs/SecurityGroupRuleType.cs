using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Provisioning.Alicloud.Mapping;
using Orchestrator.Infra.Provisioning.Providers;

namespace Orchestrator.Infra.Provisioning.Alicloud.Ecs;

/// <summary>
/// Rules that let traffic into a security group: <c>AuthorizeSecurityGroup</c>, <c>DescribeSecurityGroupAttribute</c>, <c>RevokeSecurityGroup</c>. A rule's id
/// is the provider's: <c>group:ingress:protocol:ports:nic:source:policy:priority</c>.
/// </summary>
internal sealed class SecurityGroupRuleType : CloudType
{
    private static readonly ApiOperation authorize = ApiOperation.Rpc(ApiProduct.Ecs, "AuthorizeSecurityGroup");
    private static readonly ApiOperation describe = ApiOperation.Rpc(ApiProduct.Ecs, "DescribeSecurityGroupAttribute");
    private static readonly ApiOperation revoke = ApiOperation.Rpc(ApiProduct.Ecs, "RevokeSecurityGroup");

    public override string Token => "alicloud:ecs/securityGroupRule:SecurityGroupRule";

    public override FrozenSet<string> Inputs { get; } =
        ["type", "ipProtocol", "portRange", "cidrIp", "sourceSecurityGroupId", "securityGroupId", "policy", "priority", "nicType", "description"];

    public override async Task<string> CreateAsync(CloudApi api, string name, JsonObject inputs, string token, CancellationToken cancellationToken)
    {
        if (inputs.Need("type") != "ingress")
        {
            throw new InputException("type", "is not ingress: the embedded engine makes no rules for outgoing traffic");
        }

        var rule = Rule.Of(inputs);
        await api.CallAsync(authorize, rule.Parameters(inputs.Text("description"), token), cancellationToken);
        return rule.Id;
    }

    public override async Task<string?> FindAsync(CloudApi api, string name, JsonObject inputs, string token, CancellationToken cancellationToken) =>
        Rule.Of(inputs) is var rule && await FindAsync(api, rule, cancellationToken) is not null ? rule.Id : null;

    public override async Task<ProviderResource?> ReadAsync(CloudApi api, string id, CancellationToken cancellationToken)
    {
        var rule = Rule.Parse(id);
        return await FindAsync(api, rule, cancellationToken) is not { } found ? null : new ProviderResource(
            id,
            Ready: true,
            new JsonObject
            {
                ["type"] = "ingress",
                ["ipProtocol"] = rule.Protocol,
                ["portRange"] = rule.Ports,
                ["nicType"] = rule.Nic,
                ["policy"] = rule.Policy,
                ["priority"] = int.Parse(rule.Priority, System.Globalization.CultureInfo.InvariantCulture),
                ["securityGroupId"] = rule.Group,
                ["securityGroupRuleId"] = found.Text("SecurityGroupRuleId"),
            });
    }

    public override Task DeleteAsync(CloudApi api, string id, JsonObject inputs, string token, CancellationToken cancellationToken) =>
        api.CallAsync(revoke, Rule.Parse(id).Parameters(null, token), cancellationToken);

    private static async Task<JsonObject?> FindAsync(CloudApi api, Rule rule, CancellationToken cancellationToken)
    {
        var answer = await api.CallAsync(describe, new JsonObject { ["SecurityGroupId"] = rule.Group, ["Direction"] = "ingress" }, cancellationToken);
        return (answer["Permissions"] as JsonObject ?? []).Maps("Permission").FirstOrDefault(rule.Is);
    }

    private sealed record Rule(string Group, string Protocol, string Ports, string Nic, string Source, string Policy, string Priority)
    {
        public string Id => $"{Group}:ingress:{Protocol}:{Ports}:{Nic}:{Source}:{Policy}:{Priority}";

        private bool FromGroup => Source.StartsWith("sg-", StringComparison.Ordinal);

        public static Rule Of(JsonObject inputs)
        {
            var protocol = inputs.Need("ipProtocol").ToLowerInvariant();
            return new Rule(
                inputs.Need("securityGroupId"),
                protocol,
                inputs.Text("portRange") ?? (protocol is "tcp" or "udp" ? throw new InputException("portRange", $"is needed for {protocol}") : "-1/-1"),
                inputs.Text("nicType") ?? "intranet",
                inputs.Text("cidrIp") ?? inputs.Text("sourceSecurityGroupId") ?? throw new InputException("cidrIp", "or sourceSecurityGroupId is needed"),
                inputs.Text("policy")?.ToLowerInvariant() ?? "accept",
                inputs.Text("priority") ?? "1");
        }

        public static Rule Parse(string id) => id.Split(':') is [var group, "ingress", var protocol, var ports, var nic, var source, var policy, var priority]
            ? new Rule(group, protocol, ports, nic, source, policy, priority)
            : throw new ProviderException("id", $"'{id}' is no rule of a security group: it reads group:ingress:protocol:ports:nic:source:policy:priority", retryable: false);

        public JsonObject Parameters(string? description, string token)
        {
            var permission = new JsonObject
            {
                ["IpProtocol"] = Protocol.ToUpperInvariant(),
                ["PortRange"] = Ports,
                ["NicType"] = Nic,
                [FromGroup ? "SourceGroupId" : "SourceCidrIp"] = Source,
                [nameof(Policy)] = Policy,
                [nameof(Priority)] = Priority,
                ["Description"] = description,
            };
            return new JsonObject { ["SecurityGroupId"] = Group, ["Permissions"] = new JsonArray(permission), ["ClientToken"] = token };
        }

        public bool Is(JsonObject permission)
        {
            bool Same(string field, string value) => string.Equals(permission.Text(field), value, StringComparison.OrdinalIgnoreCase);
            return Same("IpProtocol", Protocol) && Same("PortRange", Ports) && Same(FromGroup ? "SourceGroupId" : "SourceCidrIp", Source) && Same(nameof(Policy), Policy) && Same(nameof(Priority), Priority);
        }
    }
}
