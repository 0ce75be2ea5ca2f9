using System.Collections.Immutable;
using System.ComponentModel;

namespace Orchestrator.Activities.Traffic;

/// <summary>How the traffic is divided now.</summary>
public sealed record ShiftTrafficResult
{
    [Description("Percent by destination, read back from the router.")]
    public required ImmutableSortedDictionary<string, int> Weights { get; init; }

    [Description("Percent by destination before this step.")]
    public required ImmutableSortedDictionary<string, int> Before { get; init; }

    [Description("Requests a second at that moment, all destinations together; absent: unknown.")]
    public required double? Demand { get; init; }
}
