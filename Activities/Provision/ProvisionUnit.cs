using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Activities.Journaling;
using Orchestrator.Fleet.Capacity;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Files;
using Orchestrator.Fleet.Units;
using Orchestrator.Infra.Clusters;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Provision;

/// <summary>
/// Brings a trading unit's stack up. The plan is in the journal before the first resource is asked for, so the ledger
/// counts every machine from the start; an attempt that was cut short goes on where the stack's own state says.
/// </summary>
internal sealed class ProvisionUnit(IStacks stacks, FleetInventory inventory, FleetFacts facts, FleetDefinition fleet, ProfileSet profiles) : IActivity<ProvisionUnitArguments, ProvisionUnitResult>
{
    public async Task<ProvisionUnitResult> ExecuteAsync(ProvisionUnitArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        Check(arguments);
        arguments = arguments with { Hosts = HostsOf(arguments) };
        var cloud = arguments.Kind == UnitKind.Cloud;
        var plan = new UnitPlanned(
            arguments.Unit,
            arguments.Kind,
            arguments.Cluster,
            arguments.Hosts,
            arguments.Hosts * CapacityForecast.HostCpuMilli(fleet, arguments.Kind),
            cloud ? fleet.Cloud.CostPerHostHour : 0)
        { At = context.Clock.GetUtcNow(), Region = cloud ? arguments.Region : null, Version = arguments.Version, ResourcePrices = cloud ? fleet.Cloud.ResourcePrices : ImmutableSortedDictionary<string, decimal>.Empty };
        // An attempt before may have planned it: then it is counted already, and has its network.
        if (!context.Recorded.ContainsKey("planned"))
        {
            plan = plan with { Network = cloud ? await NetworkAsync(arguments.Unit, cancellationToken) : null };
            UnitCapacity.Check((await facts.ReadAsync(cancellationToken)).View, plan, arguments.Unit, arguments.Hosts, profiles);
        }

        var planned = await context.RecordAsync("planned", plan, cancellationToken);

        // An attempt that comes later builds what was planned, whatever the forecast is by then.
        arguments = arguments with { Hosts = planned.Hosts };
        var outcome = await BuildAsync(arguments, planned.Network, context, cancellationToken);
        foreach (var hidden in UnitStacks.SecretOutputs(outcome.Outputs))
        {
            context.Progress(null, $"output '{hidden}' is secret: it is shown nowhere and counts as no endpoint");
        }

        var endpoints = UnitStacks.Endpoints(outcome.Outputs);
        var provisioned = await context.RecordAsync("provisioned", new UnitProvisioned(arguments.Unit, endpoints) { At = context.Clock.GetUtcNow() }, cancellationToken);
        return new ProvisionUnitResult
        {
            Unit = arguments.Unit,
            Kind = arguments.Kind,
            Hosts = arguments.Hosts,
            Endpoints = provisioned.Endpoints,
            ReadyAfter = Math.Round((provisioned.At - planned.At).TotalSeconds, 1),
            Changes = outcome.Changes.ToImmutableSortedDictionary(StringComparer.Ordinal),
        };
    }

    /// <summary>A unit of which only a part was made is failed until another attempt completes it or a release takes it down: it holds what there is of it.</summary>
    private async Task<StackOutcome> BuildAsync(ProvisionUnitArguments arguments, string? network, TaskContext context, CancellationToken cancellationToken)
    {
        try
        {
            return await UnitStacks.RunAsync(
                $"unit {arguments.Unit}",
                onEvent => stacks.UpAsync(UnitStacks.Request(arguments, network, context.IdempotencyKey), onEvent, cancellationToken),
                context);
        }
        catch (ActivityFailedException exception) when (exception.Error.Code != UnitStacks.Locked)
        {
            await context.RecordAsync($"failed/{context.Attempt}", new UnitFailed(arguments.Unit, exception.Message) { At = context.Clock.GetUtcNow() }, cancellationToken);
            throw;
        }
    }

    /// <summary>The network of a unit that stands stays as it is; another one gets a range that no unit has.</summary>
    private async Task<string?> NetworkAsync(string unit, CancellationToken cancellationToken)
    {
        var (view, _) = await facts.ReadAsync(cancellationToken);
        var alive = view.Units.Values.Where(other => other.Phase.IsAlive()).ToList();
        return alive.Find(other => other.Id == unit) is { } standing
            ? standing.Network
            : UnitNetworks.RangeFor(unit, alive.Select(other => other.Network).OfType<string>().ToHashSet(StringComparer.Ordinal))
                ?? throw new ActivityFailedException("bad-argument", $"unit {unit}: every address range of units is taken; release a unit first", retryable: false);
    }

    private int HostsOf(ProvisionUnitArguments arguments)
    {
        var (hosts, most) = (arguments.Hosts > 0 ? arguments.Hosts : CapacityForecast.HostsFor(fleet, arguments.Kind, fleet.AdmittedTraffic.Peak, arguments.PercentOfPeak), CapacityForecast.MostHosts(arguments.Kind));
        return hosts <= most ? hosts : throw new ActivityFailedException(
            "bad-argument", string.Create(
                CultureInfo.InvariantCulture,
                $"unit {arguments.Unit}: {(arguments.Hosts > 0 ? "" : $"{arguments.PercentOfPeak} % of the forecast peak needs ")}{hosts} hosts, and a unit of this kind has at most {most}; divide the traffic over more units"), retryable: false);
    }

    private void Check(ProvisionUnitArguments arguments)
    {
        var diagnostic = (arguments.Kind, arguments.Cluster) switch
        {
            (UnitKind.BigData, null) => "a big-data unit runs on lent nodes: say which cluster lends them (cluster: …)",
            (UnitKind.Cloud, not null) => "a cloud unit runs on rented machines: leave cluster out, or make it kind: big-data",
            (UnitKind.BigData, { } cluster) when inventory.Find(cluster) is null =>
                $"there is no cluster '{cluster}'; the fleet has {string.Join(", ", inventory.Clusters)}",
            _ when arguments is { Hosts: 0, PercentOfPeak: <= 0 } => "say how many hosts, or the percent of the peak that it is to carry (percentOfPeak)",
            _ => null,
        };
        if (diagnostic is not null)
        {
            throw new ActivityFailedException("bad-argument", $"unit {arguments.Unit}: {diagnostic}", retryable: false);
        }
    }
}
