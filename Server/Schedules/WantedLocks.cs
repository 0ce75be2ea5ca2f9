using System.Collections.Immutable;
using System.Text.Json;
using Orchestrator.Server.Runbooks;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Store;

namespace Orchestrator.Server.Schedules;

/// <summary>The resources that a run of a runbook may lock, before it runs: its own, its steps' and its children's, as patterns.</summary>
internal static class WantedLocks
{
    /// <param name="child">Finds the runbook that a child step names; null: there is none.</param>
    public static ImmutableHashSet<string> Of(Runbook runbook, Func<string, Runbook?> child)
    {
        var wanted = ImmutableHashSet.CreateBuilder<string>(StringComparer.Ordinal);
        foreach (var next in RunbookReach.Of(runbook, child))
        {
            wanted.UnionWith(next.Locks.Select(Pattern));
            wanted.UnionWith(next.Steps.Flatten().SelectMany(step => step.Locks).Select(Pattern));
        }

        return wanted.ToImmutable();
    }

    public static IEnumerable<string> Overlapping(IEnumerable<string> wanted, IReadOnlyCollection<string> others) =>
        wanted.Where(one => others.Any(other => LockView.Overlap(one, other)));

    /// <summary>What is known only when it runs may be any resource that begins as the text does.</summary>
    private static string Pattern(Template template) => template switch
    {
        LiteralTemplate { Value: { ValueKind: JsonValueKind.String } text } => text.GetString()!,
        TextTemplate { Parts: [LiteralTemplate { Value: { ValueKind: JsonValueKind.String } head }, ..] } => $"{head.GetString()}*",
        _ => "*",
    };
}
