using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Orchestrator.Activities.Journaling;
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
        if (weights is null)
        {
            await TrafficDivider.TranslateAsync(() => router.UnmarkAsync(name, cancellationToken));
            return new CanaryTrafficResult { Weights = ImmutableSortedDictionary<string, int>.Empty };
        }

        await CheckAsync(weights, cancellationToken);
        var byValue = ImmutableSortedDictionary.Create<string, ImmutableDictionary<string, int>>(StringComparer.Ordinal).Add(arguments.Value, weights);
        await TrafficDivider.TranslateAsync(() => router.MarkAsync(new MarkedTraffic(name, arguments.Header, byValue, context.IdempotencyKey), cancellationToken));
        return new CanaryTrafficResult { Weights = weights.ToImmutableSortedDictionary(StringComparer.Ordinal) };
    }

    /// <summary>Null: the canary ends.</summary>
    private static ImmutableDictionary<string, int>? Target(CanaryTrafficArguments arguments)
    {
        if (!HeaderName().IsMatch(arguments.Header) || arguments.Value.Length is 0 or > 128 || arguments.Value.Any(letter => letter is < ' ' or > '~'))
        {
            throw Refuse($"'{arguments.Header}: {arguments.Value}' is no header; give a name of letters, digits and hyphens, and a value of 1 to 128 printable characters");
        }

        return (arguments.End, arguments.Weights, arguments.Spread) switch
        {
            (true, null, null) => null,
            (false, _, _) when Weights.Asked(arguments.Weights, arguments.Spread) is { } asked => asked,
            _ => throw Refuse("give one of weights (percent by destination), spread (groups of units, home takes the rest) and end"),
        };
    }

    /// <summary>The first users are users all the same: only a unit that passed an inspection answers them.</summary>
    private async Task CheckAsync(ImmutableDictionary<string, int> weights, CancellationToken cancellationToken)
    {
        var unfit = Weights.Unfit(weights, (await facts.ReadAsync(cancellationToken)).View);
        if (!unfit.IsEmpty)
        {
            throw new ActivityFailedException("invariant-broken", $"{string.Join(", ", unfit)} would take traffic without having passed an inspection. Inspect first (unit.inspect), or leave it out.", retryable: false);
        }
    }

    private static ActivityFailedException Refuse(string message) => new("bad-argument", message, retryable: false);

    [GeneratedRegex("^[A-Za-z0-9-]{1,64}$")]
    private static partial Regex HeaderName();
}
