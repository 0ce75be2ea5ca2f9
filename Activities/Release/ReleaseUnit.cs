using Orchestrator.Activities.Journaling;
using Orchestrator.Activities.Provision;
using Orchestrator.Activities.Traffic;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Units;
using Orchestrator.Fleet.Views;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Release;

/// <summary>
/// Tears a trading unit down, after its traffic went home. A unit that never was, or is gone, needs nothing. The ledger lets it go only once a read-back shows nothing of it: until then it
/// is failed there, and holds what it holds.
/// </summary>
internal sealed class ReleaseUnit(IStacks stacks, TrafficDivider divider, UnitReadBack readBack, FleetFacts facts)
    : IActivity<ReleaseUnitArguments, ReleaseUnitResult>
{
    private const string Stands = "unit-stands";

    public async Task<ReleaseUnitResult> ExecuteAsync(ReleaseUnitArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        var unit = (await facts.ReadAsync(cancellationToken)).View.Units.GetValueOrDefault(arguments.Unit);
        var kind = await FindAsync(arguments.Unit, unit, cancellationToken);
        if (kind is null)
        {
            // An undo says what stands, whoever released the unit before.
            return new ReleaseUnitResult
            {
                Unit = arguments.Unit,
                Released = context.Recorded.ContainsKey("released"),
                Deleted = 0,
                Left = context.Undo && unit is not null ? await readBack.ReadAsync(unit.Id, unit.Kind, unit.Region, unit.Cluster, cancellationToken) : [],
            };
        }

        if (context.Undo && unit is { Phase: UnitPhase.Planned or UnitPhase.Provisioning })
        {
            await context.RecordAsync("half-built", new UnitFailed(arguments.Unit, "its build ended half-way, and is taken back") { At = context.Clock.GetUtcNow() }, cancellationToken);
        }

        await DrainAsync(arguments, context, cancellationToken);
        // An attempt before may have left it failed.
        await context.RecordAsync(
            context.Attempt == 1 ? "releasing" : $"releasing/{context.Attempt}", new UnitReleasing(arguments.Unit) { At = context.Clock.GetUtcNow() }, cancellationToken);
        var deleted = await DestroyAsync(arguments.Unit, kind.Value, context, cancellationToken);
        var left = await readBack.ReadAsync(arguments.Unit, kind.Value, unit?.Region, unit?.Cluster, cancellationToken);
        if (left.IsEmpty)
        {
            await context.RecordAsync("released", new UnitReleased(arguments.Unit) { At = context.Clock.GetUtcNow() }, cancellationToken);
            return new ReleaseUnitResult { Unit = arguments.Unit, Released = true, Deleted = deleted };
        }

        var stands = $"unit {arguments.Unit} was destroyed, and yet there is {string.Join("; ", left.Select(one => $"{one.Name} ({one.Reason})"))}";
        await RecordFailedAsync(arguments.Unit, stands, context, cancellationToken);
        return context.Undo
            ? new ReleaseUnitResult { Unit = arguments.Unit, Released = false, Deleted = deleted, Left = left }
            : throw new ActivityFailedException(Stands, $"{stands}. Trying again looks once more; what its stack does not hold has to be deleted by hand");
    }

    /// <summary>Deletes all that the stack holds. What resists leaves the unit failed in the ledger.</summary>
    private async Task<int> DestroyAsync(string unit, UnitKind kind, TaskContext context, CancellationToken cancellationToken)
    {
        try
        {
            var outcome = await UnitStacks.RunAsync(
                $"unit {unit}", onEvent => stacks.DestroyAsync(UnitStacks.Request(kind, unit, context.IdempotencyKey), onEvent, cancellationToken), context);
            return outcome.Changes.GetValueOrDefault("delete");
        }
        catch (ActivityFailedException exception) when (exception.Error.Code == UnitStacks.Failed)
        {
            await RecordFailedAsync(unit, exception.Message, context, cancellationToken);
            throw;
        }
    }

    private static Task<UnitFailed> RecordFailedAsync(string unit, string reason, TaskContext context, CancellationToken cancellationToken) =>
        context.RecordAsync($"failed/{context.Attempt}", new UnitFailed(unit, reason) { At = context.Clock.GetUtcNow() }, cancellationToken);

    /// <summary>What the unit is built on; null when there is no such unit, neither in the journal nor as a stack.</summary>
    private async Task<UnitKind?> FindAsync(string unit, UnitView? known, CancellationToken cancellationToken)
    {
        if (known is not null)
        {
            return known.Phase.IsAlive() ? known.Kind : null;
        }

        foreach (var kind in Enum.GetValues<UnitKind>())
        {
            if (await stacks.OutputsAsync(UnitStacks.Project(kind), unit, cancellationToken) is not null)
            {
                return kind;
            }
        }

        return null;
    }

    private async Task DrainAsync(ReleaseUnitArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        var routed = await divider.ReadAsync(cancellationToken);
        var weight = routed.ByDestination.GetValueOrDefault(arguments.Unit);
        if (weight == 0 && routed.InForce)
        {
            return;
        }

        if (weight > 0 && !arguments.Drain)
        {
            throw new ActivityFailedException(
                "unit-takes-traffic",
                $"unit {arguments.Unit} takes {weight} % of the traffic; shift its traffic away first (traffic.shift), or say drain: true",
                retryable: false);
        }

        context.Progress(0, $"sending {weight} % of the traffic home");
        await divider.ChangeAsync(now => Weights.Without(now, arguments.Unit), context, "drained", cancellationToken);
        await Task.Delay(arguments.Grace, context.Clock, cancellationToken);
    }
}
