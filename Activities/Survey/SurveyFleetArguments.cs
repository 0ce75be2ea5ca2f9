using System.Collections.Immutable;
using System.ComponentModel;

namespace Orchestrator.Activities.Survey;

/// <summary>Which clusters to look at.</summary>
public sealed record SurveyFleetArguments
{
    [Description("Clusters to look at. Empty: every cluster of the fleet.")]
    public ImmutableArray<string> Clusters { get; init; } = [];

    [Description("Go on without what does not answer: a cluster is named in silent, and the weights are those of the journal. Without it the step fails.")]
    public bool Partial { get; init; }
}
