using System.Collections.Immutable;
using System.ComponentModel;

namespace Orchestrator.Activities.Traffic;

/// <summary>Where the requests with a header go. Exactly one of weights, spread and end is given.</summary>
public sealed record CanaryTrafficArguments
{
    [Description("Percent by destination (unit ids and home), whole numbers that sum to 100.")]
    public ImmutableSortedDictionary<string, int>? Weights { get; init; }

    [Description("Groups of units, each sharing a percentage evenly; home takes the rest.")]
    public ImmutableArray<TrafficGroup>? Spread { get; init; }

    [Description("Ends the canary of this run: these requests go as everybody's do.")]
    public bool End { get; init; }

    [Description("Name of the header that the requests carry.")]
    public string Header { get; init; } = "x-user-group";

    [Description("Its value.")]
    public string Value { get; init; } = "internal";
}
