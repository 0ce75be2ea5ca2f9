using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Text;
using Orchestrator.Workflows.Language.Expressions;
using Orchestrator.Workflows.Language.Inputs;
using Orchestrator.Workflows.Language.Diagnostics;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Language.Planning;

/// <summary>Walks a runbook as a run would, evaluating what is known beforehand.</summary>
internal sealed class Planner(ActivityCatalog catalog, Func<string, Runbook?> findRunbook, string file, EvaluationBudget budget)
{
    private const int DeepestChild = 16;
    private const int MostLines = 20_000;

    private readonly ExpressionEvaluator evaluator = new();
    private readonly ImmutableArray<PlanLine>.Builder lines = ImmutableArray.CreateBuilder<PlanLine>();
    private readonly DiagnosticList diagnostics = new(file);
    private int children;
    private bool toldSpent;

    public RunbookPlan Plan(Runbook runbook, JsonElement inputs)
    {
        var scope = Scope.Empty.With("inputs", inputs);
        var locks = Texts(runbook.Locks, scope);
        Block(runbook.Steps, StepPath.Root, 0, scope);
        return new RunbookPlan(
            runbook.Name, runbook.Description, runbook.Digest, runbook.Lane, runbook.OnFailure, runbook.Preauthorised, inputs, locks,
            lines.ToImmutable(), [.. lines.Where(line => line is { Irreversible: true, Skipped: false }).Select(line => line.Path)], diagnostics.ToImmutable());
    }

    private void Block(ImmutableArray<Step> steps, StepPath path, int depth, Scope scope)
    {
        foreach (var step in steps)
        {
            if (lines.Count >= MostLines)
            {
                return;
            }

            Step(step, path.Child(step.Id), depth, scope);
        }
    }

    private void Step(Step step, StepPath path, int depth, Scope scope)
    {
        budget.ThrowIfCancelled();
        var when = step.When is null ? null : Known(step.When, scope, isCondition: true);
        var line = new PlanLine
        {
            Depth = depth, Path = path.Value, Kind = "steps", Title = step.Title, Timeout = step.Timeout, Locks = Texts(step.Locks, scope),
            When = step.When is not null && when is null ? Source(step.When) : null, Skipped = when is { IsTruthy: false },
        };
        if (line.Skipped)
        {
            lines.Add(line with { Kind = KindOf(step), Detail = "skipped: its condition is false" });
            return;
        }

        switch (step)
        {
            case RunStep run:
                Run(run, line, scope);
                break;
            case SequenceStep sequence:
                lines.Add(line);
                Block(sequence.Steps, path, depth + 1, scope);
                break;
            case ParallelStep parallel:
                lines.Add(line with { Kind = "parallel", Detail = $"{parallel.Branches.Length} branches side by side" });
                foreach (var branch in parallel.Branches)
                {
                    lines.Add(new PlanLine { Depth = depth + 1, Path = path.Child(branch.Id).Value, Kind = "branch" });
                    Block(branch.Steps, path.Child(branch.Id), depth + 2, scope);
                }

                break;
            case ForEachStep loop:
                ForEach(loop, line, path, scope);
                break;
            case IfStep choice:
                If(choice, line, path, scope);
                break;
            case RepeatStep repeat:
                lines.Add(line with { Kind = "repeat", Detail = $"at most {repeat.AtMost} rounds{(repeat.Until is null ? "" : $", until {Source(repeat.Until)}")}{(repeat.Delay > TimeSpan.Zero ? $", {Duration.Format(repeat.Delay)} between" : "")}" });
                Block(repeat.Steps, path.Child("*"), depth + 1, scope);
                break;
            case TryStep attempt:
                lines.Add(line with { Kind = "try" });
                Block(attempt.Steps, path, depth + 1, scope);
                Part("catch", attempt.Catch);
                Part("finally", attempt.Finally);
                break;
            case ApprovalStep approval:
                lines.Add(line with { Kind = "approval", Detail = Text(approval.Question, scope), Roles = approval.Roles, Quorum = approval.Quorum, EscalateTo = approval.EscalateTo });
                break;
            case WaitStep wait:
                lines.Add(line with { Kind = "wait", Detail = wait.Until is { } until ? $"until {Text(until, scope)}" : wait.For is { } length ? $"for {Text(length, scope)}" : $"for the signal {Text(wait.Signal!, scope)}" });
                break;
            case RunbookStep child:
                Child(child, line, path, scope);
                break;
        }

        void Part(string kind, ImmutableArray<Step> steps)
        {
            if (!steps.IsEmpty)
            {
                lines.Add(new PlanLine { Depth = depth, Path = path.Value, Kind = kind });
                Block(steps, path, depth + 1, scope);
            }
        }
    }

    private void Run(RunStep run, PlanLine line, Scope scope)
    {
        var effect = catalog.Activities.GetValueOrDefault(run.Activity)?.Effect;
        lines.Add(line with
        {
            Kind = "run", Activity = run.Activity, Effect = effect, Arguments = Shown(run.With, scope), Undo = run.Undo?.Activity,
            Irreversible = run.Irreversible || (run.Undo is null && effect is not null and not Effect.None),
        });
    }

