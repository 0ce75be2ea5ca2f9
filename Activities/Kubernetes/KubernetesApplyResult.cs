using System.Collections.Immutable;
using System.ComponentModel;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Events;

namespace Orchestrator.Activities.Kubernetes;

/// <summary>What stands in the cluster now.</summary>
public sealed record KubernetesApplyResult : IUndoResult
{
    [Description("The objects in the manifest's order.")]
    public required ImmutableArray<AppliedObject> Objects { get; init; }

    [Description("Seconds until what was waited for held; absent when nothing was.")]
    public double? WaitedFor { get; init; }

    [Description("Of an undo: what it could not take back, and why.")]
    public ImmutableArray<LeftInPlace> Left { get; init; } = [];
}

/// <summary>One object, and what became of it.</summary>
public sealed record AppliedObject
{
    public required string ApiVersion { get; init; }

    public required string Kind { get; init; }

    [Description("Absent for an object of the whole cluster.")]
    public string? Namespace { get; init; }

    public required string Name { get; init; }

    [Description("What was done.")]
    public required ObjectChange Change { get; init; }
}

/// <summary>What was done to an object.</summary>
public enum ObjectChange
{
    Created,
    Configured,
    Deleted,
    Restored,
    Unchanged,
}
