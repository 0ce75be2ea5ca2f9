using System.Globalization;
using System.Text.Json;
using Orchestrator.Text;
using Orchestrator.Workflows.Language.Expressions;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Workflows.Tests.Expressions.Hostile;

/// <summary>
/// Evaluates hostile expressions in a process of its own, because what it looks for ends the process. It says the number of
/// each expression before it evaluates it, so that the last one said is the one that killed.
/// </summary>
internal static class HostileProcess
{
    public const string Argument = "--hostile-expressions";

    /// <summary>As the last argument: without the stack guard, to show that its want is noticed.</summary>
    public const string Unguarded = "unguarded";

    private static readonly string[] Codes =
    [
        "expression-syntax", "expression-unknown-name", "expression-undefined", "expression-failed", "expression-endless", "expression-too-large",
        "expression-not-json", "expression-not-replayable",
    ];

    /// <summary>0: every expression gave a value or a located error; 1: one gave something else.</summary>
    public static int Run(TextWriter output, int count, int seed, bool guarded)
    {
        var evaluator = new ExpressionEvaluator { GuardsStack = guarded };
        var scope = Scope.Empty
            .With("run", JsonElement.Parse("""{ "id": "0192d3c4", "runbook": "x" }"""))
            .With("inputs", JsonElement.Parse($$"""{ "deep": {{new string('[', 60)}}1{{new string(']', 60)}}, "list": [3, 1, 2] }"""));
        var seen = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var number = 0; number < count; number++)
        {
            output.WriteLine(number.ToString(CultureInfo.InvariantCulture));
            output.Flush();
            var code = HostileGrammar.Expression(seed, number);
            var position = new Position(3, 9);
            string? wrong = null;
            try
            {
                var evaluation = evaluator.EvaluateCondition(new ExpressionTemplate(code, position), scope);
                var kind = evaluation.Error?.Code ?? "value";
                seen[kind] = seen.GetValueOrDefault(kind) + 1;
                wrong = evaluation.Error is { } error && (!Codes.Contains(error.Code) || error.Position != position) ? $"gave {error.Code} at {error.Position}" : null;
            }
            catch (Exception exception)
            {
                wrong = $"threw {exception.GetType().Name}: {exception.Message}";
            }

            if (wrong is not null)
            {
                output.WriteLine($"wrong: expression {number} of seed {seed} {wrong}: {code}");
                return 1;
            }
        }

        output.WriteLine($"alive: {string.Join(", ", seen.Select(pair => $"{pair.Key} {pair.Value}"))}");
        return 0;
    }
}
