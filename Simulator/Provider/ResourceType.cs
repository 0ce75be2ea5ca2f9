using System.Collections.Frozen;
using System.Text.Json.Nodes;

namespace Orchestrator.Simulator.Provider;

internal enum EndpointKind { None, Http, Database, Cache }

/// <summary>A kind of cloud resource: how its ids begin, what it needs, how long it takes (night time), and what it opens.</summary>
/// <param name="Quota">How many there may be at once.</param>
internal sealed record ResourceType(string Token, string IdPrefix, TimeSpan Least, TimeSpan Most, string[] Required, EndpointKind Endpoint = EndpointKind.None, int Quota = 200)
{
    /// <summary>By Pulumi token, without regard to the form of its module (<c>vpc/network:Network</c>).</summary>
    public static readonly FrozenDictionary<string, ResourceType> All = new[]
    {
        Of("vpc/network:Network", "vpc", 3, 6),
        Of("vpc/switch:Switch", "vsw", 2, 5),
        Of("ecs/securityGroup:SecurityGroup", "sg", 1, 3),
        Of("ecs/securityGroupRule:SecurityGroupRule", "sgr", 0.5, 1, ["type", "ipProtocol", "securityGroupId"]),
        Of("ess/scalingGroup:ScalingGroup", "asg", 3, 6, ["minSize", "maxSize"]),
        // Enabling a configuration starts the group's instances; the resource is ready when they are.
        Of("ess/scalingConfiguration:ScalingConfiguration", "asc", 60, 90, ["scalingGroupId"]),
        Of("alb/serverGroup:ServerGroup", "sgp", 2, 5, ["serverGroupName", "healthCheckConfig"]),
        Of("alb/loadBalancer:LoadBalancer", "alb", 35, 45, ["vpcId", "addressType", "loadBalancerEdition", "loadBalancerBillingConfig", "zoneMappings"], EndpointKind.Http),
        Of("alb/listener:Listener", "lsn", 4, 8, ["loadBalancerId", "listenerPort", "listenerProtocol", "defaultActions"]),
        Of("rds/instance:Instance", "rm", 220, 260, ["engine", "engineVersion", "instanceType", "instanceStorage"], EndpointKind.Database),
        Of("kvstore/instance:Instance", "r", 100, 140, [], EndpointKind.Cache),
        Of("cs/managedKubernetes:ManagedKubernetes", "c", 270, 330),
        Of("cs/nodePool:NodePool", "np", 160, 200, ["clusterId"]),
        Of("emrv2/cluster:Cluster", "emr", 220, 280, ["clusterName", "clusterType", "releaseVersion", "applications", "nodeAttributes", "nodeGroups"]),
    }.ToFrozenDictionary(type => type.Token);

    /// <summary>How many rented machines such a resource holds.</summary>
    public int HostsOf(JsonObject inputs) => Token switch
    {
        "alicloud:ess/scalingGroup:ScalingGroup" => Number(inputs["desiredCapacity"]) ?? Number(inputs["minSize"]) ?? 0,
        "alicloud:cs/nodePool:NodePool" => Number(inputs["desiredSize"]) ?? 0,
        "alicloud:emrv2/cluster:Cluster" => (inputs["nodeGroups"] as JsonArray)?.OfType<JsonObject>().Sum(group => Number(group["nodeCount"]) ?? 0) ?? 0,
        _ => 0,
    };

    private static ResourceType Of(string token, string prefix, double least, double most, string[]? required = null, EndpointKind endpoint = EndpointKind.None) =>
        new($"alicloud:{token}", prefix, TimeSpan.FromSeconds(least), TimeSpan.FromSeconds(most), required ?? [], endpoint);

    private static int? Number(JsonNode? node) =>
        int.TryParse(node?.ToString(), System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : null;
}
