using System.Collections.Immutable;
using System.ComponentModel;

namespace Orchestrator.Activities.Survey;

/// <summary>Which clusters to look at.</summary>
public sealed record SurveyFleetArguments
{
    [Description("Clusters to look at. Empty: every cluster of the fleet.")]
    public ImmutableArray<string> Clusters { get; init; } = [];
}
