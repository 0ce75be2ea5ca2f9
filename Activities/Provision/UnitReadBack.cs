using System.Collections.Immutable;
using Orchestrator.Activities.Traffic;
using Orchestrator.Fleet.Units;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Clusters;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Infra.Units;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Events;

namespace Orchestrator.Activities.Provision;

/// <summary>Reads back whether a unit that was taken down is gone: its stack, what the cloud or the lending cluster shows of it, and its part of the traffic.</summary>
internal sealed class UnitReadBack(IStacks stacks, UnitInventory inventory, TrafficDivider divider)
{
    /// <summary>The region of units that were recorded without one, as in a runbook that says none.</summary>
    private static readonly string defaultRegion = new ProvisionUnitArguments { Unit = "", Kind = UnitKind.Cloud }.Region;

    /// <returns>What stands, each with the reason; empty: the unit is gone.</returns>
    /// <exception cref="ActivityFailedException">Who would know does not answer; another try may tell.</exception>
    public async Task<ImmutableArray<LeftInPlace>> ReadAsync(string unit, UnitKind kind, string? region, string? cluster, CancellationToken cancellationToken)
    {
        var left = ImmutableArray.CreateBuilder<LeftInPlace>();
        var held = await UnitStacks.GuardedAsync($"unit {unit}", () => stacks.ResourcesAsync(UnitStacks.Project(kind), unit, cancellationToken)) ?? [];
        left.AddRange(held.Select(resource => new LeftInPlace($"unit {unit}: {resource.Name}", "its stack's state still holds it")));
        try
        {
            var standing = (kind, cluster) switch
            {
                (UnitKind.Cloud, _) => await inventory.OnCloudAsync(unit, region ?? defaultRegion, cancellationToken),
                (UnitKind.BigData, { } lender) => await inventory.OnClusterAsync(unit, lender, cancellationToken),
                _ => [],
            };
            left.AddRange(standing.Select(one => new LeftInPlace(
                $"unit {unit}: {one.Name}", $"{(kind == UnitKind.Cloud ? "the cloud" : "the cluster")} still shows {one.What}{(one.State.Length > 0 ? $", {one.State}" : "")}")));
        }
        catch (ApiException exception) when (exception.Retryable)
        {
            throw new ActivityFailedException("cloud-refused", $"unit {unit}: whether it is gone cannot be read back: {exception.Message}", retryable: true, exception);
        }
        catch (ClusterUnreachableException exception)
        {
            throw new ActivityFailedException("cluster-unreachable", $"unit {unit}: whether it is gone cannot be read back: {exception.Message}", inner: exception);
        }
        catch (Exception exception) when (exception is ApiException or ObjectRefusedException)
        {
            left.Add(new LeftInPlace($"unit {unit}", $"whether the cloud still shows any of it is not known: {exception.Message}"));
        }

        if ((await divider.ReadAsync(cancellationToken)) is var routed && routed.ByDestination.GetValueOrDefault(unit) is > 0 and var percent)
        {
            left.Add(new LeftInPlace($"traffic to {unit}", $"{routed.Source} still sends it {percent} %"));
        }

        return left.ToImmutable();
    }
}
