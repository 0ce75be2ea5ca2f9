using System.Collections.Immutable;
using System.Globalization;

namespace Orchestrator.Infra.Traffic;

/// <summary>Percents by destination.</summary>
internal static class Shares
{
    /// <summary>
    /// Relative weights as whole percents that sum to 100, by the largest remainder. What has any weight has at least 1 percent, which the largest
    /// give: a destination that gets requests is never shown as one that gets none. Null: nobody has any weight.
    /// </summary>
    public static ImmutableDictionary<string, int>? Percent(IReadOnlyDictionary<string, long> weights)
    {
        var total = weights.Values.Sum();
        if (total <= 0)
        {
            return null;
        }

        var percent = weights.ToDictionary(weight => weight.Key, weight => weight.Value == 0 ? 0 : (int)Math.Max(1, weight.Value * 100 / total), StringComparer.Ordinal);
        // Who was lifted to 1 has more than its share already.
        var byRemainder = weights.Keys.Where(key => weights[key] > 0).OrderByDescending(key => weights[key] * 100 < total ? 0 : weights[key] * 100 % total).ThenBy(key => key, StringComparer.Ordinal).ToList();
        for (var next = 0; percent.Values.Sum() is var sum && sum != 100; next++)
        {
            if (sum < 100)
            {
                percent[byRemainder[next % byRemainder.Count]]++;
            }
            else
            {
                percent[percent.MaxBy(pair => pair.Value).Key]--;
            }
        }

        return percent.ToImmutableDictionary(StringComparer.Ordinal);
    }

    /// <summary>A destination that is not named has 0.</summary>
    public static bool Equal(ImmutableDictionary<string, int> one, ImmutableDictionary<string, int> other) =>
        one.Keys.Union(other.Keys, StringComparer.Ordinal).All(key => one.GetValueOrDefault(key) == other.GetValueOrDefault(key));

    public static string Show(ImmutableDictionary<string, int> weights) =>
        string.Join(", ", weights.OrderBy(weight => weight.Key, StringComparer.Ordinal).Select(weight => string.Create(CultureInfo.InvariantCulture, $"{weight.Key} {weight.Value} %")));
}
