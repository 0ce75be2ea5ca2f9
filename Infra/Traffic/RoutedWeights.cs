using System.Collections.Immutable;

namespace Orchestrator.Infra.Traffic;

/// <summary>How far a router has come with the weights that were asked for.</summary>
public enum RoutingStage
{
    /// <summary>Written, and not yet seen, or not accepted, by what routes: what is in force is not known.</summary>
    Requested,

    /// <summary>The controller has seen and accepted them. The Gateway API tells no more than this of a route.</summary>
    Accepted,

    /// <summary>What passes the traffic on has them.</summary>
    Programmed,
}

/// <summary>The division of the traffic, as a router has it.</summary>
/// <param name="ByDestination">Whole percent by <c>home</c> and unit ids, 0 to 100; sums to 100. A destination that gets any traffic has at least 1.</param>
/// <param name="Stage">Where it was read.</param>
/// <param name="Source">What was read, for people: <c>HTTPRoute trading/trading of cluster hz-online, generation 7</c>.</param>
public sealed record RoutedWeights(ImmutableDictionary<string, int> ByDestination, RoutingStage Stage, string Source)
{
    public bool InForce => Stage != RoutingStage.Requested;

    /// <summary>Why it is not in force; empty when it is.</summary>
    public string Pending { get; init; } = "";
}

/// <summary>A change of the division.</summary>
/// <param name="From">What it replaces: anything else that is found there is not overwritten.</param>
/// <param name="To">What shall be.</param>
/// <param name="IdempotencyKey">Stands beside what is written.</param>
public sealed record TrafficChange(ImmutableDictionary<string, int> From, ImmutableDictionary<string, int> To, string IdempotencyKey)
{
    /// <summary>Percent of all traffic that each destination gives away (below 0) or gets (above 0); those that stay as they are left out.</summary>
    public ImmutableSortedDictionary<string, int> Moving =>
        From.Keys.Union(To.Keys, StringComparer.Ordinal)
            .Select(destination => KeyValuePair.Create(destination, To.GetValueOrDefault(destination) - From.GetValueOrDefault(destination)))
            .Where(moved => moved.Value != 0)
            .ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <exception cref="ArgumentException">The new weights are no whole percents that sum to 100.</exception>
    internal void Check()
    {
        if (To.Values.Any(weight => weight is < 0 or > 100) || To.Values.Sum() != 100)
        {
            throw new ArgumentException($"weights are whole percents from 0 that sum to 100; these are {Shares.Show(To)}", nameof(To));
        }
    }
}
