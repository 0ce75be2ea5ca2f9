using System.Collections.Immutable;
using Orchestrator.Fleet.Units;
using Orchestrator.Fleet.Views;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Traffic;

/// <summary>Traffic weights in whole percent by destination. Destinations without traffic are left out; <see cref="Home"/> never is.</summary>
internal static class Weights
{
    /// <summary>The destination that is always there: the machines the traffic has outside a promotion.</summary>
    public const string Home = "home";

    /// <summary>The error of weights that are not those that were set: somebody else changes them.</summary>
    public const string Differ = "weights-differ";

    /// <summary>The same weights without zeros, with home.</summary>
    public static ImmutableDictionary<string, int> Normal(IEnumerable<KeyValuePair<string, int>> weights) =>
        weights.Where(weight => weight.Value != 0).ToImmutableDictionary(StringComparer.Ordinal) is var kept && kept.ContainsKey(Home) ? kept : kept.Add(Home, 0);

    /// <summary>
    /// Each group's percentage over its units, the odd percents to the first of them, and the rest to home.
    /// The groups together may not take more than 100.
    /// </summary>
    public static ImmutableDictionary<string, int> Spread(IEnumerable<TrafficGroup> groups)
    {
        var weights = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var group in groups.Where(group => group.Units.Length > 0))
        {
            for (var i = 0; i < group.Units.Length; i++)
            {
                var share = (group.Percent / group.Units.Length) + (i < group.Percent % group.Units.Length ? 1 : 0);
                weights[group.Units[i]] = weights.GetValueOrDefault(group.Units[i]) + share;
            }
        }

        weights[Home] = weights.GetValueOrDefault(Home) + 100 - weights.Values.Sum();
        return Normal(weights);
    }

    /// <summary>What a step asks for, by weights or by a spread; null: it gives neither, or both.</summary>
    /// <exception cref="ActivityFailedException"><c>bad-argument</c>: the percents cannot be.</exception>
    public static ImmutableDictionary<string, int>? Asked(ImmutableSortedDictionary<string, int>? weights, ImmutableArray<TrafficGroup>? spread) => (weights, spread) switch
    {
        ({ } given, null) when given.Values.Sum() != 100 || given.Values.Any(percent => percent < 0) =>
            throw Bad($"the weights {Show(given.ToImmutableDictionary())} must be whole percents from 0 that sum to 100; give home the rest"),
        ({ } given, null) => Normal(given),
        (null, { } groups) when groups.Where(group => group.Units.Length > 0).Sum(group => group.Percent) > 100 => throw Bad("the groups take more than 100 % together; lower their percentages"),
        (null, { } groups) => Spread(groups),
        _ => null,
    };

    /// <summary>Units among the weights that do not stand, or did not pass their last inspection: nobody's requests may go there.</summary>
    public static ImmutableArray<string> Unfit(ImmutableDictionary<string, int> weights, FleetView view) =>
    [
        .. weights.Where(weight => weight.Value > 0 && weight.Key != Home && !(view.Units.GetValueOrDefault(weight.Key) is { Inspected: true } unit && unit.Phase.IsAlive()))
            .Select(weight => weight.Key).Order(StringComparer.Ordinal),
    ];

    /// <summary>The weights of step <paramref name="step"/> of <paramref name="steps"/> on the straight way between two divisions; sums to 100 like they do.</summary>
    public static ImmutableDictionary<string, int> Between(
        ImmutableDictionary<string, int> from, ImmutableDictionary<string, int> to, int step, int steps)
    {
        if (step >= steps)
        {
            return Normal(to);
        }

        var way = from.Keys.Union(to.Keys, StringComparer.Ordinal)
            .ToDictionary(key => key, key => from.GetValueOrDefault(key) + ((to.GetValueOrDefault(key) - from.GetValueOrDefault(key)) * step / steps), StringComparer.Ordinal);
        // Each division rounds towards where it came from; home carries the odd percents.
        way[Home] = way.GetValueOrDefault(Home) + 100 - way.Values.Sum();
        return Normal(way);
    }

    /// <summary>The same with a unit's part sent home.</summary>
    public static ImmutableDictionary<string, int> Without(ImmutableDictionary<string, int> weights, string unit) =>
        Normal(weights.Remove(unit).SetItem(Home, weights.GetValueOrDefault(Home) + weights.GetValueOrDefault(unit)));

    public static bool Equal(ImmutableDictionary<string, int> one, ImmutableDictionary<string, int> other) =>
        one.Count == other.Count && one.All(weight => other.TryGetValue(weight.Key, out var percent) && percent == weight.Value);

    public static string Show(ImmutableDictionary<string, int> weights) =>
        string.Join(", ", weights.OrderBy(weight => weight.Key, StringComparer.Ordinal).Select(weight => $"{weight.Key} {weight.Value} %"));

    private static ActivityFailedException Bad(string message) => new("bad-argument", message, retryable: false);
}
