using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Orchestrator.Infra.Provisioning.Programs;

/// <summary>What the embedded engine must know of a resource's type: the inputs the provider's SDK requires, and those whose change replaces it.</summary>
/// <param name="ReplaceOn">Input paths; a path stands for everything below it.</param>
internal sealed record ResourceType(string Token, ImmutableArray<string> Required, ImmutableArray<string> ReplaceOn);

/// <summary>The types of a trading unit, after the alicloud provider 3.108 and the kubernetes provider 4; their properties are in <see cref="ResourceSchema"/>.</summary>
internal static class ResourceTypes
{
    public const string Stack = "pulumi:pulumi:Stack";
    public const string ProviderPrefix = "pulumi:providers:";

    private static readonly FrozenDictionary<string, ResourceType> Known = new ResourceType[]
    {
        new("pulumi:providers:alicloud", [], []),
        new("pulumi:providers:kubernetes", [], ["context"]),
        new("alicloud:vpc/network:Network", [], ["ipv4IpamPoolId"]),
        new("alicloud:vpc/switch:Switch", ["vpcId", "zoneId", "cidrBlock"], ["vpcId", "zoneId", "cidrBlock"]),
        new("alicloud:ecs/securityGroup:SecurityGroup", [], ["vpcId", "securityGroupType"]),
        new("alicloud:ecs/securityGroupRule:SecurityGroupRule", ["type", "ipProtocol", "securityGroupId"], ["type", "ipProtocol", "securityGroupId", "portRange", "cidrIp", "sourceSecurityGroupId", "nicType", "policy", "priority"]),
        new("alicloud:ess/scalingGroup:ScalingGroup", ["minSize", "maxSize"], ["multiAzPolicy", "dbInstanceIds"]),
        new("alicloud:ess/scalingConfiguration:ScalingConfiguration", ["scalingGroupId"], ["scalingGroupId"]),
        new("alicloud:alb/serverGroup:ServerGroup", ["serverGroupName", "healthCheckConfig"], ["vpcId", "protocol"]),
        new("alicloud:alb/loadBalancer:LoadBalancer", ["vpcId", "addressType", "loadBalancerEdition", "loadBalancerBillingConfig", "zoneMappings"], ["vpcId"]),
        new("alicloud:alb/listener:Listener", ["loadBalancerId", "listenerPort", "listenerProtocol", "defaultActions"], ["loadBalancerId", "listenerPort", "listenerProtocol"]),
        new("alicloud:rds/instance:Instance", ["engine", "engineVersion", "instanceType", "instanceStorage"], ["engine", "zoneId"]),
        new("alicloud:kvstore/instance:Instance", [], ["instanceType"]),
        new("alicloud:cs/managedKubernetes:ManagedKubernetes", [], ["vswitchIds", "podVswitchIds", "serviceCidr"]),
        new("alicloud:cs/nodePool:NodePool", ["clusterId"], ["clusterId"]),
        new("alicloud:emrv2/cluster:Cluster", ["clusterName", "clusterType", "releaseVersion", "applications", "nodeAttributes", "nodeGroups"], ["clusterType", "releaseVersion", "nodeAttributes"]),
        new("kubernetes:core/v1:Namespace", [], ["metadata.name"]),
        new("kubernetes:core/v1:ConfigMap", [], ["metadata.name", "metadata.namespace"]),
        new("kubernetes:core/v1:Service", [], ["metadata.name", "metadata.namespace"]),
        new("kubernetes:apps/v1:Deployment", [], ["metadata.name", "metadata.namespace", "spec.selector"]),
    }.ToFrozenDictionary(type => type.Token);

    public static ImmutableArray<string> Required(string token) => Known[token].Required;

    public static ImmutableArray<string> ReplaceOn(string token) => Known.TryGetValue(token, out var type) ? type.ReplaceOn : [];

    /// <summary>
    /// The full token for what a program writes: <c>alicloud:vpc:Network</c> stands for <c>alicloud:vpc/network:Network</c>.
    /// Null when the type is not known.
    /// </summary>
    public static string? Canonical(string written)
    {
        if (Known.ContainsKey(written))
        {
            return written;
        }

        if (written.Split(':') is not [var package, var module, { Length: > 0 } name])
        {
            return null;
        }

        var full = $"{package}:{module}/{char.ToLowerInvariant(name[0])}{name[1..]}:{name}";
        return Known.ContainsKey(full) ? full : null;
    }

    /// <summary><c>; did you mean …?</c>, or nothing.</summary>
    public static string Suggest(string written) => Text.Suggest.Hint(written, Known.Keys);

    /// <summary>Every token that is known.</summary>
    public static IReadOnlyCollection<string> All => Known.Keys;
}
