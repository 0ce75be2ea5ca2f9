using System.ComponentModel;

namespace Orchestrator.Activities.Report;

/// <summary>What the report covers.</summary>
public sealed record ReportFleetArguments
{
    [Description("Cover every run of the journal, not only this one with its parent and children.")]
    public bool AllRuns { get; init; }

    [Description("Nothing before it counts. Without it: the first fact.")]
    public DateTimeOffset? From { get; init; }

    [Description("Nothing after it counts. Without it: now.")]
    public DateTimeOffset? To { get; init; }
}
