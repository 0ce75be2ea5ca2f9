using System.Collections.Immutable;
using Orchestrator.Activities.Journaling;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Views;
using Orchestrator.Infra.Traffic;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Traffic;

/// <summary>Divides the traffic anew. What the fleet's invariants forbid (a unit that was not inspected, weights that do not sum to 100) is refused before the balancer hears of it.</summary>
internal sealed class ShiftTraffic(BalancerClient balancer, TrafficDivider divider, FleetFacts facts, ProfileSet profiles)
    : IActivity<ShiftTrafficArguments, ShiftTrafficResult>
{
    public async Task<ShiftTrafficResult> ExecuteAsync(ShiftTrafficArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        var target = Target(arguments);
        var before = Weights.Normal(await balancer.WeightsAsync(cancellationToken));
        await CheckAsync(target, context, cancellationToken);
        var steps = arguments.Ramp?.Steps ?? 1;
        if (steps > 1)
        {
            // Every step is reckoned from where the ramp began, so an attempt that was cut short sets what its predecessor would have.
            before = (await divider.ChangeAsync(weights => weights, context, "from", cancellationToken)).Weights;
        }

        TrafficShifted? shifted = null;
        for (var step = 1; step <= steps; step++)
        {
            var key = steps == 1 ? "shifted" : $"ramp/{step}";
            if (step < steps && context.Recorded.ContainsKey(key))
            {
                continue;
            }

            var next = Weights.Between(before, target, step, steps);
            shifted = await divider.ChangeAsync(_ => next, context, key, cancellationToken);
            context.Progress((double)step / steps, Weights.Show(shifted.Weights));
            if (step < steps)
            {
                await Task.Delay(arguments.Ramp!.Every, context.Clock, cancellationToken);
            }
        }

        var now = Weights.Normal(await balancer.WeightsAsync(cancellationToken));
        if (!Weights.Equal(now, target))
        {
            throw new ActivityFailedException(
                "weights-differ", $"the balancer has {Weights.Show(now)} where {Weights.Show(target)} was set; something else changes the weights: find it, then try again");
        }

        return new ShiftTrafficResult
        {
            Weights = now.ToImmutableSortedDictionary(StringComparer.Ordinal),
            Before = before.ToImmutableSortedDictionary(StringComparer.Ordinal),
            Demand = shifted!.Demand,
        };
    }

    private static ImmutableDictionary<string, int> Target(ShiftTrafficArguments arguments)
    {
        var (target, diagnostic) = (arguments.Weights, arguments.Spread) switch
        {
            ({ } weights, null) when weights.Values.Sum() != 100 || weights.Values.Any(percent => percent < 0) =>
                (null, $"the weights {Weights.Show(weights.ToImmutableDictionary())} must be whole percents from 0 that sum to 100; give home the rest"),
            ({ } weights, null) => (Weights.Normal(weights), null),
            (null, { } groups) when groups.Where(group => group.Units.Length > 0).Sum(group => group.Percent) > 100 =>
                (null, "the groups take more than 100 % together; lower their percentages"),
            (null, { } groups) => (Weights.Spread(groups), null),
            _ => ((ImmutableDictionary<string, int>?)null, "give either weights (percent by destination) or spread (groups of units, home takes the rest)"),
        };
        return target ?? throw new ActivityFailedException("bad-argument", diagnostic!, retryable: false);
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
