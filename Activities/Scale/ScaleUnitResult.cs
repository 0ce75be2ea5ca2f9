using System.Collections.Immutable;
using System.ComponentModel;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Events;

namespace Orchestrator.Activities.Scale;

/// <summary>A trading unit with another number of hosts.</summary>
public sealed record ScaleUnitResult : IUndoResult
{
    public required string Unit { get; init; }

    [Description("Hosts before.")]
    public required int Before { get; init; }

    [Description("Hosts now, in service.")]
    public required int Hosts { get; init; }

    [Description("Ids of the machines that were drained and removed one by one; empty for replicas, and where nothing was drained.")]
    public required ImmutableArray<string> Removed { get; init; }

    [Description("In an undo: what differs from before the step at the end, as the cloud or the cluster shows it, each with the reason. The run then ends undo-incomplete.")]
    public ImmutableArray<LeftInPlace> Left { get; init; } = [];
}
