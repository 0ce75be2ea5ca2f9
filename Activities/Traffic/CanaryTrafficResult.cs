using System.Collections.Immutable;
using System.ComponentModel;

namespace Orchestrator.Activities.Traffic;

/// <summary>Where the requests with the header go now.</summary>
public sealed record CanaryTrafficResult
{
    [Description("Percent by destination; empty: as everybody's.")]
    public required ImmutableSortedDictionary<string, int> Weights { get; init; }
}
