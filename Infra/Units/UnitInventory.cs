using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Alibaba;
using Orchestrator.Infra.Clusters;

namespace Orchestrator.Infra.Units;

/// <summary>Something of a unit that a cloud or a cluster shows.</summary>
/// <param name="Name">As its program names it, as <c>cloud-1-db</c>.</param>
/// <param name="What">Its kind and id, as <c>database rm-bp1…</c>.</param>
/// <param name="State">As the cloud calls it; empty: it does not say.</param>
public sealed record ShownResource(string Name, string What, string State);

/// <summary>
/// What clouds and clusters show of a trading unit. It is asked of them, by the names that the unit's program gives, and not of the unit's stack: a stack that holds nothing proves only
/// that nothing more was known. Changes nothing. Throws <c>ApiException</c> and <see cref="ClusterUnreachableException"/> when they cannot be asked.
/// </summary>
public sealed class UnitInventory(AlibabaCloud cloud, FleetInventory clusters)
{
    /// <summary>Everything of a cloud unit in its region: its network with the machines in it, groups, balancer, database and cache. Sorted by name.</summary>
    public async Task<ImmutableArray<ShownResource>> OnCloudAsync(string unit, string region, CancellationToken cancellationToken)
    {
        var found = new List<ShownResource>();
        var (vpc, ecs, alb, ess) = (cloud.Vpc(region), cloud.Ecs(region), cloud.Alb(region), cloud.Ess(region));
        await foreach (var network in vpc.ListVpcsAsync($"{unit}-vpc", cancellationToken))
        {
            if (network.VpcName != $"{unit}-vpc") continue;

            found.Add(new ShownResource($"{unit}-vpc", $"network {network.VpcId}", network.Status));
            await foreach (var one in vpc.ListVSwitchesAsync(network.VpcId, cancellationToken))
            {
                found.Add(new ShownResource(one.VSwitchName ?? one.VSwitchId, $"switch {one.VSwitchId}", one.Status));
            }

            await foreach (var group in ecs.ListSecurityGroupsAsync(network.VpcId, cancellationToken))
            {
                found.Add(new ShownResource(group.SecurityGroupName ?? group.SecurityGroupId, $"security group {group.SecurityGroupId}", ""));
            }

            await foreach (var machine in ecs.ListInstancesAsync(network.VpcId, cancellationToken))
            {
                found.Add(new ShownResource(machine.InstanceName ?? machine.InstanceId, $"machine {machine.InstanceId}", machine.Status));
            }
        }

        await foreach (var group in alb.ListServerGroupsAsync([$"{unit}-servers"], byName: true, cancellationToken))
        {
            if (group.ServerGroupName == $"{unit}-servers") found.Add(new ShownResource(group.ServerGroupName, $"server group {group.ServerGroupId}", group.ServerGroupStatus));
        }

        await foreach (var balancer in alb.ListLoadBalancersAsync(cancellationToken))
        {
            if (balancer.LoadBalancerName == $"{unit}-alb") found.Add(new ShownResource(balancer.LoadBalancerName, $"load balancer {balancer.LoadBalancerId}", balancer.LoadBalancerStatus));
        }

        await foreach (var group in ess.ListScalingGroupsAsync(cancellationToken))
        {
            if (group.ScalingGroupName == $"{unit}-hosts") found.Add(new ShownResource(group.ScalingGroupName, $"scaling group {group.ScalingGroupId}", group.LifecycleState));
        }

        await foreach (var database in cloud.Rds(region).ListInstancesAsync(cancellationToken))
        {
            if (database.Description == $"{unit}-db") found.Add(new ShownResource(database.Description, $"database {database.DbInstanceId}", database.DbInstanceStatus));
        }

        await foreach (var cache in cloud.Redis(region).ListInstancesAsync(cancellationToken))
        {
            if (cache.InstanceName == $"{unit}-cache") found.Add(new ShownResource(cache.InstanceName, $"cache {cache.InstanceId}", cache.InstanceStatus));
        }

        return [.. found.OrderBy(one => one.Name, StringComparer.Ordinal).ThenBy(one => one.What, StringComparer.Ordinal)];
    }

    /// <summary>The namespace of a unit on lent nodes, which holds all that it has; empty: it is gone, or the cluster is none of ours any more.</summary>
    public async Task<ImmutableArray<ShownResource>> OnClusterAsync(string unit, string cluster, CancellationToken cancellationToken) =>
        clusters.Find(cluster) is { } driver && await driver.Objects.FindAsync(new ObjectName("v1", "Namespace", null, unit), cancellationToken) is { } space
            ? [new ShownResource(unit, $"namespace {unit} on {cluster}", Text(space["status"], "phase"))]
            : [];

    /// <summary>Replicas that the deployment of a unit on lent nodes asks for; null: it is not there.</summary>
    public async Task<int?> ReplicasAsync(string unit, string cluster, CancellationToken cancellationToken) =>
        clusters.Find(cluster) is { } driver && await driver.Objects.FindAsync(new ObjectName("apps/v1", "Deployment", unit, "trading"), cancellationToken) is { } deployment
            ? (deployment["spec"]?["replicas"]?.GetValue<int>() ?? 1)
            : null;

    private static string Text(JsonNode? node, string name) => node?[name]?.ToString() ?? "";
}
