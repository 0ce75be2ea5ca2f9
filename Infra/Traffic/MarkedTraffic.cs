using System.Collections.Immutable;

namespace Orchestrator.Infra.Traffic;

/// <summary>
/// Requests that carry a header go to destinations of their own, whatever the weights say: a load test that customers are no part of, a canary of internal users. Everybody else's
/// requests stay where they are.
/// </summary>
/// <param name="Name">Names what is written, beside the route's own name; lower-case letters, digits and hyphens.</param>
/// <param name="Header">The header's name.</param>
/// <param name="ByValue">Whole percents by destination that sum to 100, by the header's value.</param>
/// <param name="IdempotencyKey">Stands beside what is written.</param>
public sealed record MarkedTraffic(string Name, string Header, ImmutableSortedDictionary<string, ImmutableDictionary<string, int>> ByValue, string IdempotencyKey)
{
    /// <exception cref="ArgumentException">There is nothing to mark, or weights are no whole percents that sum to 100.</exception>
    internal void Check()
    {
        if (ByValue.IsEmpty)
        {
            throw new ArgumentException("name at least one value of the header", nameof(ByValue));
        }

        foreach (var (value, weights) in ByValue)
        {
            if (weights.Values.Any(weight => weight is < 0 or > 100) || weights.Values.Sum() != 100)
            {
                throw new ArgumentException($"weights are whole percents from 0 that sum to 100; those of {Header}: {value} are {Shares.Show(weights)}", nameof(ByValue));
            }
        }
    }
}
