using System.ComponentModel;

namespace Orchestrator.Activities.Kubernetes;

/// <summary>What is to stand in a cluster.</summary>
public sealed record KubernetesApplyArguments
{
    [Description("The fleet's cluster.")]
    public required string Cluster { get; init; }

    [Description("One or several objects in YAML or JSON, parted by ---. Values of Secrets are refused: they would stand in the journal.")]
    public string Manifest { get; init; } = "";

    [Description("Takes fields from other field managers that own them.")]
    public bool Force { get; init; }

    [Description("What is waited for once the objects are applied.")]
    public KubernetesWait? WaitFor { get; init; }

    [Description("In an undo: deletes what the step made, and puts the fields that it changed back.")]
    public bool Restore { get; init; }
}

/// <summary>A state of objects to wait for: a condition of their status, or a value in them.</summary>
public sealed record KubernetesWait
{
    [Description("The objects that are waited for, by kind or kind/name. Empty: all of the manifest.")]
    public string Of { get; init; } = "";

    [Description("A condition of the status, as in Ready, Available or Complete.")]
    public string? Condition { get; init; }

    [Description("The condition's status.")]
    public string Status { get; init; } = "True";

    [Description("Instead of a condition: a JSONPath, as in .status.phase.")]
    public string? JsonPath { get; init; }

    [Description("What the path leads to. Absent: anything that is there.")]
    public string? Value { get; init; }

    [Description("How long at most, on the environment clock.")]
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(5);
}
