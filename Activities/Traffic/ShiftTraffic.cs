using System.Collections.Immutable;
using Orchestrator.Activities.Journaling;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Views;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Traffic;

/// <summary>Divides the traffic anew. What the fleet's invariants forbid (a unit that was not inspected, weights that do not sum to 100) is refused before the router hears of it.</summary>
internal sealed class ShiftTraffic(TrafficDivider divider, BeforeWeights beforeWeights, FleetFacts facts, ProfileSet profiles)
    : IActivity<ShiftTrafficArguments, ShiftTrafficResult>
{
    public async Task<ShiftTrafficResult> ExecuteAsync(ShiftTrafficArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        var target = arguments.Restore ? await BeforeAsync(arguments, context, cancellationToken) : Target(arguments);
        await CheckAsync(target, context, cancellationToken);
        var steps = arguments.Ramp?.Steps ?? 1;
        // Durable before the first change, for the way back; and every step of a ramp is reckoned from it, so that an attempt that was cut short sets what its predecessor would have.
        var before = (await divider.RecordFoundAsync(context, BeforeWeights.Key, cancellationToken)).Weights;

        TrafficShifted? shifted = null;
        ImmutableDictionary<string, int>? left = null;
        for (var step = 1; step <= steps; step++)
        {
            var key = steps == 1 ? "shifted" : $"ramp/{step}";
            if (step < steps && context.Recorded.ContainsKey(key))
            {
                continue;
            }

            var next = Weights.Between(before, target, step, steps);
            shifted = await divider.ChangeAsync(found => left is null || Weights.Equal(found, left) || Weights.Equal(found, next) ? next : throw Changed(found, left, step, steps), context, key, cancellationToken);
            left = next;
            context.Progress((double)step / steps, Weights.Show(shifted.Weights));
            if (step < steps)
            {
                await Task.Delay(arguments.Ramp!.Every, context.Clock, cancellationToken);
            }
        }

        var now = await divider.ReadAsync(cancellationToken);
        if (!context.Undo && !Weights.Equal(now.ByDestination, target))
        {
            throw new ActivityFailedException(
                Weights.Differ, $"{now.Source} has {Weights.Show(now.ByDestination)} where {Weights.Show(target)} was set; something else changes the weights: find it, then try again");
        }

        return new ShiftTrafficResult
        {
            Weights = now.ByDestination.ToImmutableSortedDictionary(StringComparer.Ordinal),
            Before = before.ToImmutableSortedDictionary(StringComparer.Ordinal),
            Demand = shifted!.Demand,
            Left = context.Undo ? BeforeWeights.Missing(now, target, await beforeWeights.OfRunAsync(context, cancellationToken)) : [],
        };
    }

    private static ImmutableDictionary<string, int> Target(ShiftTrafficArguments arguments) =>
        Weights.Asked(arguments.Weights, arguments.Spread) ?? throw new ActivityFailedException(
            "bad-argument",
            arguments.Weights is null
                ? "say how to divide the traffic: weights (percent by destination), spread (groups of units, home takes the rest), or restore in an undo"
                : "give either weights (percent by destination) or spread (groups of units, home takes the rest)",
            retryable: false);

    /// <summary>A step of a ramp is reckoned from the one before it: on other weights than that one's it would take back what somebody else has set since.</summary>
    private static ActivityFailedException Changed(ImmutableDictionary<string, int> found, ImmutableDictionary<string, int> left, int step, int steps) => new(
        Weights.Differ,
        $"step {step} of {steps} found {Weights.Show(found)} where the step before had set {Weights.Show(left)}: somebody else has changed the weights, and they stay as they are. Find out who; trying again goes on with the ramp from there.",
        retryable: false);

    /// <summary>The weights that held before this step's first change, as the journal has them.</summary>
    private async Task<ImmutableDictionary<string, int>> BeforeAsync(ShiftTrafficArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        if (!context.Undo || arguments.Weights is not null || arguments.Spread is not null)
        {
            throw new ActivityFailedException("bad-argument", "restore is for a step's undo, and stands without weights and spread: it means the weights from before the step", retryable: false);
        }

        // A step that recorded nothing changed nothing.
        return await beforeWeights.OfStepAsync(context, cancellationToken) ?? (await divider.ReadAsync(cancellationToken)).ByDestination;
    }

    private async Task CheckAsync(ImmutableDictionary<string, int> target, TaskContext context, CancellationToken cancellationToken)
    {
        var (view, _) = await facts.ReadAsync(cancellationToken);
        var after = view.Apply(new TrafficShifted(target, view.Demand) { At = context.Clock.GetUtcNow() });
        // Only what this change would break; what is broken already is not fixed by refusing the way out of it.
        var known = Invariants.Check(view, profiles).Select(broken => broken.Message).ToHashSet(StringComparer.Ordinal);
        var broken = Invariants.Check(after, profiles).Where(violation => !known.Contains(violation.Message)).Select(violation => violation.Message).ToList();
        if (broken.Count > 0)
        {
            throw new ActivityFailedException(
                "invariant-broken", $"the weights {Weights.Show(target)} are refused: {string.Join("; ", broken)}. Inspect the unit first (unit.inspect), or leave it out.", retryable: false);
        }
    }
}
