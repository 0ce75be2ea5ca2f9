using Orchestrator.Activities.Journaling;
using Orchestrator.Activities.Provision;
using Orchestrator.Activities.Traffic;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Units;
using Orchestrator.Fleet.Views;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Release;

/// <summary>Tears a trading unit down, after its traffic went home. A unit that never was, or is gone, needs nothing.</summary>
internal sealed class ReleaseUnit(IStacks stacks, TrafficDivider divider, FleetFacts facts)
    : IActivity<ReleaseUnitArguments, ReleaseUnitResult>
{
    public async Task<ReleaseUnitResult> ExecuteAsync(ReleaseUnitArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        var unit = (await facts.ReadAsync(cancellationToken)).View.Units.GetValueOrDefault(arguments.Unit);
        var kind = await FindAsync(arguments.Unit, unit, cancellationToken);
        if (kind is null)
        {
            return new ReleaseUnitResult { Unit = arguments.Unit, Released = context.Recorded.ContainsKey("released"), Deleted = 0 };
        }

        await DrainAsync(arguments, context, cancellationToken);
        await context.RecordAsync("releasing", new UnitReleasing(arguments.Unit) { At = context.Clock.GetUtcNow() }, cancellationToken);
        var outcome = await UnitStacks.RunAsync(
            $"unit {arguments.Unit}",
            onEvent => stacks.DestroyAsync(UnitStacks.Request(kind.Value, arguments.Unit, context.IdempotencyKey), onEvent, cancellationToken),
            context);
        await context.RecordAsync("released", new UnitReleased(arguments.Unit) { At = context.Clock.GetUtcNow() }, cancellationToken);
        return new ReleaseUnitResult { Unit = arguments.Unit, Released = true, Deleted = outcome.Changes.GetValueOrDefault("delete") };
    }

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
