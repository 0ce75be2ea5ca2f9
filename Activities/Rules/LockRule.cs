using System.Collections.Immutable;
using Orchestrator.Text;
using Orchestrator.Workflows.Model.Rules;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Activities.Rules;

/// <summary>
/// Finds moves of clusters that no lock of the runbook covers: started by itself, such a step is refused with <c>no-lock</c>.
/// A warning, because a run that another runbook starts as a child moves under the locks of that one.
/// </summary>
internal sealed class LockRule : IRunbookRule
{
    public const string Code = "AC105";

    private const string Any = "cluster/*";

    public IEnumerable<Diagnostic> Check(Runbook runbook, RuleContext context) => Check(runbook.Steps, runbook.Locks, runbook.Source, context);

    private static IEnumerable<Diagnostic> Check(ImmutableArray<Step> steps, ImmutableArray<Template> held, string source, RuleContext context)
    {
        foreach (var step in steps)
        {
            var locks = held.AddRange(step.Locks);
            if (step is RunStep { Activity: "cluster.shift" or "cluster.watch" } run && Missing(run, locks) is { } missing)
            {
                yield return context.Warning(
                    run.Position,
                    Code,
                    $"step {run.Id} moves nodes of a cluster and neither it, nor a step around it, nor the runbook holds a lock on that cluster; "
                        + $"give it locks: [ {missing} ], unless another runbook that holds the lock always starts this one")
                    with
                {
                    Fix = AddLock(run, missing, source),
                };
            }

            foreach (var diagnostic in StepTree.BlocksOf(step).SelectMany(block => Check(block, locks, source, context)))
            {
                yield return diagnostic;
            }
        }
    }

    /// <summary>The lock that the step lacks, as YAML; null when one covers it, or might.</summary>
    private static string? Missing(RunStep run, ImmutableArray<Template> locks)
    {
        var cluster = StepArguments.Find(run.With, "cluster");
        var resource = cluster is LiteralTemplate ? $"cluster/{StepArguments.Text(run.With, "cluster")}" : null;
        if (locks.Any(held => held is not LiteralTemplate literal || Covers(literal.Value.ToString(), resource)))
        {
            return null;
        }

        return cluster switch
        {
            LiteralTemplate => $"\"{resource}\"",
            ExpressionTemplate expression when expression.Code.AsSpan().IndexOfAny('"', '\\', '\n') < 0 => $"\"cluster/${{{expression.Code}}}\"",
            _ => $"\"{Any}\"",
        };
    }

    /// <param name="resource">Null: any cluster, whose name is not known here.</param>
    private static bool Covers(string held, string? resource) =>
        held.EndsWith('*') ? (resource ?? "cluster/").StartsWith(held[..^1], StringComparison.Ordinal) || (resource is null && held.StartsWith("cluster/", StringComparison.Ordinal))
        : resource is null ? held.StartsWith("cluster/", StringComparison.Ordinal)
        : held == resource;

    /// <summary>Puts the lock before the step's first key, wherever the step is written in lines or in braces; null where it has locks already.</summary>
    private static Fix? AddLock(RunStep run, string missing, string source)
    {
        if (!run.Locks.IsEmpty)
        {
            return null;
        }

        var (line, column) = run.Position;
        var text = source.Split('\n').ElementAtOrDefault(line - 1) ?? "";
        if (column > text.Length)
        {
            return null;
        }

        if (text[column - 1] == '{')
        {
            var after = run.Position with { Column = column + 1 };
            return new Fix(after, after, $" locks: [ {missing} ],");
        }

        return new Fix(run.Position, run.Position, $"locks: [ {missing} ]\n{new string(' ', column - 1)}");
    }
}
