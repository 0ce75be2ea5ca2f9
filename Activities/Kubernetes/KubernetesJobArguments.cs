using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Orchestrator.Activities.Kubernetes;

/// <summary>A job to run in a cluster.</summary>
public sealed record KubernetesJobArguments
{
    [Description("The fleet's cluster.")]
    public required string Cluster { get; init; }

    [Description("One object batch/v1 Job, in YAML or JSON. Its name gets an ending that is the step's own.")]
    public required string Manifest { get; init; }

    [Description("How long it may take, on the environment clock. Then it is deleted, and the step fails.")]
    public TimeSpan Deadline { get; init; } = TimeSpan.FromHours(1);

    [Description("How many of the last lines of its pod's log are in the result.")]
    [Range(0, 1000)]
    public int LogLines { get; init; } = 50;

    [Description("How long the ended job stays, where the manifest says nothing; its cluster deletes it then.")]
    public TimeSpan KeepFor { get; init; } = TimeSpan.FromHours(1);
}
