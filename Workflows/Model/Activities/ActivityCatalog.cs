using System.Collections.Frozen;

namespace Orchestrator.Workflows.Model.Activities;

/// <summary>The activities a runbook can name, by their dotted names. Immutable.</summary>
public sealed class ActivityCatalog(IEnumerable<ActivityInfo> activities)
{
    public FrozenDictionary<string, ActivityInfo> Activities { get; } = activities.ToFrozenDictionary(info => info.Name, StringComparer.Ordinal);
}
