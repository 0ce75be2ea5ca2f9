using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Orchestrator.Activities.Journaling;
using Orchestrator.Fleet.Units;
using Orchestrator.Infra.Traffic;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Traffic;

/// <summary>
/// Sends requests that carry a header to destinations of their own, by a rule beside the one that divides the traffic. A run has one canary: a step with another division replaces it,
/// and any of its steps ends it.
/// </summary>
internal sealed partial class CanaryTraffic(ITrafficRouter router, FleetFacts facts) : IActivity<CanaryTrafficArguments, CanaryTrafficResult>
{
    public async Task<CanaryTrafficResult> ExecuteAsync(CanaryTrafficArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        var name = $"canary-{context.Run.ToString().Replace("-", "", StringComparison.Ordinal)[^12..]}";
        var weights = Target(arguments);
        try
        {
            if (weights is null)
            {
                await router.UnmarkAsync(name, cancellationToken);
                return new CanaryTrafficResult { Weights = ImmutableSortedDictionary<string, int>.Empty };
            }

            await CheckAsync(weights, cancellationToken);
            await router.MarkAsync(
                new MarkedTraffic(name, arguments.Header, ImmutableSortedDictionary.Create<string, ImmutableDictionary<string, int>>(StringComparer.Ordinal).Add(arguments.Value, weights), context.IdempotencyKey), cancellationToken);
            return new CanaryTrafficResult { Weights = weights.ToImmutableSortedDictionary(StringComparer.Ordinal) };
        }
        catch (TrafficException exception)
        {
            throw TrafficDivider.Failure(exception, exception.Message);
        }
    }

    /// <summary>Null: the canary ends.</summary>
    private static ImmutableDictionary<string, int>? Target(CanaryTrafficArguments arguments)
    {
        if (!HeaderName().IsMatch(arguments.Header) || arguments.Value.Length is 0 or > 128 || arguments.Value.Any(letter => letter is < ' ' or > '~'))
        {
            throw Refuse($"'{arguments.Header}: {arguments.Value}' is no header; give a name of letters, digits and hyphens, and a value of 1 to 128 printable characters");
        }

        return arguments switch
        {
            { End: true, Weights: null, Spread: null } => null,
            { End: false, Weights: { } given, Spread: null } when given.Values.Sum() == 100 && given.Values.All(percent => percent >= 0) => Weights.Normal(given),
            { End: false, Weights: { } given, Spread: null } => throw Refuse($"the weights {Weights.Show(given.ToImmutableDictionary())} must be whole percents from 0 that sum to 100; give home the rest"),
            { End: false, Weights: null, Spread: { } groups } when groups.Where(group => group.Units.Length > 0).Sum(group => group.Percent) <= 100 => Weights.Spread(groups),
            { End: false, Weights: null, Spread: not null } => throw Refuse("the groups take more than 100 % together; lower their percentages"),
            _ => throw Refuse("give one of weights (percent by destination), spread (groups of units, home takes the rest) and end"),
        };
    }

    /// <summary>The first users are users all the same: only a unit that passed an inspection answers them.</summary>
    private async Task CheckAsync(ImmutableDictionary<string, int> weights, CancellationToken cancellationToken)
    {
        var units = (await facts.ReadAsync(cancellationToken)).View.Units;
        var unfit = weights.Where(weight => weight.Value > 0 && weight.Key != Weights.Home && !(units.GetValueOrDefault(weight.Key) is { Inspected: true } unit && unit.Phase.IsAlive())).Select(weight => weight.Key).Order(StringComparer.Ordinal).ToList();
        if (unfit.Count > 0)
        {
            throw new ActivityFailedException("invariant-broken", $"{string.Join(", ", unfit)} would take traffic without having passed an inspection. Inspect first (unit.inspect), or leave it out.", retryable: false);
        }
    }

    private static ActivityFailedException Refuse(string message) => new("bad-argument", message, retryable: false);

    [GeneratedRegex("^[A-Za-z0-9-]{1,64}$")]
    private static partial Regex HeaderName();
}
