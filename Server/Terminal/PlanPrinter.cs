using Orchestrator.Server.Api;
using Orchestrator.Workflows.Language.Planning;

namespace Orchestrator.Server.Terminal;

/// <summary>A plan as a tree of text: what is touched, in order, and what nothing takes back.</summary>
internal static class PlanPrinter
{
    public static void Write(RunbookPlan plan, TextWriter output)
    {
        output.WriteLine(plan.Description is { } description ? $"{plan.Runbook}: {description}" : plan.Runbook);
        output.WriteLine($"locks {(plan.Locks.IsEmpty ? "nothing" : string.Join(", ", plan.Locks))}; a step that fails: {Words.Of(plan.OnFailure)}; lane {Words.Of(plan.Lane)}");
        if (plan.Preauthorised is { } reason)
        {
            output.WriteLine($"preauthorised: {reason}");
        }

        foreach (var line in plan.Lines)
        {
            output.WriteLine($"{new string(' ', 2 * line.Depth)}{(line.Skipped ? "» " : "")}{line.Path}  {What(line)}");
            foreach (var note in Notes(line))
            {
                output.WriteLine($"{new string(' ', (2 * line.Depth) + 4)}{note}");
            }
        }

        output.WriteLine(plan.Irreversible.IsEmpty ? "Everything here can be undone." : $"Nothing takes back: {string.Join(", ", plan.Irreversible)}");
    }

    private static string What(PlanLine line) =>
        string.Join("  ", new[] { line.Activity is { } activity ? $"{activity} ({Words.Of(line.Effect ?? 0)})" : line.Kind, line.Title, line.Detail }.Where(part => !string.IsNullOrEmpty(part)));

    private static IEnumerable<string> Notes(PlanLine line)
    {
        if (line.Arguments is { } arguments)
        {
            yield return $"with {MaskedElement.Of(arguments).GetRawText()}";
        }

        if (line.When is { } when)
        {
            yield return $"when {when}{(line.Skipped ? ": skipped with these inputs" : "")}";
        }

        if (line.Locks.Length > 0)
        {
            yield return $"locks {string.Join(", ", line.Locks)}";
        }

        if (line.Roles.Length > 0)
        {
            yield return $"needs {line.Quorum} of {string.Join(", ", line.Roles)}";
        }

        if (line.Undo is { } undo)
        {
            yield return $"undone by {undo}";
        }

        if (line.Irreversible)
        {
            yield return "CANNOT BE UNDONE";
        }
    }
}
