using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Text;
using Orchestrator.Workflows.Language.Expressions;
using Orchestrator.Workflows.Language.Diagnostics;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Workflows.Language.Reading;

/// <summary>
/// Checks every name that expressions use against what is in scope where they stand: inputs, loop names, and the steps
/// before them. Expressions that depend on nothing are evaluated, which finds those that fail or never end.
/// </summary>
internal sealed class ScopeCheck(ReadingContext context, Runbook runbook)
{
    private static readonly ExpressionEvaluator Evaluator = new();
    private static readonly string[] RunMembers = ["id", "runbook", "startedBy", "startedAt"];
    private static readonly string[] ErrorMembers = ["code", "message", "step"];

    private readonly string[] inputs = [.. runbook.Inputs.Select(input => input.Name)];
    private readonly ILookup<string, Step> everywhere = runbook.Steps.Flatten().ToLookup(step => step.Id, StringComparer.Ordinal);

    public void Check()
    {
        var start = new Frame(["inputs", "run"], ImmutableDictionary<string, Step>.Empty);
        Templates(runbook.Locks, start with { AllowsSteps = false });
        Block(runbook.Steps, start);
    }

    /// <returns>The frame with the block's steps in it.</returns>
    private Frame Block(ImmutableArray<Step> steps, Frame frame)
    {
        foreach (var step in steps)
        {
            Step(step, frame);
            frame = frame with { Steps = frame.Steps.SetItem(step.Id, step) };
        }

        return frame;
    }

    private void Step(Step step, Frame frame)
    {
        Condition(step.When, frame);
        Templates(step.Locks, frame);
        switch (step)
        {
            case RunStep run:
                Template(run.With, frame);
                if (run.Workers is { } workers)
                {
                    Template(workers, frame);
                }

                if (run.Undo is { } undo)
                {
                    Template(undo.With, frame.With("result"));
                }

                break;
            case SequenceStep sequence:
                Block(sequence.Steps, frame);
                break;
            case ParallelStep parallel:
                foreach (var branch in parallel.Branches)
                {
                    Block(branch.Steps, frame);
                }

                break;
            case ForEachStep loop:
                Template(loop.Items, frame);
                Block(loop.Steps, frame.With(loop.As, "index"));
                break;
            case IfStep choice:
                Condition(choice.Condition, frame);
                Block(choice.Then, frame);
                Block(choice.Else, frame);
                break;
            case RepeatStep repeat:
                Condition(repeat.Until, Block(repeat.Steps, frame.With("round")));
                break;
            case TryStep attempt:
                var after = Block(attempt.Steps, frame);
                Block(attempt.Catch, after.With("error"));
                Block(attempt.Finally, after);
                break;
            case ApprovalStep approval:
                Template(approval.Question, frame);
                Template(approval.Evidence, frame);
                break;
            case WaitStep wait:
                Template(wait.Until, frame);
                Template(wait.For, frame);
                Template(wait.Signal, frame);
                break;
            case RunbookStep child:
                Template(child.With, frame);
                break;
        }
    }

    private void Templates(ImmutableArray<Template> templates, Frame frame)
    {
        foreach (var template in templates)
        {
            Template(template, frame);
        }
    }

    private void Condition(Template? template, Frame frame) => Template(template, frame, isCondition: true);

    private void Template(Template? template, Frame frame, bool isCondition = false)
    {
        switch (template)
        {
            case ExpressionTemplate expression:
                if (context.Expressions.TryGetValue(expression, out var parsed))
                {
                    Expression(expression, parsed, frame, isCondition);
                }

                break;
            case TextTemplate text:
                Templates(text.Parts, frame);
                break;
            case ListTemplate list:
                Templates(list.Items, frame);
                break;
            case MapTemplate map:
                foreach (var (_, value) in map.Entries)
                {
                    Template(value, frame);
                }

                break;
        }
    }

    private void Expression(ExpressionTemplate template, ParsedExpression parsed, Frame frame, bool isCondition)
    {
        if (!context.MayGoOn(template.Position))
        {
            return;
        }

        var told = context.Diagnostics.Count;
        foreach (var reference in parsed.Expression.References)
        {
            Reference(reference, parsed.PositionOf, frame);
        }

        if (told == context.Diagnostics.Count && parsed.Expression.References.All(reference => Workflows.Language.Expressions.Expression.Globals.Contains(reference.Name)))
        {
            var error = (isCondition ? Evaluator.EvaluateCondition(template, Scope.Empty, context.Budget) : Evaluator.Evaluate(template, Scope.Empty, context.Budget)).Error;
            if (error is not null)
            {
                if (error.Code == ExpressionError.BudgetSpent)
                {
                    context.MayGoOn(template.Position);
                    return;
                }

                context.Error(template.Position, error.Code == "expression-endless" ? DiagnosticCodes.EndlessExpression : DiagnosticCodes.FailingExpression, error.Message);
            }
        }
    }

    private string Hint(string name, IReadOnlyCollection<string> known) => context.Diagnostics.MaySuggest ? Suggest.Hint(name, known) : "";

