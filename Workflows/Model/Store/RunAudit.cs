using System.Collections.Immutable;
using Orchestrator.Workflows.Model.Events;

namespace Orchestrator.Workflows.Model.Store;

/// <summary>What a transition adds to the audit: a row for each of its events that a person caused.</summary>
internal static class RunAudit
{
    public static IEnumerable<(int Number, string By, string Kind)> Of(ImmutableArray<RunEvent> events)
    {
        for (var index = 0; index < events.Length; index++)
        {
            if (AuditKinds.Of(events[index]) is var (by, kind)) yield return (index + 1, by, kind);
        }
    }
}
