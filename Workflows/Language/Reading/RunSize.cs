using System.Collections.Immutable;
using System.Text.Json;
using Orchestrator.Workflows.Language.Expressions;
using Orchestrator.Workflows.Language.Diagnostics;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Workflows.Language.Reading;

/// <summary>Tells loops that would take a run beyond <see cref="RunBounds.MostSteps"/>, where their lists are known beforehand.</summary>
internal sealed class RunSize(ReadingContext context)
{
    private static readonly ExpressionEvaluator Evaluator = new();

    public void Check(Runbook runbook) => Of(runbook.Steps);

    /// <summary>The fewest steps, iterations and rounds that the steps come to; what depends on the run counts as nothing.</summary>
    private double Of(ImmutableArray<Step> steps) => steps.Sum(Of);

    private double Of(Step step)
    {
        var (times, inner) = step switch
        {
            ForEachStep loop => (Length(loop.Items), Of(loop.Steps)),
            RepeatStep { Until: null } repeat => (repeat.AtMost, Of(repeat.Steps)),
            RepeatStep repeat => (1, Of(repeat.Steps)),
            IfStep choice => (1, Math.Min(Of(choice.Then), Of(choice.Else))),
            TryStep attempt => (1, Of(attempt.Steps) + Of(attempt.Finally)),
            ParallelStep parallel => (1, parallel.Branches.Sum(branch => Of(branch.Steps))),
            SequenceStep sequence => (1, Of(sequence.Steps)),
            _ => (0, 0.0),
        };
        var all = 1 + (times * (inner + (step is ForEachStep or RepeatStep ? 1 : 0)));
        if (all <= RunBounds.MostSteps)
        {
            return step.When is null ? all : 0;
        }

        context.Error(step.Position, DiagnosticCodes.TooManySteps, $"{step.Id} alone comes to {all:N0} steps and iterations, and a run has at most {RunBounds.MostSteps:N0}: loop over less, or start a child runbook for each part");
        return 0;
    }

    private double Length(Template items)
    {
        var value = items switch
        {
            ExpressionTemplate expression when context.Expressions.TryGetValue(expression, out var parsed)
                && parsed.Expression.References.All(reference => Expression.Globals.Contains(reference.Name)) => Evaluator.Evaluate(expression, Scope.Empty, context.Budget).Value,
            ListTemplate list => JsonSerializer.SerializeToElement(new int[list.Items.Length]),
            _ => null,
        };
        return value is { ValueKind: JsonValueKind.Array } array ? array.GetArrayLength() : 0;
    }
}