    private void ForEach(ForEachStep loop, PlanLine line, StepPath path, Scope scope)
    {
        var width = loop.AtMost is { } most ? $", {most} at once" : ", all at once";
        if (Known(loop.Items, scope)?.Value is not { ValueKind: JsonValueKind.Array } items)
        {
            lines.Add(line with { Kind = "forEach", Detail = $"each {loop.As} of {Source(loop.Items)}{width}" });
            Block(loop.Steps, path.Child("*"), line.Depth + 1, scope);
            return;
        }

        lines.Add(line with { Kind = "forEach", Detail = $"{items.GetArrayLength()} items as {loop.As}{width}" });
        foreach (var (index, item) in LoopKeys.Of(items).Index())
        {
            if (lines.Count >= MostLines)
            {
                return;
            }

            var inner = path.Child(item.Key);
            lines.Add(new PlanLine { Depth = line.Depth + 1, Path = inner.Value, Kind = "iteration" });
            Block(loop.Steps, inner, line.Depth + 2, scope.With(loop.As, item.Value).With("index", JsonSerializer.SerializeToElement(index)));
        }
    }

    private void If(IfStep choice, PlanLine line, StepPath path, Scope scope)
    {
        var known = Known(choice.Condition, scope, isCondition: true);
        lines.Add(line with { Kind = "if", Detail = $"{Source(choice.Condition)}{(known is { } value ? value.IsTruthy ? ": true" : ": false" : "")}" });
        if (known is null or { IsTruthy: true })
        {
            Block(choice.Then, path, line.Depth + 1, scope);
        }

        if (known is null or { IsTruthy: false } && !choice.Else.IsEmpty)
        {
            lines.Add(new PlanLine { Depth = line.Depth, Path = path.Value, Kind = "else" });
            Block(choice.Else, path, line.Depth + 1, scope);
        }
    }

    private void Child(RunbookStep step, PlanLine line, StepPath path, Scope scope)
    {
        var arguments = Shown(step.With, scope);
        lines.Add(line with { Kind = "runbook", Arguments = arguments, Detail = step.Runbook });
        if (children >= DeepestChild || findRunbook(step.Runbook) is not { } child)
        {
            return;
        }

        // An input that is only known during the run is left out of scope, and with it what depends on it.
        var unknown = ((MapTemplate)step.With).Entries.Any(entry => Known(entry.Value, scope) is null);
        var inner = !unknown && InputBinder.Bind(child, arguments) is { IsValid: true } binding ? Scope.Empty.With("inputs", binding.Inputs) : Scope.Empty;
        children++;
        Block(child.Steps, path, line.Depth + 1, inner);
        children--;
    }

    /// <summary>The value where it is known before the run; null where it depends on steps, or fails (then a diagnostic is told).</summary>
    private Evaluation? Known(Template template, Scope scope, bool isCondition = false)
    {
        if (!Expressions(template).All(expression => evaluator.Parse(expression.Code) is { } parsed
            && parsed.References.All(reference => Expression.Globals.Contains(reference.Name) || scope.Find(reference.Name) is not null)))
        {
            return null;
        }

        var evaluation = isCondition ? evaluator.EvaluateCondition(template, scope, budget) : evaluator.Evaluate(template, scope, budget);
        if (evaluation.Error is not { } error)
        {
            return evaluation;
        }

        if (error.Code == ExpressionError.BudgetSpent)
        {
            if (!toldSpent)
            {
                toldSpent = true;
                diagnostics.Error(error.Position, DiagnosticCodes.TooExpensive, $"from here on the plan is open: {error.Message}");
            }
        }
        else if (children == 0)
        {
            diagnostics.Error(error.Position, error.Code == "expression-endless" ? DiagnosticCodes.EndlessExpression : DiagnosticCodes.FailingExpression, error.Message);
        }

        return null;
    }

    private static IEnumerable<ExpressionTemplate> Expressions(Template template) => template switch
    {
        ExpressionTemplate expression => [expression],
        TextTemplate text => text.Parts.SelectMany(Expressions),
        ListTemplate list => list.Items.SelectMany(Expressions),
        MapTemplate map => map.Entries.SelectMany(entry => Expressions(entry.Value)),
        _ => [],
    };

    /// <summary>The value with what is not known yet standing as its expression.</summary>
    private JsonElement Shown(Template template, Scope scope) => JsonSerializer.SerializeToElement(Node(template, scope), WorkflowJson.Options);

    private JsonNode? Node(Template template, Scope scope) => template switch
    {
        ListTemplate list => new JsonArray([.. list.Items.Select(item => Node(item, scope))]),
        MapTemplate map => new JsonObject(map.Entries.Select(entry => KeyValuePair.Create(entry.Key, Node(entry.Value, scope)))),
        _ => Known(template, scope)?.Value is { } value ? JsonNode.Parse(value.GetRawText()) : JsonValue.Create(Source(template)),
    };

    private string Text(Template template, Scope scope) => Known(template, scope)?.Value is { } value ? Plain(value) : Source(template);

    private ImmutableArray<string> Texts(ImmutableArray<Template> templates, Scope scope) => [.. templates.Select(template => Text(template, scope))];

    private static string Source(Template template) => template switch
    {
        ExpressionTemplate expression => $"${{ {expression.Code.Trim()} }}",
        LiteralTemplate literal => Plain(literal.Value),
        TextTemplate text => string.Concat(text.Parts.Select(Source)),
        ListTemplate list => $"[ {string.Join(", ", list.Items.Select(Source))} ]",
        MapTemplate map => $"{{ {string.Join(", ", map.Entries.Select(entry => $"{entry.Key}: {Source(entry.Value)}"))} }}",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static string Plain(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    private static string KindOf(Step step) => step switch
    {
        RunStep => "run", SequenceStep => "steps", ParallelStep => "parallel", ForEachStep => "forEach", IfStep => "if", RepeatStep => "repeat",
        TryStep => "try", ApprovalStep => "approval", WaitStep => "wait", RunbookStep => "runbook",
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
