using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Events;

namespace Orchestrator.Workflows.Model.Store;

internal static class JournalFacts
{
    /// <summary>The facts that activities recorded in this entry, in order.</summary>
    public static IEnumerable<JournaledFact> Facts(this JournalEntry entry)
    {
        foreach (var happened in entry.Events)
        {
            if (happened is FactReported fact)
                yield return new JournaledFact(entry.Position, entry.Run, fact.Path, entry.At, fact.Key, fact.Fact);
        }
    }

    public static bool HasFacts(this Transition transition) => transition.Events.Any(happened => happened is FactReported);
}