    private void Reference(Reference reference, Func<int, Position> positionOf, Frame frame)
    {
        var position = positionOf(reference.Offset);
        var first = reference.Members.FirstOrDefault();
        switch (reference.Name)
        {
            case "steps" when frame.AllowsSteps:
                if (first is not null)
                {
                    StepRead(reference.Members, positionOf, frame);
                }

                break;
            case "inputs" when first is not null && !inputs.Contains(first.Name):
                context.Error(positionOf(first.Offset), DiagnosticCodes.UnknownInputRead, $"the runbook has no input {first.Name}{(inputs.Length == 0 ? ": declare it under inputs" : Hint(first.Name, inputs))}", first.Name, inputs);
                break;
            case "run" when first is not null:
                Member("run", first, RunMembers, positionOf);
                break;
            case "error" when first is not null && frame.Names.Contains("error"):
                Member("error", first, ErrorMembers, positionOf);
                break;
            case "Date" when first?.Name == "now":
            case "Math" when first?.Name == "random":
                context.Error(position, DiagnosticCodes.FailingExpression, $"{reference.Name}.{first.Name} differs on replay: take times from run.startedAt, from inputs or from a step's result");
                break;
            case var name when !frame.Names.Contains(name) && !Workflows.Language.Expressions.Expression.Globals.Contains(name):
                string[] known = frame.AllowsSteps ? [.. frame.Names, "steps"] : [.. frame.Names];
                context.Error(position, DiagnosticCodes.UnknownName, $"{name} is not in scope here{Hint(name, known)}", name, known);
                break;
        }
    }

    private void StepRead(ImmutableArray<Member> members, Func<int, Position> positionOf, Frame frame)
    {
        var id = members[0];
        if (!frame.Steps.TryGetValue(id.Name, out var step))
        {
            var other = everywhere[id.Name].FirstOrDefault();
            var message = other is null
                ? $"there is no step {id.Name}{(frame.Steps.IsEmpty ? ": no step comes before this one" : Hint(id.Name, [.. frame.Steps.Keys]))}"
                : $"step {id.Name} (line {other.Position.Line}) cannot be read here: only steps that come before in the same block or in one around it can; a step inside another block is read through that block, as in steps.block.steps.{id.Name}";
            context.Error(positionOf(id.Offset), other is null ? DiagnosticCodes.UnknownStep : DiagnosticCodes.StepNotVisible, message, id.Name, other is null ? frame.Steps.Keys : []);
            return;
        }

        Inside(step, members, 1, positionOf);
    }

    private void Inside(Step step, ImmutableArray<Member> members, int at, Func<int, Position> positionOf)
    {
        if (at >= members.Length)
        {
            return;
        }

        string[] known = step switch
        {
            ParallelStep => ["status", "steps", "branches"],
            RepeatStep => ["status", "steps", "rounds"],
            SequenceStep or IfStep or TryStep => ["status", "steps"],
            ForEachStep => ["status", "items", "results"],
            _ => ["status", "result", "error", "attempts"],
        };
        if (!Member($"step {step.Id}", members[at], known, positionOf) || at + 1 >= members.Length)
        {
            return;
        }

        var next = members[at + 1];
        switch (members[at].Name)
        {
            case "error":
                Member($"the error of step {step.Id}", next, ErrorMembers, positionOf);
                break;
            case "result":
                Result(step, next, positionOf);
                break;
            case "steps":
                var inner = StepTree.BlocksOf(step).SelectMany(block => block).ToArray();
                if (inner.FirstOrDefault(child => child.Id == next.Name) is { } found)
                {
                    Inside(found, members, at + 2, positionOf);
                }
                else
                {
                    context.Error(positionOf(next.Offset), DiagnosticCodes.UnknownStep, $"there is no step {next.Name} in {step.Id}{Hint(next.Name, [.. inner.Select(child => child.Id)])}", next.Name, inner.Select(child => child.Id));
                }

                break;
        }
    }

    private void Result(Step step, Member member, Func<int, Position> positionOf)
    {
        string[]? known = step switch
        {
            ApprovalStep => ["approved", "by"],
            RunbookStep => ["runId", "outcome"],
            RunStep run when context.Catalog.Activities.TryGetValue(run.Activity, out var info)
                && info.ResultSchema is JsonObject schema && schema["properties"] is JsonObject properties
                && schema["additionalProperties"] is JsonValue more && more.TryGetValue<bool>(out var any) && !any => [.. properties.Select(property => property.Key)],
            _ => null,
        };
        if (known is not null)
        {
            Member($"the result of step {step.Id}", member, known, positionOf);
        }
    }

    private bool Member(string owner, Member member, string[] known, Func<int, Position> positionOf)
    {
        if (known.Contains(member.Name))
        {
            return true;
        }

        context.Error(positionOf(member.Offset), DiagnosticCodes.UnknownMember, $"{owner} has no {member.Name}{Hint(member.Name, known)}", member.Name, known);
        return false;
    }

    private sealed record Frame(ImmutableHashSet<string> Names, ImmutableDictionary<string, Step> Steps)
    {
        public bool AllowsSteps { get; init; } = true;

        public Frame With(params ReadOnlySpan<string> names) => this with { Names = Names.Union(names.ToArray()) };
    }
}
