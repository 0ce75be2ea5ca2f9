using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Server.Runbooks;

/// <summary>The runbooks that a run of one comes to.</summary>
internal static class RunbookReach
{
    /// <summary>The runbook itself and those that it runs as children, theirs too, each once; read as they are asked for.</summary>
    /// <param name="find">The runbook that a child step names; null: there is none.</param>
    public static IEnumerable<Runbook> Of(Runbook runbook, Func<string, Runbook?> find)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal) { runbook.Name };
        var waiting = new Queue<Runbook>([runbook]);
        while (waiting.TryDequeue(out var next))
        {
            yield return next;
            foreach (var child in next.Steps.Flatten().OfType<RunbookStep>().Select(step => step.Runbook).Where(seen.Add))
            {
                if (find(child) is { } read) waiting.Enqueue(read);
            }
        }
    }
}
