using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Activities.Journaling;
using Orchestrator.Activities.Provision;
using Orchestrator.Activities.Traffic;
using Orchestrator.Fleet.Capacity;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Files;
using Orchestrator.Fleet.Units;
using Orchestrator.Fleet.Views;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Clusters;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Infra.Scaling;
using Orchestrator.Infra.Units;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Events;

namespace Orchestrator.Activities.Scale;

/// <summary>
/// Changes how many hosts a unit has, by its stack's own program with another number: what the program says and what there is stay one. The ledger counts hosts that come from
/// before the first is asked for, and hosts that go until they are gone.
/// </summary>
internal sealed class ScaleUnit(IStacks stacks, HostGroups groups, UnitInventory inventory, TrafficDivider divider, FleetFacts facts, FleetDefinition fleet, ProfileSet profiles)
    : IActivity<ScaleUnitArguments, ScaleUnitResult>
{
    public async Task<ScaleUnitResult> ExecuteAsync(ScaleUnitArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        var view = (await facts.ReadAsync(cancellationToken)).View;
        var unit = Find(view, arguments.Unit);
        // An attempt before may have recorded the larger number already.
        var before = (await context.RecordAsync("from", new UnitScaled(unit.Id, unit.Hosts, unit.CpuMilli) { At = context.Clock.GetUtcNow() }, cancellationToken)).Hosts;
        var after = new UnitScaled(unit.Id, arguments.Hosts, arguments.Hosts * CapacityForecast.HostCpuMilli(fleet, unit.Kind)) { At = context.Clock.GetUtcNow() };
        if (after.Hosts > CapacityForecast.MostHosts(unit.Kind)) throw Refused("bad-argument", $"unit {unit.Id}: {after.Hosts} hosts are asked for, and a unit of this kind has at most {CapacityForecast.MostHosts(unit.Kind)}; divide the traffic over more units");

        if (after.Hosts > unit.Hosts) UnitCapacity.Check(view, after, unit.Id, after.Hosts, profiles);
        var request = Request(unit, arguments.Hosts, context.IdempotencyKey);
        if (context.Undo)
        {
            // Hosts that the step removed by name, and was cut off before its stack heard of them: to the stack's state nothing would have to be brought back.
            await UnitStacks.RunAsync($"unit {unit.Id}", onEvent => stacks.RefreshAsync(request, onEvent, cancellationToken), context);
        }

        await CheckChangesAsync(unit, request, cancellationToken);
        await CoolDownAsync(unit, arguments.Cooldown, context, cancellationToken);

        ImmutableArray<string> removed = [];
        if (arguments.Hosts < before)
        {
            if (arguments.Hosts == 0) await SendHomeAsync(unit, arguments, context, cancellationToken);
            removed = await DrainAsync(unit, arguments, before, context, cancellationToken);
        }
        else if (arguments.Hosts > before)
        {
            await context.RecordAsync("scaled", after with { At = context.Clock.GetUtcNow() }, cancellationToken);
        }

        await UnitStacks.RunAsync($"unit {unit.Id}", onEvent => stacks.UpAsync(request, onEvent, cancellationToken), context);
        if (arguments.Hosts < before) await context.RecordAsync("scaled", after with { At = context.Clock.GetUtcNow() }, cancellationToken);
        return new ScaleUnitResult
        {
            Unit = unit.Id,
            Before = before,
            Hosts = arguments.Hosts,
            Removed = removed,
            Left = context.Undo ? await MissingAsync(unit, arguments.Hosts, context, cancellationToken) : [],
        };
    }

    /// <summary>What the end of an undo shows beside what was before the step: hosts in service, as the cloud or the cluster counts them.</summary>
    private async Task<ImmutableArray<LeftInPlace>> MissingAsync(UnitView unit, int hosts, TaskContext context, CancellationToken cancellationToken)
    {
        var left = ImmutableArray.CreateBuilder<LeftInPlace>();
        if (await HostsBeforeAsync(unit.Id, context, cancellationToken) is { } before && before != hosts)
        {
            left.Add(new LeftInPlace($"unit {unit.Id}", $"it had {before} hosts before the step, and its undo asks for {hosts}"));
        }

        try
        {
            var found = unit.Kind == UnitKind.Cloud
                ? (await groups.ListAsync(await GroupAsync(unit, cancellationToken), cancellationToken)).Length
                : await inventory.ReplicasAsync(unit.Id, unit.Cluster!, cancellationToken);
            if (found != hosts)
            {
                left.Add(new LeftInPlace($"unit {unit.Id}", $"{(unit.Kind == UnitKind.Cloud ? "the cloud" : "the cluster")} shows {(found is { } count ? $"{count} hosts" : "no deployment of it")} where {hosts} hosts were asked for"));
            }
        }
        catch (Exception exception) when (exception is ApiException { Retryable: false } or ObjectRefusedException)
        {
            left.Add(new LeftInPlace($"unit {unit.Id}", $"how many hosts it has is not known: {exception.Message}"));
        }
        catch (Exception exception) when (exception is ApiException or ClusterUnreachableException)
        {
            throw new ActivityFailedException("cloud-refused", $"unit {unit.Id}: its hosts cannot be read back: {exception.Message}", inner: exception);
        }

        return left.ToImmutable();
    }

    /// <summary>The first that this step recorded: how many hosts it found. Null: it never began.</summary>
    private static async Task<int?> HostsBeforeAsync(string unit, TaskContext context, CancellationToken cancellationToken)
    {
        await foreach (var recorded in context.FactsAsync(cancellationToken))
        {
            if (recorded.Run == context.Run && recorded.Path == context.Path && FactRecording.Read(recorded.Fact) is UnitScaled scaled && scaled.Unit == unit)
            {
                return scaled.Hosts;
            }
        }

        return null;
    }

    private static UnitView Find(FleetView view, string id) => view.Units.GetValueOrDefault(id) switch
    {
        null => throw Refused("no-such-unit", $"there is no unit {id}; build it first (unit.provision)"),
        { Phase: UnitPhase.Released or UnitPhase.Releasing } gone => throw Refused("no-such-unit", $"unit {id} is {(gone.Phase == UnitPhase.Released ? "released" : "being released")}; build it again (unit.provision)"),
        { Phase: UnitPhase.Planned or UnitPhase.Provisioning or UnitPhase.Failed } unfinished => throw Refused(
            "unit-not-built", $"unit {id} is {(unfinished.Phase == UnitPhase.Failed ? $"failed ({unfinished.Failure})" : "still being built")}; end its step unit.provision first"),
        var unit => unit,
    };

    /// <summary>A program that was edited since the unit was built could replace its database: only the number of hosts may change here.</summary>
    private async Task CheckChangesAsync(UnitView unit, StackRequest request, CancellationToken cancellationToken)
    {
        StackPreview preview;
        try
        {
            preview = await stacks.PreviewAsync(request, cancellationToken);
        }
        catch (StackProgramException exception)
        {
            throw new ActivityFailedException("bad-program", $"unit {unit.Id}: the program or its configuration is wrong: {exception.Message}", retryable: false, exception);
        }

        var others = preview.Steps.Where(step => step.Operation is "create" or "replace" or "delete" or "forget").ToArray();
        if (others.Length > 0)
        {
            throw Refused("program-changed", $"the unit's program has changed since unit {unit.Id} was built: scaling it would also {string.Join(", ", others.Select(step => $"{step.Operation} {StackResource.NameOf(step.Urn)}"))}. Bring the unit to its program first (unit.provision), or put the program back");
        }
    }

    private static async Task CoolDownAsync(UnitView unit, TimeSpan cooldown, TaskContext context, CancellationToken cancellationToken)
    {
        if (unit.ScaledAt is not { } last || last + cooldown - context.Clock.GetUtcNow() is not { Ticks: > 0 } left) return;

        context.Progress(null, string.Create(CultureInfo.InvariantCulture, $"unit {unit.Id} was scaled at {last.UtcDateTime:HH:mm:ss} UTC; it cools down for another {left.TotalSeconds:0} s"));
        await Task.Delay(left, context.Clock, cancellationToken);
    }

    private async Task SendHomeAsync(UnitView unit, ScaleUnitArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        var routed = await divider.ReadAsync(cancellationToken);
        var weight = routed.ByDestination.GetValueOrDefault(unit.Id);
        if (weight == 0 && routed.InForce) return;

        if (weight > 0 && !arguments.SendTrafficHome)
        {
            throw Refused("unit-takes-traffic", $"unit {unit.Id} takes {weight} % of the traffic and would have no hosts; shift its traffic away first (traffic.shift), or say sendTrafficHome: true");
        }

        context.Progress(0, $"sending {weight} % of the traffic home");
        await divider.ChangeAsync(now => Weights.Without(now, unit.Id), context, "drained", cancellationToken);
    }

    /// <summary>The machines that go lose new requests first, and are removed by name. Without a drain the group chooses by itself.</summary>
    private async Task<ImmutableArray<string>> DrainAsync(UnitView unit, ScaleUnitArguments arguments, int before, TaskContext context, CancellationToken cancellationToken)
    {
        if (unit.Kind != UnitKind.Cloud || arguments.Drain == TimeSpan.Zero) return [];

        var group = await GroupAsync(unit, cancellationToken);
        try
        {
            var hosts = await groups.ListAsync(group, cancellationToken);
            var surplus = Math.Min(hosts.Length, Math.Max(0, hosts.Length - arguments.Hosts));
            var leaving = arguments.Remove == RemovalOrder.Newest ? hosts[^surplus..] : hosts[..surplus];
            if (leaving.IsEmpty) return [];

            await groups.DrainAsync(group, leaving, context.IdempotencyKey, cancellationToken);
            context.Progress(0, string.Create(CultureInfo.InvariantCulture, $"{leaving.Length} of {before} hosts get no new requests"));
            await Task.Delay(arguments.Drain, context.Clock, cancellationToken);
            await groups.RemoveAsync(group, leaving, context.IdempotencyKey, gone => context.Progress((double)gone / leaving.Length, string.Create(CultureInfo.InvariantCulture, $"{gone} of {leaving.Length} hosts are gone")), cancellationToken);
            return leaving;
        }
        catch (ApiException exception)
        {
            throw new ActivityFailedException("cloud-refused", $"unit {unit.Id}: {exception.Message}", exception.Retryable, exception);
        }
    }

    private async Task<HostGroup> GroupAsync(UnitView unit, CancellationToken cancellationToken)
    {
        var outputs = await stacks.OutputsAsync(UnitStacks.Project(unit.Kind), unit.Id, cancellationToken);
        return outputs?["hostGroup"]?.ToString() is { } group && outputs.GetValueOrDefault("servers")?.ToString() is { } servers && unit.Region is { } region
            ? new HostGroup(region, group, servers)
            : throw Refused("no-host-group", $"the stack of unit {unit.Id} does not say which scaling group and server group its hosts are in; it was built by an earlier program. Say drain: 0s, or build it again");
    }

    /// <summary>As the unit was built, with another number of hosts.</summary>
    private static StackRequest Request(UnitView unit, int hosts, string idempotencyKey)
    {
        var built = new ProvisionUnitArguments { Unit = unit.Id, Kind = unit.Kind, Cluster = unit.Cluster, Hosts = hosts };
        if (unit.Region is { } region) built = built with { Region = region };
        if (unit.Version is { } version) built = built with { Version = version };
        return UnitStacks.Request(built, unit.Network, idempotencyKey);
    }

    private static ActivityFailedException Refused(string code, string message) => new(code, message, retryable: false);
}
