using System.Collections.Immutable;
using System.ComponentModel;

namespace Orchestrator.Activities.Kubernetes;

/// <summary>What a job came to.</summary>
public sealed record KubernetesJobResult
{
    [Description("The job's name with the step's ending.")]
    public required string Job { get; init; }

    public required string Namespace { get; init; }

    [Description("Pods that ended well.")]
    public required int Succeeded { get; init; }

    [Description("Pods that did not, before.")]
    public required int Failed { get; init; }

    [Description("Of the last pod's first container; absent when its pod is gone.")]
    public int? ExitCode { get; init; }

    [Description("Seconds from its start to its end.")]
    public required double Lasted { get; init; }

    [Description("The last lines of the last pod's log, with addresses' secrets masked.")]
    public required ImmutableArray<string> Log { get; init; }
}
