using System.Collections.Immutable;
using System.ComponentModel;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Events;

namespace Orchestrator.Activities.Release;

/// <summary>What a release did.</summary>
public sealed record ReleaseUnitResult : IUndoResult
{
    public required string Unit { get; init; }

    [Description("False: there was no such unit, so nothing had to be done; or, in an undo, some of it stands (left).")]
    public required bool Released { get; init; }

    [Description("Resources deleted.")]
    public required int Deleted { get; init; }

    [Description("In an undo: what the stack, the cloud or the cluster still shows of the unit at the end, and the traffic it still gets, each with the reason. The run then ends undo-incomplete.")]
    public ImmutableArray<LeftInPlace> Left { get; init; } = [];
}
