using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Units;
using Orchestrator.Fleet.Views;
using Orchestrator.Infra.Alibaba;
using Orchestrator.Infra.Clusters;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Infra.Traffic;
using Orchestrator.Infra.Units;

namespace Orchestrator.Activities.Tests;

/// <summary>All that a run may leave behind, each thing by name: labels, quotas, weights, what the cloud has, stacks, and what the ledger counts.</summary>
internal sealed record WorldSnapshot(ImmutableSortedDictionary<string, string> Things)
{
    private const string Region = "cn-hangzhou";

    public static async Task<WorldSnapshot> TakeAsync(TestEnvironment environment, IEnumerable<string> lentUnits)
    {
        var (services, cancel, things) = (environment.Services, TestContext.Current.CancellationToken, new SortedDictionary<string, string>(StringComparer.Ordinal));
        var driver = services.GetRequiredService<FleetInventory>().Find("lend")!;
        foreach (var node in (await driver.SurveyAsync(cancel)).Nodes) things[$"node {node.Name}"] = node.State?.Id() ?? "none";
        foreach (var (name, quota) in await driver.QuotasAsync(cancel) ?? ImmutableDictionary<string, ClusterQuota>.Empty)
        {
            things[$"quota {name}"] = $"{string.Join(",", quota.Max.Where(limit => limit.Value.Length > 0))} before {(quota.Before is { } limits ? string.Join(",", limits) : "none")}";
        }

        var routed = await services.GetRequiredService<ITrafficRouter>().ReadAsync(cancel);
        foreach (var (destination, percent) in routed.ByDestination.Where(weight => weight.Value > 0)) things[$"traffic to {destination}"] = $"{percent} % {routed.InForce}";

        // Whatever its name is: what was made twice or under another name is left behind all the same.
        var cloud = services.GetRequiredService<AlibabaCloud>();
        await foreach (var one in cloud.Vpc(Region).ListVpcsAsync(null, cancel)) things[$"network {one.VpcName} {one.VpcId}"] = "there";
        await foreach (var one in cloud.Vpc(Region).ListVSwitchesAsync(null, cancel)) things[$"switch {one.VSwitchName} {one.VSwitchId}"] = "there";
        await foreach (var one in cloud.Ecs(Region).ListSecurityGroupsAsync(null, cancel)) things[$"security group {one.SecurityGroupName} {one.SecurityGroupId}"] = "there";
        await foreach (var one in cloud.Ecs(Region).ListInstancesAsync(null, cancel)) things[$"machine {one.InstanceName} {one.InstanceId}"] = "there";
        await foreach (var one in cloud.Alb(Region).ListServerGroupsAsync([], byName: true, cancel)) things[$"server group {one.ServerGroupName} {one.ServerGroupId}"] = "there";
        await foreach (var one in cloud.Alb(Region).ListLoadBalancersAsync(cancel)) things[$"balancer {one.LoadBalancerName} {one.LoadBalancerId}"] = "there";
        await foreach (var one in cloud.Ess(Region).ListScalingGroupsAsync(cancel)) things[$"scaling group {one.ScalingGroupName} {one.ScalingGroupId}"] = "there";
        await foreach (var one in cloud.Rds(Region).ListInstancesAsync(cancel)) things[$"database {one.Description} {one.DbInstanceId}"] = "there";
        await foreach (var one in cloud.Redis(Region).ListInstancesAsync(cancel)) things[$"cache {one.InstanceName} {one.InstanceId}"] = "there";
        foreach (var unit in lentUnits)
        {
            foreach (var one in await services.GetRequiredService<UnitInventory>().OnClusterAsync(unit, "lend", cancel)) things[one.What] = "there";
        }

        var stacks = services.GetRequiredService<IStacks>();
        foreach (var stack in await stacks.ListAsync(cancel))
        {
            foreach (var resource in await stacks.ResourcesAsync(stack.Project, stack.Stack, cancel) ?? []) things[$"stack {stack.Stack}: {resource.Name}"] = "held";
        }

        foreach (var unit in FleetView.Of(await environment.FactsAsync()).Units.Values.Where(unit => unit.Phase.IsAlive())) things[$"ledger {unit.Id}"] = unit.Phase.ToString();
        return new WorldSnapshot(things.ToImmutableSortedDictionary(StringComparer.Ordinal));
    }

    /// <summary>Names of the things that are not as they were, with both.</summary>
    public ImmutableSortedDictionary<string, string> Difference(WorldSnapshot before) => Things.Keys.Union(before.Things.Keys)
        .Where(name => Things.GetValueOrDefault(name) != before.Things.GetValueOrDefault(name))
        .ToImmutableSortedDictionary(name => name, name => $"{before.Things.GetValueOrDefault(name, "nothing")} → {Things.GetValueOrDefault(name, "nothing")}", StringComparer.Ordinal);
}
