using System.Collections.Immutable;
using System.ComponentModel;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Events;

namespace Orchestrator.Activities.Traffic;

/// <summary>How the traffic is divided now.</summary>
public sealed record ShiftTrafficResult : IUndoResult
{
    [Description("Percent by destination, read back from the router.")]
    public required ImmutableSortedDictionary<string, int> Weights { get; init; }

    [Description("Percent by destination before this step.")]
    public required ImmutableSortedDictionary<string, int> Before { get; init; }

    [Description("Requests a second at that moment, all destinations together; absent: unknown.")]
    public required double? Demand { get; init; }

    [Description("In an undo: destinations whose weights in force are not those from before, as the router shows at the end, each with the reason. The run then ends undo-incomplete.")]
    public ImmutableArray<LeftInPlace> Left { get; init; } = [];
}
