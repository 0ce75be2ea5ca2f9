using System.Collections.Immutable;
using System.ComponentModel;

namespace Orchestrator.Activities.Scale;

/// <summary>A trading unit with another number of hosts.</summary>
public sealed record ScaleUnitResult
{
    public required string Unit { get; init; }

    [Description("Hosts before.")]
    public required int Before { get; init; }

    [Description("Hosts now, in service.")]
    public required int Hosts { get; init; }

    [Description("Ids of the machines that were drained and removed one by one; empty for replicas, and where nothing was drained.")]
    public required ImmutableArray<string> Removed { get; init; }
}
